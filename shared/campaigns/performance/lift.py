"""Lift of a campaign: treated against held out, adjusted for their spend before it.

Imported inside the function that needs it: it loads numpy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Marks = NDArray[np.bool_]

Z_95 = 1.959964
"""Standard errors that a 95 % interval reaches to either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The difference per customer, treated less held out, with its 95 % interval."""

    difference: float
    low: float
    high: float


def adjusted_lift(before: Values, during: Values, held_out: Marks) -> Lift:
    """The difference in spend, adjusted by regression on earlier spend.

    Least squares of spend on the arm, earlier spend less its mean, and their product; the
    difference is the arm's coefficient, which no shape of spend biases beyond the order of 1/n
    (Lin 2013, "Agnostic notes on regression adjustments to experimental data", Annals of Applied
    Statistics 7(1)). The interval takes heteroscedastic errors (HC2; MacKinnon & White 1985). An
    arm whose customers all spent alike before is read at its mean.
    Raises ValueError for an arm with fewer than three customers.
    """
    treated = ~held_out
    if min(int(treated.sum()), int(held_out.sum())) < 3:
        raise ValueError("each arm needs at least three customers")
    centred = before - before.mean()
    difference, variance = 0.0, 0.0
    # The regression with the product is one regression per arm, each read at the common mean.
    for arm, sign in ((treated, 1.0), (held_out, -1.0)):
        x, y = centred[arm], during[arm]
        offset, rise = _centred(x), _centred(y)
        squares = float(offset @ offset)
        slope = float(offset @ rise) / squares if squares > 0 else 0.0
        at_mean = float(y.mean()) - slope * float(x.mean())
        residuals = rise - slope * offset
        # Weights of each customer in the value at the common mean, and leverages.
        share = 1 / len(y)
        weights = np.full(len(y), share) - (
            offset * float(x.mean()) / squares if squares > 0 else 0.0
        )
        leverage = share + (offset**2 / squares if squares > 0 else 0.0)
        variance += float(np.sum((weights * residuals) ** 2 / np.maximum(1 - leverage, 1e-9)))
        difference += sign * at_mean
    error = Z_95 * variance**0.5
    return Lift(difference=difference, low=difference - error, high=difference + error)


def _centred(values: Values) -> Values:
    """The values less their mean; zeros if they are equal, without what rounding makes of them."""
    return values - values.mean() if values.min() < values.max() else np.zeros_like(values)


def p_value(
    before: Values, during: Values, held_out: Marks, *, draws: int, random: np.random.Generator
) -> float:
    """Return the share of redrawn arms with a difference at least as large, under no effect.

    Two-sided, of `draws` permutations of the arms. What earlier spend explains is taken off first,
    without a look at the arms, so the test is exact for any tail (Fisher 1935; Rosenbaum 2002).
    Never below 1 / (draws + 1).
    """
    centred = before - before.mean()
    squares = float(centred @ centred)
    slope = float(centred @ during) / squares if squares > 0 else 0.0
    residuals = during - during.mean() - slope * centred
    # The residuals add up to 0: the sum of the smaller arm tells that of the other.
    smaller = held_out if 2 * int(held_out.sum()) <= len(held_out) else ~held_out
    sums = redrawn_sums(residuals, int(smaller.sum()), draws=draws, random=random)
    # Sums of the same customers in another order differ by what was rounded.
    rounded = 1e-12 * float(np.abs(during).sum())
    as_large = int(np.sum(np.abs(sums) >= abs(float(residuals[smaller].sum())) - rounded))
    return (1 + as_large) / (1 + draws)


def redrawn_sums(values: Values, count: int, *, draws: int, random: np.random.Generator) -> Values:
    """Sums of `count` of the values, drawn without replacement, `draws` times.

    Distributed as sums over an arm of that size whose marks are shuffled, for a random number per
    value of the arm instead of one per value.
    """
    sums = np.empty(draws)
    for draw in range(draws):
        places = random.choice(len(values), count, replace=False, shuffle=False)
        sums[draw] = values[places].sum()
    return sums
