"""Coverage of an audience's own intervals, measured by redrawing its arms.

Imported inside the function that needs it: it loads numpy.
"""

import numpy as np

from shared.campaigns.performance.lift import Z_95, Marks, Values, adjusted_lift

MIN_COVERAGE = 0.93
"""Share of 95 % intervals that must hold the truth for a campaign to be called measurable."""
COVERAGE_DRAWS = 4_000
COVERAGE_MEMBERS = 20_000
"""Members, drawn of a larger audience, that coverage is measured on: of fewer it is no larger."""
LEAST = 3
"""Customers of an arm without whom there is no difference."""
_Z_ONE_SIDED = 1.644854
_BATCH = 32
"""Draws whose sums are taken at once: 5 MB of marks for the most members."""
_ROWS, _COLUMNS = np.triu_indices(5)


def is_measurable(coverage: float, *, draws: int = COVERAGE_DRAWS) -> bool:
    """Whether coverage measured with so many draws is MIN_COVERAGE or more, beyond their noise.

    A one-sided test at 5 %. Of many audiences around the minimum, those that noise lifts over it
    are covered too seldom; with the default, 93.7 % is enough.
    """
    noise: float = (MIN_COVERAGE * (1 - MIN_COVERAGE) / draws) ** 0.5
    return coverage >= MIN_COVERAGE + _Z_ONE_SIDED * noise


def audience_coverage(
    past: Values,
    recent: Values,
    during: Values,
    share: float,
    *,
    random: np.random.Generator,
    draws: int = COVERAGE_DRAWS,
) -> float:
    """Return the lower of two coverages for this holdout share.

    One predicts spend in the window from all earlier spend, the other the last window before the
    send from what preceded it. Costs some 0.2 s of CPU for 1,000 members and 1.5 s for
    COVERAGE_MEMBERS or more.
    """
    if len(during) > COVERAGE_MEMBERS:
        drawn = random.choice(len(during), COVERAGE_MEMBERS, replace=False)
        past, recent, during = past[drawn], recent[drawn], during[drawn]
    # An audience chosen for its silence has no past to tell by: then the window alone does.
    stretches = [(past + recent, during), *([(past, recent)] if recent.any() else [])]
    held_out = min(max(LEAST, round(share * len(during))), len(during) - LEAST)
    return min(
        measured_coverage(earlier, later, held_out, draws=draws, random=random)
        for earlier, later in stretches
    )


def measured_coverage(
    before: Values, during: Values, held_out: int, *, draws: int, random: np.random.Generator
) -> float:
    """Return the share of intervals of `adjusted_lift` that hold the truth with redrawn arms.

    `before` and `during` are two stretches in which the arms that are drawn were not treated
    differently, so the truth is 0 whoever is drawn. Below MIN_COVERAGE, an interval says less than
    it claims.
    """
    if during.min() == during.max():
        return 1.0
    members = len(during)
    # Which of the two arms is called held out makes no difference to whether 0 is within.
    smaller = min(held_out, members - held_out)
    sums = _Sums(before, during)
    holds = 0
    for first in range(0, draws, _BATCH):
        arms = np.zeros((min(_BATCH, draws - first), members))
        for arm in arms:
            arm[random.choice(members, smaller, replace=False, shuffle=False)] = 1
        surely = sums.surely_hold(arms)
        holds += int(surely.sum())
        for arm in arms[~surely]:
            lift = adjusted_lift(before, during, arm == 1)
            holds += lift.low <= 0 <= lift.high
    return holds / draws


class _Sums:
    """Decides most draws by sums over the smaller arm, a product of matrices for many of them.

    The variance of `adjusted_lift` divides each squared residual by what its leverage leaves, which
    is at most 1. Without the division it is a quadratic form of sums over an arm, and smaller: an
    interval that holds 0 by it does so by the larger one.
    """

    def __init__(self, before: Values, during: Values) -> None:
        x, y = _standardized(before), _standardized(during)
        # What all members' slope explains is taken off both arms alike, and moves no difference.
        y = y - (x @ y) / len(x) * x
        terms = np.column_stack([np.ones(len(x)), x, y, x * x, x * y])
        self._products = terms[:, _ROWS] * terms[:, _COLUMNS]
        self._all = self._products.sum(axis=0)

    def surely_hold(self, arms: Values) -> Marks:
        """Draws whose interval holds 0 beyond rounding; of the others nothing is said.

        `arms` has a row per draw, 1 for the members of an arm.
        """
        of_arm = arms @ self._products
        value, variance, sound = _at_mean(of_arm)
        other_value, other_variance, other_sound = _at_mean(self._all - of_arm)
        reach = Z_95**2 * (variance + other_variance)
        holds = (value - other_value) ** 2 < reach * (1 - 1e-6) - 1e-12
        return holds & sound & other_sound


def _at_mean(sums: Values) -> tuple[Values, Values, Marks]:
    """Values at x = 0 of a regression per arm, variances, and where rounding leaves them sound.

    With residuals y − c − d·x and weights a + b·x, a variance is the sum of
    (−ac − (ad + bc)·x + a·y − bd·x² + b·xy)².
    """
    products = np.empty((len(sums), 5, 5))
    products[:, _ROWS, _COLUMNS] = products[:, _COLUMNS, _ROWS] = sums
    count = products[:, 0, 0]
    x, y = products[:, 0, 1] / count, products[:, 0, 2] / count
    around_zero = products[:, 1, 1]
    squares = around_zero - count * x * x
    # Of an arm whose members spent almost alike before, rounding hides the slope.
    sloped = squares > np.maximum(0.01 * around_zero, 1e-6 * count)
    squares[~sloped] = np.inf
    d = (products[:, 1, 2] - count * x * y) / squares
    c = y - d * x
    b = -x / squares
    a = 1 / count - b * x
    form = np.column_stack([-a * c, -(a * d + b * c), a, -b * d, b])
    variance = np.einsum("ki,kij,kj->k", form, products, form)
    return c, variance, sloped | (around_zero == 0)


def _standardized(values: Values) -> Values:
    if values.min() == values.max():
        return np.zeros_like(values)
    standardized: Values = (values - values.mean()) / values.std()
    return standardized
