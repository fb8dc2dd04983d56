"""Places that a customer can be in beside the segments."""

NONE = "none"
"""No segment: before the first order that counts, or after the last one has been taken back."""
