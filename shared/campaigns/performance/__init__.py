"""Performance of campaigns: current figures, and the lift that nights measure."""
