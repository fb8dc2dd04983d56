"""The past recomputed from today's orders under today's thresholds. Pure.

Each customer is a sequence of counted orders, in any order; recorded transitions are not used.
Customers are processed one after another, so memory is bounded.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from shared.history.segment_history import Flows
from shared.history.transition_matrix import TransitionMatrix, matrix_of_moves
from shared.segments.path import PlacedOrder, path, segment_at, totals_until
from shared.segments.places import NONE
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

Histories = Iterable[Sequence[PlacedOrder]]
"""The counted orders of each customer."""


def restated_counts(
    histories: Histories, thresholds: Thresholds, at: datetime
) -> Mapping[str, Counter[str]]:
    """`customers`, `orders` and `lifetime_value_cents` by segment at an instant."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for orders in histories:
        totals = totals_until(orders, at)
        segment = segment_at(totals, thresholds, at)
        if segment is not None:
            counts[segment.value].update(
                customers=1,
                orders=totals.order_count,
                lifetime_value_cents=totals.lifetime_value_cents,
            )
    return counts


@dataclass(slots=True, kw_only=True)
class RestatedFlows:
    """Everything that happened between an opening and a closing."""

    opening: Counter[str] = field(default_factory=Counter)
    """Customers by segment."""
    days: defaultdict[date, Flows] = field(default_factory=lambda: defaultdict(Flows))
    """Every transition, by local day."""
    closing: Counter[str] = field(default_factory=Counter)
    """Customers by segment, classified at the closing and not taken from the transitions."""


def restated_flows(
    histories: Histories,
    thresholds: Thresholds,
    opening_at: datetime,
    closing_at: datetime,
    time_zone: tzinfo,
) -> RestatedFlows:
    """The counts at both ends and every transition after the opening and up to the closing."""
    flows = RestatedFlows()
    for orders in histories:
        opening = segment_at(totals_until(orders, opening_at), thresholds, opening_at)
        for transition in path(orders, thresholds, closing_at, after=opening_at):
            day = transition.effective_at.astimezone(time_zone).date()
            flows.days[day][place_of(transition.from_segment), transition.to_segment.value] += 1
        closing = segment_at(totals_until(orders, closing_at), thresholds, closing_at)
        if opening is not None:
            flows.opening[opening.value] += 1
        if closing is not None:
            flows.closing[closing.value] += 1
    return flows


def restated_matrix(
    histories: Histories, thresholds: Thresholds, opening_at: datetime, closing_at: datetime
) -> TransitionMatrix:
    """Count customers by segment at the opening and at the closing."""

    def place(orders: Sequence[PlacedOrder], at: datetime) -> str:
        return place_of(segment_at(totals_until(orders, at), thresholds, at))

    return matrix_of_moves(
        (place(orders, opening_at), place(orders, closing_at)) for orders in histories
    )


def place_of(segment: Segment | None) -> str:
    """Id of a segment, or of being in none."""
    return segment.value if segment is not None else NONE
