"""Nightly measurements of a campaign's effect: figures with their reliability.

Intention to treat: every member of an arm counts in it, whatever became of the message.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from shared.kernel.days import start_of

BEFORE_DAYS = 84
"""Days before the send whose spend and orders the differences are adjusted for."""
RESTATED_DAYS = 90
"""Days after the send in which every night measures again, and so follows changed orders."""
ASKED_DAYS = 180
"""Days after its creation in which a campaign is asked about."""
MOST_CAMPAIGNS = 200
"""Campaigns of an organisation that a night asks about: the newest."""


class Unmeasurable(StrEnum):
    """Why a figure cannot be said."""

    NO_HOLDOUT = "no_holdout"
    """Nobody was held out."""
    TOO_FEW = "too_few"
    """An arm has fewer than three customers."""
    NOTHING_BOUGHT = "nothing_bought"
    """No member has bought anything in the window."""
    LOW_COVERAGE = "low_coverage"
    """With arms redrawn, intervals on this audience's spend hold the truth too seldom."""


class Remedy(StrEnum):
    """Remedy that would make the next campaign measurable."""

    LARGER_HOLDOUT = "larger_holdout"
    """Half of the audience."""
    LONGER_WINDOW = "longer_window"
    ORDERS = "orders"
    """Look at orders instead of revenue, which are measurable here."""


class MeasurementState(StrEnum):
    """Whether the figures may still change."""

    PRELIMINARY = "preliminary"
    """The window is open."""
    FINAL = "final"
    """The window has closed; only changed orders restate it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A difference per treated customer with its 95 % interval, or why there is none.

    In cents or in orders. `coverage` is None if it was not measured.
    """

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    coverage: float | None = None
    reason: Unmeasurable | None = None
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTotals:
    """Purchases of the customers of one arm in the window."""

    customers: int = 0
    buyers: int = 0
    orders: int = 0
    revenue_cents: int = 0
    """Net of what was returned in the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEffect:
    """The customers of one segment at the send; None for those in none."""

    segment: str | None
    treated: ArmTotals
    held_out: ArmTotals
    revenue: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """Purchases of both arms on one local day of the window."""

    day: date
    treated_orders: int = 0
    treated_cents: int = 0
    held_out_orders: int = 0
    held_out_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Effect of a campaign, as of an instant."""

    campaign_id: str
    goal: str
    sent_at: datetime
    window_days: int
    measured_at: datetime
    """Instant at which these figures were first found."""
    restated_at: datetime | None
    """When final figures last changed; None if they never did."""
    state: MeasurementState
    is_sample: bool
    """Whether effects are of the first customers by key, as the audience is too large for all."""
    treated: ArmTotals
    held_out: ArmTotals
    revenue: Effect
    orders: Effect
    segments: tuple[SegmentEffect, ...]
    days: tuple[DayTotals, ...]
    """Of days on which measured members ordered or returned anything."""

    def on(self, day: date, time_zone: tzinfo) -> DayTotals | None:
        """Return both arms' purchases on a local day; None where they were not measured.

        That is outside of the window, and on days that had not ended at `measured_at`, unless an
        order on them was known already.
        """
        for each in self.days:
            if each.day == day:
                return each
        window_ends_at = self.sent_at + timedelta(days=self.window_days)
        begins_at, ends_at = start_of(day, time_zone), start_of(day + timedelta(days=1), time_zone)
        in_window = begins_at < window_ends_at and ends_at > self.sent_at
        measured = min(ends_at, window_ends_at) <= self.measured_at
        return DayTotals(day=day) if in_window and measured else None


def state_at(sent_at: datetime, window_days: int, now: datetime) -> MeasurementState:
    """Whether a window has closed."""
    closed = now >= sent_at + timedelta(days=window_days)
    return MeasurementState.FINAL if closed else MeasurementState.PRELIMINARY


def followed(before: Measurement, now: Measurement) -> Measurement:
    """The newer of two measurements of a campaign, with what is remembered of the older one.

    Figures that are still the same keep the instant they were found at; final ones that have
    changed are restated.
    """
    same = replace(now, measured_at=before.measured_at, restated_at=before.restated_at)
    if same == before:
        return before
    was_final = before.state is MeasurementState.FINAL
    return replace(now, restated_at=now.measured_at if was_final else None)
