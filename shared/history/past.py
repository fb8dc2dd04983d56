"""Answers about the past of an organisation's segments, on either basis, before presentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.history.counts_store import SegmentCounts
from shared.history.query import Basis
from shared.history.restated import restated_counts, restated_flows, restated_matrix
from shared.history.segment_history import Interval, Movement, conserves, flows_by_day, history
from shared.history.store import SegmentHistoryReader
from shared.history.transition_matrix import TransitionMatrix, matrix_of_transitions
from shared.kernel.days import before, end_of, start_of
from shared.kernel.errors import InvalidParameterError, UnsettledError
from shared.organizations.settings import OrganizationSettings
from shared.segments.segment import Segment
from shared.segments.summary import SegmentShare, segment_shares
from shared.segments.thresholds import Thresholds
from shared.web.context import Organization

MAX_TRANSITIONS = 50_000
"""Maximum number of transitions scanned for one answer."""
ATTEMPTS = 2
"""Attempts at reading numbers that must agree and do not."""

_SEGMENTS = tuple(segment.value for segment in Segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCounts:
    """Customers by segment at an instant."""

    segments: tuple[SegmentShare, ...]
    """With orders and amounts on the restated basis alone; 0 without a meaning on the other."""
    custom: Mapping[str, int] | None
    """By custom segment; None if they were not asked for."""


def is_behind(current: Organization, at: datetime, basis: Basis) -> bool:
    """Whether changes by time up to an instant are still to be recorded: one read, or none.

    Call it before reading the numbers, which can then only be newer.
    """
    return basis is Basis.RECORDED and current.open(SegmentCounts).behind_since(at) is not None


def past_counts(
    current: Organization,
    settings: OrganizationSettings,
    at: datetime,
    basis: Basis,
    *,
    with_custom: bool,
) -> PastCounts:
    """Customers by segment at an instant, also by existing custom segment, if asked for."""
    reader = current.open(SegmentHistoryReader)
    as_of = reader.now()
    if basis is Basis.RESTATED:
        histories = reader.histories(as_of)
        counts = restated_counts(histories, settings.thresholds, at)
        return PastCounts(segments=segment_shares(counts), custom=None)
    custom_ids = settings.rules.custom.ids if with_custom else ()
    recorded_counts = _recorded_counts(current, (*_SEGMENTS, *custom_ids), at, as_of=as_of)
    return PastCounts(
        segments=segment_shares({id: {"customers": recorded_counts[id]} for id in _SEGMENTS}),
        custom={id: recorded_counts[id] for id in custom_ids} if with_custom else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIntervals:
    """Changes in each of some intervals."""

    movements: tuple[Mapping[str, Movement], ...]
    """By segment and custom segment, `none` left out."""
    custom_ids: tuple[str, ...] | None
    """None if they were not asked for."""


def past_intervals(
    current: Organization,
    settings: OrganizationSettings,
    spans: tuple[Interval, ...],
    basis: Basis,
    *,
    with_custom: bool,
) -> PastIntervals:
    """Changes in each interval, including those of existing custom segments on request.

    Raises UnsettledError for numbers that do not add up.
    """
    time_zone = settings.time_zone
    first, last = spans[0].first, spans[-1].last
    opening_at = before(start_of(first, time_zone))
    closing_at = end_of(last, time_zone)
    reader = current.open(SegmentHistoryReader)
    as_of = reader.now()
    if basis is Basis.RESTATED:
        histories = reader.histories(as_of)
        now = min(closing_at, current.as_of)
        flows = restated_flows(histories, settings.thresholds, opening_at, now, time_zone)
        movements = history(flows.opening, flows.days, spans, _SEGMENTS)
        if not conserves(movements, flows.closing, _SEGMENTS):
            raise _not_adding_up()
        return PastIntervals(movements=movements, custom_ids=None)
    custom_ids = settings.rules.custom.ids if with_custom else ()
    ids = (*_SEGMENTS, *custom_ids)
    if closing_at < current.as_of:
        closing = _recorded_counts(current, ids, closing_at, as_of=as_of)
    else:
        closing = _counts(current, ids, as_of=as_of)
    opening = _less(closing, reader.change(ids, opening_at, closing_at, as_of=as_of))
    days = reader.daily_flows(first, last, as_of)
    movements = history(opening, days, spans, ids)
    if not conserves(movements, closing, ids):
        # Days that were written for another time zone, or before days held flows.
        interval = (opening_at, closing_at, as_of)
        if reader.number_of_transitions(*interval, custom=with_custom) > MAX_TRANSITIONS:
            raise _not_adding_up()
        transitions = reader.transitions(*interval, custom=with_custom)
        movements = history(opening, flows_by_day(transitions, time_zone), spans, ids)
        if not conserves(movements, closing, ids):
            raise _not_adding_up()
    return PastIntervals(movements=movements, custom_ids=custom_ids if with_custom else None)


def past_matrix(
    current: Organization,
    thresholds: Thresholds,
    opening_at: datetime,
    closing_at: datetime,
    basis: Basis,
) -> TransitionMatrix:
    """Count customers by segment at the opening and at the closing.

    Raises InvalidParameterError for more than MAX_TRANSITIONS transitions, and UnsettledError if
    the matrix disagrees with independent counts: a wrong one is never returned.
    """
    for _ in range(ATTEMPTS):
        reader = current.open(SegmentHistoryReader)
        as_of = reader.now()
        if basis is Basis.RESTATED:
            histories = reader.histories(as_of)
            return restated_matrix(histories, thresholds, opening_at, closing_at)
        if reader.number_of_transitions(opening_at, closing_at, as_of) > MAX_TRANSITIONS:
            raise InvalidParameterError(
                "must be nearer to `to`: more than "
                f"{MAX_TRANSITIONS:,} transitions lie between them",
                parameter="from",
            )
        opening = reader.change(_SEGMENTS, None, opening_at, as_of=as_of)
        change = reader.change(_SEGMENTS, opening_at, closing_at, as_of=as_of)
        matrix = matrix_of_transitions(opening, reader.transitions(opening_at, closing_at, as_of))
        if matrix.agrees_with(opening, {id: opening[id] + change[id] for id in _SEGMENTS}):
            return matrix
    raise _not_adding_up()


def _recorded_counts(
    current: Organization, ids: Sequence[str], at: datetime, *, as_of: datetime
) -> dict[str, int]:
    """Customers by segment and custom segment at an instant.

    Computed backwards from today's counters, so that the cost is that of later transitions only.
    """
    change = current.open(SegmentHistoryReader).change(ids, at, None, as_of=as_of)
    return _less(_counts(current, ids, as_of=as_of), change)


def _counts(current: Organization, ids: Sequence[str], *, as_of: datetime) -> dict[str, int]:
    counts = current.open(SegmentCounts).segment_counts(as_of=as_of)
    by_id = counts.segments | counts.custom
    return {id: by_id[id]["customers"] if id in by_id else 0 for id in ids}


def _less(counts: Mapping[str, int], change: Mapping[str, int]) -> dict[str, int]:
    return {id: count - change[id] for id, count in counts.items()}


def _not_adding_up() -> UnsettledError:
    return UnsettledError("The recorded transitions do not add up to the counts at the moment.")
