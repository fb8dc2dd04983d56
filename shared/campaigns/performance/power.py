"""Power of a holdout: the smallest lift that it can show, before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z_TWO_SIDED_95 = 1.959964
Z_POWER_80 = 0.841621

PAST_WINDOWS = 12
"""Windows before now that the spread of spend is taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSpread:
    """Spend per customer in one window: mean and standard deviation, in cents."""

    mean_cents: float
    deviation_cents: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Smallest lift that a holdout can show. Lifts are None if there is nothing to compare."""

    share: float
    treated: int
    held_out: int
    smallest_lift_cents: float | None
    """Per treated customer and window."""
    smallest_lift_share: float | None
    """Of what a customer spends anyway."""


def spend_spread(spends_cents: Iterable[int]) -> SpendSpread | None:
    """Mean and deviation of these spends, each of one customer in one window; None for fewer than
    two.
    """
    count = 0
    mean = squares = 0.0
    for spend in spends_cents:  # Welford's update: one pass, stable.
        count += 1
        delta = spend - mean
        mean += delta / count
        squares += delta * (spend - mean)
    if count < 2:
        return None
    return SpendSpread(mean_cents=mean, deviation_cents=sqrt(squares / (count - 1)))


def holdout(members: int, share: float, spread: SpendSpread | None) -> Holdout:
    """The smallest lift that this many members show four times out of five.

    The minimum detectable effect of a comparison of two means at a two-sided level of 5 % and a
    power of 80 %: (z₀.₉₇₅ + z₀.₈) · σ · √(1/treated + 1/held out); Bloom 1995, "Minimum Detectable
    Effects", Evaluation Review 19(5), 547–556. Takes the spread to be the same in both arms, and no
    account of an adjustment for earlier spend, which shortens it.
    """
    held_out = round(members * share)
    treated = members - held_out
    lift = None
    if spread is not None and spread.deviation_cents > 0 and held_out and treated:
        error = spread.deviation_cents * sqrt(1 / treated + 1 / held_out)
        lift = (Z_TWO_SIDED_95 + Z_POWER_80) * error
    return Holdout(
        share=share,
        treated=treated,
        held_out=held_out,
        smallest_lift_cents=lift,
        smallest_lift_share=lift / spread.mean_cents
        if lift is not None and spread is not None and spread.mean_cents > 0
        else None,
    )


def in_words(holdouts: Iterable[Holdout]) -> str:
    """Describe the effects that this audience cannot show, in one sentence per share."""
    sentences = []
    for each in holdouts:
        beginning = (
            f"With {each.share:.0%} held out ({each.held_out:,} of {_members(each):,} customers)"
        )
        if each.smallest_lift_share is None:
            sentences.append(f"{beginning}, this audience cannot show any lift.")
        else:
            lift = f"+{each.smallest_lift_share:.0%}"
            sentences.append(f"{beginning}, this audience cannot show less than {lift}.")
    return " ".join(sentences)


def _members(each: Holdout) -> int:
    return each.treated + each.held_out
