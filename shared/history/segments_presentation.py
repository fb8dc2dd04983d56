"""Segments on the wire."""

from shared.history.segments_answers import SegmentSummary
from shared.segments.summary import SegmentShare
from shared.web.units import units, units_or_none


def segment_summary(share: SegmentShare) -> SegmentSummary:
    """One segment."""
    return SegmentSummary(
        id=share.segment,
        label=share.segment.label,
        description=share.segment.description,
        count=share.customers,
        share=share.share,
        lifetime_value=units(share.lifetime_value_cents),
        average_order_value=units_or_none(share.average_order_value_cents),
    )
