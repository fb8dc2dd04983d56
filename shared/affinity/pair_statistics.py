"""Evidence that two products are bought together more often than by chance. Pure.

Two products that have nothing to do with each other are still in one basket now and then, and more
often the more the sizes of baskets differ: large baskets hold many pairs. Of N baskets with Σs
products in all and Σs(s − 1) ordered pairs, a product in a and one in b baskets are expected
together E = f·a·b ÷ N times, with f = N·Σs(s − 1) ÷ (Σs)²: the configuration model of graphs
(Newman 2003, SIAM Review 45(2), 167–256) with products and baskets as its nodes. f is 1 where sizes
have the distribution of Poisson.

That holds for the average product. One that comes in larger baskets than others meets more of them.
With T the other products in all baskets with a product, that is E′ = T_a·T_b ÷ Σs(s − 1), which is
E where baskets with A and with B are as large as all. Evidence is judged against the larger one.
"""

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

_Z = 1.959964
"""97.5 % quantile of the standard normal distribution."""


def lift_lower(count: int, expected: float) -> float:
    """Lower end of the 95 % credibility interval of count ÷ expected: what pairs are ranked by.

    Shrunken by ½ on either side, the ratio has a gamma distribution with shape k = count + ½ and
    rate expected + ½ (Norén, Hopstadius & Bate 2013, Statistical Methods in Medical Research 22(1),
    57–69). Its 2.5 % quantile is k (1 − 1 ÷ 9k − 1.96 ÷ 3√k)³ ÷ (expected + ½) (Wilson & Hilferty
    1931, PNAS 17(12), 684–688).

    The ½ keeps rare products in check. Three orders with two products that are in no others are
    together as often as orders ÷ 3 times by chance, and have a lower bound of no more than 1.7:

    >>> round(lift_lower(3, 3 * 3 / 100_000), 2)
    1.66
    >>> round(lift_lower(400, 1_000 * 2_000 / 10_000), 2)
    1.81
    """
    shape = count + 0.5
    return float(shape * (1 - 1 / (9 * shape) - _Z / (3 * sqrt(shape))) ** 3 / (expected + 0.5))


def chance(count: int, expected: float) -> float:
    """Probability of `count` or more where `expected` are expected by chance.

    The upper tail of the Poisson distribution, which is a little longer than that of pairs: so it
    errs on the side of chance. 1 if the count is at most the expected one, and 0 if the probability
    is below what a float can hold.

    >>> round(chance(2, 1.0), 6)  # 1 − 2 ÷ e
    0.264241
    """
    if count <= expected:
        return 1.0
    term = total = exp(count * log(expected) - expected - lgamma(count + 1))
    more = count
    while term > total * 1e-17:
        more += 1
        term *= expected / more
        total += term
    return min(1.0, total)


def family_wise(probability: float, tests: int) -> float:
    """Chance of so small a probability for any of so many pairs (Bonferroni; Dunn 1961, Journal of
    the American Statistical Association 56, 52–64).
    """
    return min(1.0, probability * tests)


def false_discovery_rates(probabilities: Sequence[float], tests: int) -> list[float]:
    """By pair, the part of false ones to expect among the pairs that have as small a probability.

    That is the smallest rate at which Benjamini and Hochberg (1995, Journal of the Royal
    Statistical Society B 57(1), 289–300) call the pair significant. `tests` counts all pairs that
    were tested; those that `probabilities` lacks count as due to chance, so no rate is too small.

    >>> [round(rate, 3) for rate in false_discovery_rates([0.001, 0.04, 0.01], 10)]
    [0.01, 0.133, 0.05]
    """
    rates = [1.0] * len(probabilities)
    smallest = 1.0
    ranking = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    for rank in range(len(ranking), 0, -1):
        place = ranking[rank - 1]
        smallest = min(smallest, probabilities[place] * tests / rank)
        rates[place] = smallest
    return rates
