"""Shops whose campaigns have a known lift: simulated, and real ones in which nothing was sent.

A shop gives what each customer spent in three stretches of time: until one window before the send,
in the window before it, and in the window after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shared.campaigns.performance.coverage import audience_coverage, is_measurable
from shared.campaigns.performance.lift import Z_95, Lift, Marks, Values, adjusted_lift, p_value
from tests.predictions.public_purchases import Purchases

PERMUTATIONS = 99
"""As good for counting alarms as the product's number, and faster."""
ALARM = 0.05
AUDIENCES = 100
"""Judged where the first few do not agree."""
SENDS = 300
"""Campaigns to each of these that is reported: their coverage is uncertain by 1.5 % at most."""
Random = np.random.Generator
Draw = Callable[[Random], "Spends"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spends:
    """Spend of each customer, in cents."""

    past: Values
    recent: Values
    during: Values

    @property
    def before(self) -> Values:
        """Return the spend that the adjustment uses."""
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
    """Draw the held-out customers."""
    marks = np.zeros(customers, dtype=np.bool_)
    marks[: round(customers * share)] = True
    return random.permutation(marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Audiences that the product judged, and the coverage of those it reports."""

    own_coverages: list[float]
    """Coverage that the product measures for each audience judged."""
    coverage: float | None
    """Share of intervals that hold the lift, of those reported; None if none is."""

    @property
    def audiences(self) -> int:
        """Number of reported audiences."""
        return sum(map(is_measurable, self.own_coverages))

    @property
    def own_coverage(self) -> float:
        """Mean of the measured coverages."""
        return float(np.mean(self.own_coverages))

    @property
    def not_measurable(self) -> float:
        """Share of audiences that are not."""
        return 1 - self.audiences / len(self.own_coverages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Results of many campaigns in one shop."""

    coverage: float
    """Share of intervals that hold the lift, reported or not."""
    reported: Reported
    bias: float
    """Mean error, in standard errors of the simulation."""
    false_alarms: float
    """Share of p-values of at most 0.05 without a lift."""
    shorter: float
    """Reduction of the interval's length by the adjustment."""
    overstated: float | None
    """Credited revenue over the campaign's actual effect; None without a lift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign: spend of its customers, and the product's measurements."""

    spends: Spends
    lift: float
    """Share of the spend without the campaign."""
    held_out: Marks

    @property
    def truth(self) -> float:
        """Actual effect per customer."""
        return self.lift * float(self.spends.during.mean())

    @property
    def during(self) -> Values:
        """Spend in the window: treated buyers buy more."""
        return self.spends.during * np.where(self.held_out, 1.0, 1.0 + self.lift)

    def found(self) -> Lift:
        """Return the product's measurement."""
        return adjusted_lift(self.spends.before, self.during, self.held_out)

    def own_coverage(self, random: Random) -> float:
        """Return the coverage that the product measures itself."""
        return audience_coverage(
            self.spends.past,
            self.spends.recent,
            self.during,
            float(self.held_out.mean()),
            random=random,
        )


def study(
    draw: Draw,
    share: float,
    *,
    lift: float,
    seed: int,
    runs: int = 1_000,
    judged: int = 20,
) -> Study:
    """Run a campaign many times. `lift` is a share of the mean spend in a window.

    Each gets a p-value of what it would be without a lift. All that the treated spend in the window
    is credited, as every one of them has a message. The product says of the first `judged`
    audiences whether they are measurable; where these do not agree, of as many as
    `reported_among` looks at.
    """
    random = np.random.default_rng(seed)
    errors, holds, alarms, widths, plain_widths, over, own = [], 0, 0, [], [], [], []
    for run in range(runs):
        campaign = sent(draw(random), share, lift, random)
        spends, held_out, during = campaign.spends, campaign.held_out, campaign.during
        found = campaign.found()
        errors.append(found.difference - campaign.truth)
        holds += found.low <= campaign.truth <= found.high
        widths.append(found.high - found.low)
        parts = (during[held_out], during[~held_out])
        plain_widths.append(
            2 * Z_95 * float(sum(part.var(ddof=1) / len(part) for part in parts)) ** 0.5
        )
        p = p_value(spends.before, spends.during, held_out, draws=PERMUTATIONS, random=random)
        alarms += p <= ALARM
        if lift:
            over.append(float(during[~held_out].mean()) / campaign.truth)
        if run < judged:
            own.append(campaign.own_coverage(random))
    coverage = holds / runs
    reported = Reported(own_coverages=own, coverage=coverage)
    if reported.audiences == 0:
        reported = Reported(own_coverages=own, coverage=None)
    elif reported.audiences < judged:
        reported = reported_among(draw, share, lift, random)
    return Study(
        coverage=coverage,
        reported=reported,
        bias=float(np.mean(errors) / (np.std(errors) / runs**0.5)),
        false_alarms=alarms / runs,
        shorter=1 - float(np.mean(widths) / np.mean(plain_widths)),
        overstated=float(np.mean(over)) if over else None,
    )


def sent(spends: Spends, share: float, lift: float, random: Random) -> Campaign:
    """A campaign with arms of its own."""
    return Campaign(
        spends=spends, lift=lift, held_out=drawn_arms(random, len(spends.during), share)
    )


def reported_among(draw: Draw, share: float, lift: float, random: Random) -> Reported:
    """Judge audiences as the product does, and measure the coverage of reported ones.

    AUDIENCES are judged, and each that is reported is sent to SENDS times, with other arms.
    """
    own, holds, runs = [], 0, 0
    for _ in range(AUDIENCES):
        spends = draw(random)
        own.append(sent(spends, share, lift, random).own_coverage(random))
        if is_measurable(own[-1]):
            for _ in range(SENDS):
                campaign = sent(spends, share, lift, random)
                found = campaign.found()
                holds += found.low <= campaign.truth <= found.high
            runs += SENDS
    return Reported(own_coverages=own, coverage=holds / runs if runs else None)


def of_purchases(data: Purchases, sent_day: int, *, before_days: int, window_days: int) -> Spends:
    """Return the spend of a real shop's customers around a day without a campaign.

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
