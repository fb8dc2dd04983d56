"""Unusual cohorts, pairs of products and products. Pure.

Each finding is rare by chance: an organisation without one gets no card for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from shared.affinity.affinity import Pair
from shared.cohorts.cohorts import Cohort
from shared.kernel.facts import SMALLEST_GROUP
from shared.products.product_sales import MONTH_DAYS, WEEK_DAYS, ProductSales

COHORTS = 12
"""Number of latest cohorts considered: those whose first month after is over."""
_Z_OF_COHORTS = 2.8653
"""97.5 % quantile of the standard normal distribution, taken for one of twelve (Bonferroni): with
that interval one shop in twenty finds a break where there is none."""
LEAST_LIFT = 1.5
"""Lower bound of a pair's adjusted lift from which it is worth bundling."""
MOST_FALSE_PAIRS = 0.05
"""`qValue` up to which a pair counts as no chance find."""
LEAST_DROP = 0.3
"""Part of its 30-day rate by which a product has to sell less."""
LEAST_DEVIATIONS = 3.0
"""Least shortfall from the expected units, in standard deviations of a Poisson variable."""
LEAST_LOSS = 0.02
"""Part of the revenue of all products in the last 30 full days that it has to lose."""
_MILLI = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortBreak:
    """A monthly cohort that came back unlike the others in the month after."""

    cohort: Cohort
    rate: float
    others_rate: float
    at_stake_cents: int
    """Customers more or fewer than at the others' rate × revenue per returning customer there."""

    @property
    def is_worse(self) -> bool:
        """Whether fewer came back."""
        return self.rate < self.others_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Two products that are in one basket far more often than by chance."""

    pair: Pair
    at_stake_cents: int
    """Revenue of the cheaper product in the orders with both; 0 where no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowing:
    """A product that sold less in the last 7 full days than its 30-day rate."""

    product: ProductSales
    units: float
    """In the last 7 full days."""
    usual_units: float
    """In 7 days at the rate of the last 30."""
    at_stake_cents: int
    """Revenue lost in 30 days at the new velocity."""


def cohort_break(cohorts: Sequence[Cohort]) -> CohortBreak | None:
    """The cohort with the most at stake among those that break from the others.

    A cohort breaks where the 95 % interval of its rate (Wilson 1927, Journal of the American
    Statistical Association 22, 209–212), widened for twelve looks, excludes the rate of the others.
    Cohorts with fewer customers, or fewer who came back, than a fact may be about are not looked
    at, and count among the others.
    """
    recent = sorted((each for each in cohorts if each.is_complete(1)), key=_age)[-COHORTS:]
    breaks = []
    for cohort in recent:
        others = [each for each in recent if each is not cohort]
        size = sum(each.size for each in others)
        returning = sum(each.customers[1] for each in others)
        if not returning or min(cohort.size, cohort.customers[1]) < SMALLEST_GROUP:
            continue
        rate, others_rate = cohort.customers[1] / cohort.size, returning / size
        low, high = wilson_interval(cohort.customers[1], cohort.size)
        if not low <= others_rate <= high:
            revenue = sum(each.revenue_cents[1] for each in others)
            gap = abs(rate - others_rate) * cohort.size
            breaks.append(
                CohortBreak(
                    cohort=cohort,
                    rate=rate,
                    others_rate=others_rate,
                    at_stake_cents=max(0, round(gap * revenue / returning)),
                )
            )
    return max(breaks, key=lambda each: (each.at_stake_cents, _age(each.cohort)), default=None)


def wilson_interval(part: int, of: int, z: float = _Z_OF_COHORTS) -> tuple[float, float]:
    """The interval of a rate; `of` is above 0.

    >>> low, high = wilson_interval(10, 100, 1.959964)
    >>> round(low, 4), round(high, 4)
    (0.0552, 0.1744)
    """
    rate, spread = part / of, z * z / of
    middle = (rate + spread / 2) / (1 + spread)
    reach = z * sqrt(rate * (1 - rate) / of + spread / (4 * of)) / (1 + spread)
    return middle - reach, middle + reach


def bundle(pairs: Sequence[Pair], products: Sequence[ProductSales]) -> Bundle | None:
    """Return the pair with the highest lower bound of its lift, if that is high and no chance
    find."""
    worthwhile = [
        pair
        for pair in pairs
        if pair.lift_lower >= LEAST_LIFT
        and pair.q_value <= MOST_FALSE_PAIRS
        and pair.customers >= SMALLEST_GROUP
    ]
    best = min(
        worthwhile,
        key=lambda pair: (-pair.lift_lower, -pair.count, pair.a.id, pair.b.id),
        default=None,
    )
    if best is None:
        return None
    prices = {product.product_id: _unit_cents(product) for product in products}
    price = min(prices.get(best.a.id, 0.0), prices.get(best.b.id, 0.0))
    return Bundle(pair=best, at_stake_cents=max(0, round(best.count * price)))


def slowing(products: Sequence[ProductSales]) -> Slowing | None:
    """Return the product that loses the most revenue by slowing down, beyond chance.

    None if that is little beside what all products bring in.
    """
    candidates = []
    revenue = sum(product.last_30_days.revenue_cents for product in products)
    for product in products:
        month = product.last_30_days.quantity_milli / _MILLI
        week = product.last_7_days.quantity_milli / _MILLI
        expected = month * WEEK_DAYS / MONTH_DAYS
        if week < 0 or expected <= 0:
            continue
        missing = expected - week
        if missing >= LEAST_DROP * expected and missing >= LEAST_DEVIATIONS * sqrt(expected):
            loss_cents = missing / WEEK_DAYS * MONTH_DAYS * _unit_cents(product)
            if loss_cents > 0 and loss_cents >= LEAST_LOSS * revenue:
                candidates.append(
                    Slowing(
                        product=product,
                        units=week,
                        usual_units=expected,
                        at_stake_cents=round(loss_cents),
                    )
                )
    return min(
        candidates, key=lambda each: (-each.at_stake_cents, each.product.product_id), default=None
    )


def _age(cohort: Cohort) -> int:
    return cohort.period.number


def _unit_cents(product: ProductSales) -> float:
    """Revenue per unit over the last 30 full days, or over all time where none was sold in them."""
    for sales in (product.last_30_days, product.all_time):
        if sales.quantity_milli > 0:
            return sales.revenue_cents * _MILLI / sales.quantity_milli
    return 0.0
