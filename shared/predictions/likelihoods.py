"""Log-likelihoods of the models of purchases and of spend, each with its slope.

Without slopes a fit takes an evaluation for each parameter at every step to find them. Sources:
BG/NBD: Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 6; MBG/NBD: Batislam, Denizel and
Filiztekin (2007), IJRM 24, and Hoppe and Wagner (2007); Pareto/NBD: Schmittlein, Morrison and
Colombo (1987), by the integral over the time of death; Gamma-Gamma: Fader and Hardie (2013), "The
Gamma-Gamma Model of Monetary Value", eq. 1a.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import digamma, expit, gammaln

from shared.predictions.buy_till_you_die import RULE
from shared.predictions.design import Array
from shared.predictions.model import ParetoNbd
from shared.predictions.samples import PurchaseGroups

Likelihood = Callable[[Array], tuple[float, Array]]
"""The log-likelihood of parameters, in the order of the model's fields, and its slope by each."""

_NODES = np.array([node for node, _ in RULE])
_WEIGHTS = np.array([weight for _, weight in RULE])
_MAX_POWER = 700.0
"""exp of more overflows; odds of that size are certainty anyway."""


def bg_nbd(groups: PurchaseGroups) -> Likelihood:
    """Likelihood of BG/NBD: each repeat purchase may have been the last."""
    return _geometric(groups, groups.purchase_days - 1)


def mbg_nbd(groups: PurchaseGroups) -> Likelihood:
    """Likelihood of MBG/NBD: the first purchase, too, may have been the last."""
    return _geometric(groups, groups.purchase_days)


def pareto_nbd(groups: PurchaseGroups) -> Likelihood:
    """Likelihood of Pareto/NBD."""
    x, t_x, age = groups.purchase_days - 1, groups.span_days, groups.age_days
    customers, total = groups.customers, float(groups.customers.sum())
    repeats, by_repeats = _distinct_counts(x, customers)

    def likelihood(parameters: Array) -> tuple[float, Array]:
        r, alpha, s, beta = map(float, parameters)
        log_purchase, log_death = np.log(alpha + age), np.log(beta + age)
        deaths = _Deaths(r, alpha, s, beta, x, t_x, age)
        odds = deaths.odds
        value = by_repeats @ (gammaln(r + repeats) - gammaln(r))
        value += total * (r * np.log(alpha) + s * np.log(beta))
        value += customers @ (np.log1p(odds) - (r + x) * log_purchase - s * log_death)
        slope = [
            by_repeats @ (digamma(r + repeats) - digamma(r) + np.log(alpha))
            - customers @ log_purchase,
            total * r / alpha - customers @ ((r + x) / (alpha + age)),
            total * np.log(beta) - customers @ log_death,
            total * s / beta - customers @ (s / (beta + age)),
        ]
        by_odds = customers / (1 + odds)
        return float(value), np.array(slope) + [by_odds @ each for each in deaths.slopes()]

    return likelihood


def gamma_gamma(purchases: Array, mean_spend: Array) -> Likelihood:
    """Likelihood of Gamma-Gamma over these numbers of purchases and mean spends, all above 0."""
    x, m = purchases, mean_spend
    log_x, log_m = np.log(x), np.log(m)

    def likelihood(parameters: Array) -> tuple[float, Array]:
        p, q, scale = map(float, parameters)
        own, both, log_rate = p * x, p * x + q, np.log(scale + m * x)
        each = gammaln(both) - gammaln(own) - gammaln(q) + q * np.log(scale)
        each += (own - 1) * log_m + own * log_x - both * log_rate
        rising = digamma(both) - log_rate
        slope = [
            x @ (rising - digamma(own) + log_m + log_x),
            (rising - digamma(q) + np.log(scale)).sum(),
            (q / scale - both / (scale + m * x)).sum(),
        ]
        return float(each.sum()), np.array(slope)

    return likelihood


def pareto_odds_of_death(model: ParetoNbd, x: Array, t_x: Array, age: Array) -> Array:
    """Odds of having died between t_x and T, by the rule of `buy_till_you_die.pareto_alive`."""
    deaths = _Deaths(model.r, model.alpha, model.s, model.beta, x, t_x, age)
    return deaths.odds


def _geometric(groups: PurchaseGroups, chances: Array) -> Likelihood:
    """Likelihood of a model in which so many of a customer's purchases may have been the last.

    What depends on their number alone is computed once for each number.
    """
    x, t_x, age = groups.purchase_days - 1, groups.span_days, groups.age_days
    customers, total = groups.customers, float(groups.customers.sum())
    repeats, by_repeats = _distinct_counts(x, customers)
    survived, by_survived = _distinct_counts(chances, customers)
    # The last chance was not survived by those who died; whoever had none is alive.
    mortal = chances > 0
    earlier = np.where(mortal, chances - 1, 0.0)

    def likelihood(parameters: Array) -> tuple[float, Array]:
        r, alpha, a, b = map(float, parameters)
        log_alive, log_dead = np.log(alpha + age), np.log(alpha + t_x)
        odds = np.log(a / (b + earlier)) + (r + x) * (log_alive - log_dead)
        odds = np.where(mortal, odds, -np.inf)
        value = by_repeats @ (gammaln(r + repeats) - gammaln(r)) + total * r * np.log(alpha)
        value += by_survived @ (gammaln(b + survived) - gammaln(a + b + survived))
        value += total * (gammaln(a + b) - gammaln(b))
        value += customers @ (np.logaddexp(0.0, odds) - (r + x) * log_alive)
        dead = customers * expit(odds)
        alive = customers - dead
        both = total * digamma(a + b) - by_survived @ digamma(a + b + survived)
        slope = [
            by_repeats @ (digamma(r + repeats) - digamma(r) + np.log(alpha))
            - alive @ log_alive
            - dead @ log_dead,
            total * r / alpha
            - alive @ ((r + x) / (alpha + age))
            - dead @ ((r + x) / (alpha + t_x)),
            both + float(dead.sum()) / a,
            both + by_survived @ (digamma(b + survived) - digamma(b)) - dead @ (1 / (b + earlier)),
        ]
        return float(value), np.array(slope)

    return likelihood


class _Deaths:
    """Deaths between t_x and T under Pareto/NBD: their odds, with what these have in common with
    their slopes."""

    def __init__(
        self, r: float, alpha: float, s: float, beta: float, x: Array, t_x: Array, age: Array
    ) -> None:
        self._parameters, self._x, self._t_x, self._age = (r, alpha, s, beta), x, t_x, age
        low, self._high = np.log(alpha + t_x), np.log(alpha + age)
        middle, self._half = (low + self._high) / 2, (self._high - low) / 2
        self._places = middle[:, None] + self._half[:, None] * _NODES
        self._times = np.exp(self._places)
        self._rates = self._times + (beta - alpha)
        self._log_rates = np.log(self._rates)
        alive = -(r + x) * self._high - s * np.log(beta + age)
        power = -(s + 1) * self._log_rates
        power -= (r + x - 1)[:, None] * self._places + alive[:, None]
        self._each = np.exp(np.minimum(power, _MAX_POWER)) * _WEIGHTS
        self._sum = self._each.sum(axis=1)
        self.odds: Array = s * self._half * self._sum

    def slopes(self) -> list[Array]:
        """Of the odds, by r, alpha, s and beta."""
        r, alpha, s, beta = self._parameters
        each, total, last = self._each, self._sum, 1 / (alpha + self._age)
        first = 1 / (alpha + self._t_x)
        middle, half = (first + last) / 2, (last - first) / 2
        inverse = each / self._rates
        weighted_times = inverse * self._times
        scale = s * self._half
        by_place = _products(each, self._places)
        by_alpha = (self._x + r) * last * total
        by_alpha -= (self._x + r - 1) * (middle * total + half * (each @ _NODES))
        by_alpha -= (s + 1) * (
            middle * weighted_times.sum(axis=1) + half * (weighted_times @ _NODES)
        )
        by_alpha += (s + 1) * inverse.sum(axis=1)
        return [
            self._high * self.odds - scale * by_place,
            s * half * total + scale * by_alpha,
            (1 / s + np.log(beta + self._age)) * self.odds
            - scale * _products(each, self._log_rates),
            s / (beta + self._age) * self.odds - scale * (s + 1) * inverse.sum(axis=1),
        ]


def _products(these: Array, those: Array) -> Array:
    """Sum of the products of each row."""
    return np.asarray(np.einsum("ij,ij->i", these, those))


def _distinct_counts(values: Array, customers: Array) -> tuple[Array, Array]:
    """The distinct values, and how many customers have each."""
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.asarray(np.bincount(place, weights=customers), dtype=np.float64)
