"""Effects of a campaign from what its members spent. Imported where it is needed: loads numpy."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.campaigns.performance.coverage import LEAST, audience_coverage, is_measurable
from shared.campaigns.performance.lift import Marks, Values, adjusted_lift, p_value
from shared.campaigns.performance.measurement import (
    ArmTotals,
    Effect,
    Remedy,
    SegmentEffect,
    Unmeasurable,
)

PERMUTATIONS = 999
LONGEST_WINDOW_DAYS = 30
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Members:
    """Members of a campaign, a place each: cents or orders in three stretches of time.

    Five arrays of 8 bytes or less per member: 100,000 members take some 7 MB, with orders.
    """

    held_out: Marks
    segment: Sequence[str | None]
    past: "Stretches"
    """Until one window before the send."""
    recent: "Stretches"
    """The window before the send."""
    during: "Stretches"
    """From the send on."""

    def where(self, chosen: Marks) -> "Members":
        """Some of them."""
        return Members(
            held_out=self.held_out[chosen],
            segment=[
                name for name, is_chosen in zip(self.segment, chosen, strict=True) if is_chosen
            ],
            past=self.past.where(chosen),
            recent=self.recent.where(chosen),
            during=self.during.where(chosen),
        )

    def totals(self, arm: Marks) -> ArmTotals:
        """What the members of an arm did in the window."""
        return ArmTotals(
            customers=int(arm.sum()),
            buyers=int((self.during.orders[arm] > 0).sum()),
            orders=int(self.during.orders[arm].sum()),
            revenue_cents=int(self.during.cents[arm].sum()),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretches:
    """Cents and orders of each member in one stretch of time."""

    cents: Values
    orders: Values

    def where(self, chosen: Marks) -> "Stretches":
        """Those of some members."""
        return Stretches(cents=self.cents[chosen], orders=self.orders[chosen])


def members_from(entries: str) -> Members:
    """Members from the text of the answer: entries of arm, segment, cents and orders of the three
    stretches, and how many members have the same, with `,` between and `;` after each entry.
    """
    numbers: list[list[int]] = []
    names: list[str | None] = []
    counts: list[int] = []
    for entry in filter(None, entries.split(";")):
        segment, *fields = entry.split(",")
        *values, count = map(int, fields)
        names.append(segment or None)
        numbers.append(values)
        counts.append(count)
    columns = np.repeat(np.array(numbers, dtype=np.float64).reshape(-1, 7), counts, axis=0).T
    return Members(
        held_out=columns[0] == 1,
        segment=[name for name, count in zip(names, counts, strict=True) for _ in range(count)],
        past=Stretches(cents=columns[1], orders=columns[4]),
        recent=Stretches(cents=columns[2], orders=columns[5]),
        during=Stretches(cents=columns[3], orders=columns[6]),
    )


def effects(
    members: Members, *, seed: str, window_days: int
) -> tuple[Effect, Effect, tuple[SegmentEffect, ...]]:
    """Effects on revenue and on orders of all, and on revenue by segment at the send.

    The same members and seed give the same figures. Costs 5 to 20 s of CPU for 100,000 members.
    """
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    orders = _effect(
        members.held_out,
        members.past.orders,
        members.recent.orders,
        members.during.orders,
        window_days,
        random,
    )
    revenue = _revenue(members, window_days, random)
    if revenue.reason is Unmeasurable.LOW_COVERAGE and orders.reason is None:
        revenue = replace(revenue, remedies=(*revenue.remedies, Remedy.ORDERS))
    if len(set(members.segment)) == 1:
        only = SegmentEffect(
            segment=members.segment[0],
            treated=members.totals(~members.held_out),
            held_out=members.totals(members.held_out),
            revenue=revenue,
        )
        return revenue, orders, (only,)
    return revenue, orders, tuple(_by_segment(members, window_days, random))


def _revenue(members: Members, window_days: int, random: np.random.Generator) -> Effect:
    return _effect(
        members.held_out,
        members.past.cents,
        members.recent.cents,
        members.during.cents,
        window_days,
        random,
    )


def _by_segment(
    members: Members, window_days: int, random: np.random.Generator
) -> Iterable[SegmentEffect]:
    names = np.array([name or "" for name in members.segment])
    for name in np.unique(names):
        own = members.where(names == name)
        yield SegmentEffect(
            segment=str(name) or None,
            treated=own.totals(~own.held_out),
            held_out=own.totals(own.held_out),
            revenue=_revenue(own, window_days, random),
        )


def _effect(
    held_out: Marks,
    past: Values,
    recent: Values,
    during: Values,
    window_days: int,
    random: np.random.Generator,
) -> Effect:
    control = int(held_out.sum())
    members = len(held_out)
    if not control:
        return Effect(reason=Unmeasurable.NO_HOLDOUT, remedies=(Remedy.LARGER_HOLDOUT,))
    if min(control, members - control) < LEAST:
        return Effect(reason=Unmeasurable.TOO_FEW, remedies=(Remedy.LARGER_HOLDOUT,))
    if not during.any():
        return Effect(reason=Unmeasurable.NOTHING_BOUGHT)

    def coverage_with(share: float) -> float:
        return audience_coverage(past, recent, during, share, random=random)

    coverage = coverage_with(control / members)
    if not is_measurable(coverage):
        remedies = []
        if control / members < HALF and is_measurable(coverage_with(HALF)):
            remedies.append(Remedy.LARGER_HOLDOUT)
        if window_days < LONGEST_WINDOW_DAYS:
            remedies.append(Remedy.LONGER_WINDOW)
        return Effect(coverage=coverage, reason=Unmeasurable.LOW_COVERAGE, remedies=tuple(remedies))
    before = past + recent
    lift = adjusted_lift(before, during, held_out)
    return Effect(
        difference=lift.difference,
        low=lift.low,
        high=lift.high,
        p_value=p_value(before, during, held_out, draws=PERMUTATIONS, random=random),
        coverage=coverage,
    )
