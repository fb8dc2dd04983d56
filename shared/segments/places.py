"""Places that a customer can be in: the segments, and none."""

from shared.segments.segment import Segment

NONE = "none"
"""No segment: before the first counted order, or after the last one was taken back."""
PLACES = (*(segment.value for segment in Segment), NONE)
