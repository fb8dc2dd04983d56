"""Counts of segments over time: opening counts and the flows between, day by day. Pure.

Every count has an id: a segment's, `none` for customers in no segment, or a custom segment's.
Whoever enters one thing leaves another, custom segments apart, which are entered from `none` and
left to `none` beside everything else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from shared.kernel.days import _DAY
from shared.segments.places import NONE

Flows = Counter[tuple[str, str]]
"""Transitions by origin and target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedTransition:
    """A transition, reduced to the fields that counts need."""

    customer_key: str
    number: int
    """Order among the transitions of the customer."""
    from_place: str
    to_place: str
    effective_at: datetime
    entered: tuple[str, ...] = ()
    """Ids of custom segments."""
    left: tuple[str, ...] = ()


class Unit(StrEnum):
    """Length of an interval."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Some local days in a row."""

    first: date
    last: date
    partial: bool
    """Whether days of the week or month are left out, or the last day is not over yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Changes of one segment in an interval: opening + entered − left = closing."""

    opening: int
    entered: int
    """Times that customers came in; whoever leaves and comes back counts twice."""
    left: int
    closing: int


def intervals(first: date, last: date, unit: Unit, *, today: date) -> tuple[Interval, ...]:
    """The intervals from `first` to `last`, both included. Weeks start on Mondays."""
    spans = []
    start = first
    while start <= last:
        whole_first, whole_last = _whole(start, unit)
        end = min(whole_last, last)
        spans.append(
            Interval(
                first=start,
                last=end,
                partial=(start, end) != (whole_first, whole_last) or end >= today,
            )
        )
        start = end + _DAY
    return tuple(spans)


def history(
    opening: Mapping[str, int],
    days: Mapping[date, Flows],
    spans: Sequence[Interval],
    ids: Iterable[str],
) -> tuple[Mapping[str, Movement], ...]:
    """For each interval, return the movements of each of `ids`; `opening` is before the first of
    them."""
    counts = dict.fromkeys(ids, 0) | dict(opening)
    movements = []
    for span in spans:
        entries: Counter[str] = Counter()
        departed: Counter[str] = Counter()
        day = span.first
        while day <= span.last:
            for (origin, target), transitions in days.get(day, Flows()).items():
                if origin != target:
                    departed[origin] += transitions
                    entries[target] += transitions
            day += _DAY
        movement_by_id = {
            id: Movement(
                opening=count,
                entered=entries[id],
                left=departed[id],
                closing=count + entries[id] - departed[id],
            )
            for id, count in counts.items()
        }
        movements.append(movement_by_id)
        counts = {id: movement.closing for id, movement in movement_by_id.items()}
    return tuple(movements)


def flows_by_day(
    transitions: Iterable[CountedTransition], time_zone: tzinfo
) -> Mapping[date, Flows]:
    """Compute the flows of each day from the transitions, as the daily documents hold them."""
    days: defaultdict[date, Flows] = defaultdict(Flows)
    for transition in transitions:
        flows = days[transition.effective_at.astimezone(time_zone).date()]
        flows[transition.from_place, transition.to_place] += 1
        flows.update((NONE, id) for id in transition.entered)
        flows.update((id, NONE) for id in transition.left)
    return days


def conserves(
    movements: Sequence[Mapping[str, Movement]], closing: Mapping[str, int], ids: Iterable[str]
) -> bool:
    """Whether a history ends where a count of its own, taken at its end, says."""
    return all(
        movement.opening + movement.entered - movement.left == movement.closing
        for by_id in movements
        for movement in by_id.values()
    ) and all(movements[-1][id].closing == closing.get(id, 0) for id in ids)


def _whole(day: date, unit: Unit) -> tuple[date, date]:
    """First and last day of the interval that a day is in."""
    match unit:
        case Unit.DAY:
            return day, day
        case Unit.WEEK:
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case Unit.MONTH:
            first = day.replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
            return first, following - _DAY
