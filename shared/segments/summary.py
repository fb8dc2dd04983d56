"""An organisation's customers by segment."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.money import mean_cents
from shared.segments.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentShare:
    """One segment's part of an organisation."""

    segment: Segment
    customers: int
    orders: int
    lifetime_value_cents: int
    share: float | None
    """Part of all customers in a segment, 0 to 1; None if there are no customers."""

    @property
    def average_order_value_cents(self) -> int | None:
        """Over the orders of the segment's customers; None if there are none."""
        return mean_cents(self.lifetime_value_cents, self.orders)


def segment_shares(counts: Mapping[str, Mapping[str, int]]) -> tuple[SegmentShare, ...]:
    """All eight segments in display order, those without customers included.

    `counts` holds `customers`, `orders` and `lifetime_value_cents` by segment id.
    """
    total = sum(counter.get("customers", 0) for counter in counts.values())
    shares = []
    for segment in Segment:
        counter = counts.get(segment.value, {})
        customers = counter.get("customers", 0)
        shares.append(
            SegmentShare(
                segment=segment,
                customers=customers,
                orders=counter.get("orders", 0),
                lifetime_value_cents=counter.get("lifetime_value_cents", 0),
                share=customers / total if total > 0 else None,
            )
        )
    return tuple(shares)
