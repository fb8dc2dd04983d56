"""Orders: from any stored shape to the one normalised fact that is counted."""
