"""The overview: one page out of the results of the other capabilities."""
