"""Conversion of the past to its wire format."""

from collections.abc import Sequence
from datetime import datetime

from shared.customers.presentation import customer_profile, recent_order
from shared.history import answers as history_models
from shared.history.cell_store import Cell, CellPage
from shared.history.past import PastCounts, PastIntervals
from shared.history.query import Basis
from shared.history.segment_history import Interval, Movement, Unit
from shared.history.segments_answers import SegmentSummary
from shared.history.segments_presentation import segment_summary
from shared.history.timeline_store import TimelineOrder, TimelineTransition
from shared.history.transition_matrix import TransitionMatrix
from shared.segments.causes_in_words import cause_in_words
from shared.segments.places import NONE
from shared.segments.segment import Segment
from shared.web.context import Organization


def past_segments(counts: PastCounts, basis: Basis) -> list[SegmentSummary]:
    """Every segment; without amounts where none are recorded."""
    summaries = [segment_summary(share) for share in counts.segments]
    if basis is Basis.RESTATED:
        return summaries
    nothing = {"lifetime_value": None, "average_order_value": None}
    return [summary.model_copy(update=nothing) for summary in summaries]


def timeline_entry(entry: TimelineOrder | TimelineTransition) -> history_models.TimelineEntry:
    """An order or a transition."""
    if isinstance(entry, TimelineOrder):
        return history_models.TimelineEntry(
            kind="order", at=entry.at, order=recent_order(entry.entry), step=None
        )
    transition = entry.transition
    return history_models.TimelineEntry(
        kind="step",
        at=entry.at,
        order=None,
        step=history_models.TimelineStep(
            number=transition.number,
            from_=transition.from_segment,
            to=transition.to_segment,
            entered=list(entry.entered),
            left=list(entry.left),
            effective_at=transition.effective_at,
            recorded_at=transition.recorded_at,
            cause=cause_in_words(transition.cause),
            order_id=transition.cause.order_id,
        ),
    )


def segment_history(
    past: PastIntervals,
    spans: Sequence[Interval],
    organization: Organization,
    *,
    time_zone: str,
    basis: Basis,
    unit: Unit,
    stale: bool,
) -> history_models.SegmentHistory:
    """Every interval."""
    return history_models.SegmentHistory(
        org_id=organization.id,
        as_of=organization.as_of,
        time_zone=time_zone,
        basis=basis.value,
        interval=unit.value,
        stale=stale,
        intervals=[
            history_models.IntervalCounts(
                first_day=span.first,
                last_day=span.last,
                partial=span.partial,
                total_customers=sum(movement[segment].closing for segment in Segment),
                segments=[_movement(segment, movement[segment]) for segment in Segment],
                custom_segments=[_movement(id, movement[id]) for id in past.custom_ids]
                if past.custom_ids is not None
                else None,
            )
            for span, movement in zip(spans, past.movements, strict=True)
        ],
    )


def transitions(
    matrix: TransitionMatrix,
    organization: Organization,
    *,
    opening_at: datetime,
    closing_at: datetime,
    basis: Basis,
    stale: bool,
) -> history_models.Transitions:
    """The whole matrix."""
    return history_models.Transitions(
        org_id=organization.id,
        opening_at=opening_at,
        closing_at=closing_at,
        basis=basis.value,
        stale=stale,
        opening=[
            history_models.PlaceCount(segment=segment, customers=matrix.opening(segment))
            for segment in Segment
        ],
        closing=[
            history_models.PlaceCount(segment=segment, customers=matrix.closing(segment))
            for segment in Segment
        ],
        arrived=matrix.opening(NONE),
        left=matrix.closing(NONE),
        cells=[
            history_models.MatrixCell(from_=origin, to=to, customers=customers)
            for (origin, to), customers in matrix.cells.items()
        ],
    )


def transition_customers(
    page: CellPage, cell: Cell, organization: Organization
) -> list[history_models.TransitionCustomer]:
    """The customers of one cell."""
    return [
        history_models.TransitionCustomer(
            opening_segment=_segment(cell.from_place),
            closing_segment=_segment(cell.to_place),
            customer=customer_profile(customer, organization),
        )
        for customer in page.customers
    ]


def _segment(place: str) -> Segment | None:
    return Segment(place) if place != NONE else None


def _movement(id: str, movement: Movement) -> history_models.Movement:
    return history_models.Movement(
        id=id,
        opening=movement.opening,
        entered=movement.entered,
        left=movement.left,
        count=movement.closing,
    )
