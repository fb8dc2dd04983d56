"""The computation: the questions of a night over all capabilities, and the publication of
results."""
