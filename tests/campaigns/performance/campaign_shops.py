"""Shops whose campaigns have a known lift: simulated, and real ones in which nothing was sent.

A shop gives what each customer spent in three stretches of time: until one window before the send,
in the window before it, and in the window after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.campaigns.performance.lift import (
    Marks,
    Values,
    adjusted_lift,
    is_measurable,
    measured_coverage,
    p_value,
)
from shared.campaigns.performance.measuring import COVERAGE_DRAWS, COVERAGE_MEMBERS
from tests.predictions.public_purchases import Purchases

PERMUTATIONS = 99
"""As good for counting alarms as the product's number, and less work."""
ALARM = 0.05
Random = np.random.Generator
Draw = Callable[[Random], "Spends"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spends:
    """What each customer spent, in cents."""

    past: Values
    recent: Values
    during: Values

    @property
    def before(self) -> Values:
        """All that the adjustment knows."""
        return self.past + self.recent


def light(random: Random, customers: int) -> Spends:
    """Everybody spends, around a level of their own."""
    level = random.normal(10_000, 3_000, customers)
    return Spends(
        past=level * 11 + random.normal(0, 6_000, customers),
        recent=level + random.normal(0, 2_500, customers),
        during=level + random.normal(0, 2_500, customers),
    )


def heavy(random: Random, customers: int) -> Spends:
    """Most spend nothing in a window, and a few very much."""
    taste = random.lognormal(0, 1, customers)

    def stretch(orders: float) -> Values:
        amounts: Values = random.poisson(orders * taste) * random.lognormal(8, 0.8, customers)
        return amounts

    return Spends(past=stretch(2.2), recent=stretch(0.2), during=stretch(0.2))


def drawn_arms(random: Random, customers: int, share: float) -> Marks:
    """Who is held out."""
    marks = np.zeros(customers, dtype=np.bool_)
    marks[: round(customers * share)] = True
    return random.permutation(marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What many campaigns in one shop came to."""

    coverage: float
    """Share of intervals that hold the lift."""
    bias: float
    """Mean error, in standard errors of the simulation."""
    false_alarms: float
    """Share of p-values of at most 0.05 without a lift."""
    own_coverage: float
    """What the product measures of itself, the mean of some of these campaigns."""
    not_measurable: float
    """Share of these campaigns that it reports as not measurable."""
    shorter: float
    """By how much the adjusted interval is shorter than that of the plain difference."""
    overstated: float | None
    """What is credited, over what the campaign brought; None without a lift."""


def study(
    draw: Draw,
    share: float,
    *,
    lift: float,
    seed: int,
    runs: int = 1_000,
    judged: int = 5,
    coverage_draws: int = COVERAGE_DRAWS,
) -> Study:
    """Run a campaign many times. `lift` is a share of the mean spend in a window.

    Each gets a p-value of what it would be without a lift, and the first `judged` are looked at as
    the product does, to say whether they are measurable. Customers who buy anyway buy that much
    more; all that the treated spend in the window is credited, as every one of them has a message.
    """
    random = np.random.default_rng(seed)
    errors, holds, alarms, widths, plain_widths, over = [], 0, 0, [], [], []
    own, refused = [], 0
    for run in range(runs):
        spends = draw(random)
        held_out = drawn_arms(random, len(spends.during), share)
        treated = ~held_out
        truth = lift * float(spends.during.mean())
        during = spends.during + np.where(treated, lift * spends.during, 0.0)
        found = adjusted_lift(spends.before, during, held_out)
        errors.append(found.difference - truth)
        holds += found.low <= truth <= found.high
        widths.append(found.high - found.low)
        parts = (during[held_out], during[treated])
        plain_widths.append(
            2 * 1.959964 * float(sum(part.var(ddof=1) / len(part) for part in parts)) ** 0.5
        )
        p = p_value(spends.before, spends.during, held_out, draws=PERMUTATIONS, random=random)
        alarms += p <= ALARM
        if lift:
            over.append(float(during[treated].mean()) / truth)
        if run < judged:
            kept = slice(None) if len(during) <= COVERAGE_MEMBERS else slice(COVERAGE_MEMBERS)
            own.append(
                min(
                    measured_coverage(
                        earlier[kept],
                        later[kept],
                        round(share * len(later[kept])),
                        draws=coverage_draws,
                        random=random,
                    )
                    for earlier, later in ((spends.before, during), (spends.past, spends.recent))
                )
            )
            refused += not is_measurable(own[-1])
    return Study(
        coverage=holds / runs,
        bias=float(np.mean(errors) / (np.std(errors) / runs**0.5)),
        false_alarms=alarms / runs,
        own_coverage=float(np.mean(own)),
        not_measurable=refused / judged,
        shorter=1 - float(np.mean(widths) / np.mean(plain_widths)),
        overstated=float(np.mean(over)) if over else None,
    )


def of_purchases(data: Purchases, sent_day: int, *, before_days: int, window_days: int) -> Spends:
    """What customers of a real shop spent around a day on which nothing was sent to them.

    Of those who had bought by then.
    """
    customers = int(data.customer.max()) + 1

    def spent(first: int, end: int) -> Values:
        chosen = (data.day >= first) & (data.day < end)
        return np.bincount(
            data.customer[chosen], weights=data.cents[chosen], minlength=customers
        ).astype(np.float64)

    known = np.zeros(customers, dtype=np.bool_)
    known[data.customer[data.day < sent_day]] = True
    recent = sent_day - window_days
    return Spends(
        past=spent(sent_day - before_days, recent)[known],
        recent=spent(recent, sent_day)[known],
        during=spent(sent_day, sent_day + window_days)[known],
    )


def sampled(spends: Spends, customers: int) -> Draw:
    """Campaigns to some customers of a shop, drawn each time."""

    def draw(random: Random) -> Spends:
        chosen = random.choice(
            len(spends.during), min(customers, len(spends.during)), replace=False
        )
        return Spends(
            past=spends.past[chosen], recent=spends.recent[chosen], during=spends.during[chosen]
        )

    return draw
