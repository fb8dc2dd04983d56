"""Maximum likelihood fits of BG/NBD, MBG/NBD, Pareto/NBD and Gamma-Gamma on grouped customers.

Fits are bounded, since some data have no interior optimum: with a / (a + b) towards 0, b runs away
and predicts nonsense. A fit that ends at a bound, or where nobody came back, is degenerate: None.

Sources of the likelihoods: BG/NBD: Fader, Hardie and Lee (2005), Marketing Science 24(2), eq. 6;
MBG/NBD: Batislam, Denizel and Filiztekin (2007), IJRM 24, and Hoppe and Wagner (2007); Pareto/NBD:
Schmittlein, Morrison and Colombo (1987), by the integral over the time of death; Gamma-Gamma: Fader
and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", eq. 1a. Parameters are independent of
the unit of time but for alpha and beta, which have it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

from shared.predictions.buy_till_you_die import RULE
from shared.predictions.design import Array
from shared.predictions.model import BgNbd, MbgNbd, ParetoNbd
from shared.predictions.samples import PurchaseGroups

_Model = TypeVar("_Model", BgNbd, MbgNbd, ParetoNbd)

_SHAPES = (1e-2, 1e2)
_TIMES = (1e-1, 1e5)
_AT_BOUND = 1.02
"""A parameter within 2 % of a bound has run into it."""
_MAX_STEPS = 150
"""Several times what fits with an optimum take; those that run away stop here."""
_NODES = np.array([node for node, _ in RULE])
_WEIGHTS = np.array([weight for _, weight in RULE])


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma:
    """Spend per purchase: gamma with shape p around a mean that differs between customers."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Mean spend per purchase over customers; q is above 1."""
        return self.p * self.gamma / (self.q - 1)

    @property
    def weight(self) -> float:
        """How many purchases the mean over customers weighs as much as."""
        return (self.q - 1) / self.p


def bg_nbd_log_likelihood(model: BgNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return float(groups.customers @ _bg_nbd(model, groups))


def fit_bg_nbd(groups: PurchaseGroups) -> BgNbd | None:
    """The maximum of the likelihood; None where it is degenerate."""

    def model(r: float, alpha: float, a: float, b: float) -> BgNbd:
        return BgNbd(r=r, alpha=alpha, a=a, b=b)

    return _fit(model, _bg_nbd, (_SHAPES, _TIMES, _SHAPES, _SHAPES), groups)


def mbg_nbd_log_likelihood(model: MbgNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return float(groups.customers @ _mbg_nbd(model, groups))


def fit_mbg_nbd(groups: PurchaseGroups) -> MbgNbd | None:
    """The maximum of the likelihood; None where it is degenerate."""

    def model(r: float, alpha: float, a: float, b: float) -> MbgNbd:
        return MbgNbd(r=r, alpha=alpha, a=a, b=b)

    return _fit(model, _mbg_nbd, (_SHAPES, _TIMES, _SHAPES, _SHAPES), groups)


def pareto_nbd_log_likelihood(model: ParetoNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return float(groups.customers @ _pareto_nbd(model, groups))


def fit_pareto_nbd(groups: PurchaseGroups) -> ParetoNbd | None:
    """The maximum of the likelihood; None where it is degenerate."""

    def model(r: float, alpha: float, s: float, beta: float) -> ParetoNbd:
        return ParetoNbd(r=r, alpha=alpha, s=s, beta=beta)

    return _fit(model, _pareto_nbd, (_SHAPES, _TIMES, _SHAPES, _TIMES), groups)


def bg_nbd_expected_purchases(model: BgNbd, x: float, t_x: float, age: float, t: float) -> float:
    """Expected purchases within t of `age` (Fader, Hardie and Lee 2005, eq. 10)."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    left = ((alpha + age) / (alpha + age + t)) ** (r + x)
    left *= float(hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t)))
    expected = (a + b + x - 1) / (a - 1) * (1 - left)
    dead = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x > 0 else 0.0
    return float(expected / (1 + dead))


def gamma_gamma_log_likelihood(model: GammaGamma, purchases: Array, mean_spend: Array) -> float:
    """Over customers with so many purchases of that mean spend, all above 0."""
    p, q, scale = model.p, model.q, model.gamma
    x, m = purchases, mean_spend
    each = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(scale)
    each += (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(scale + m * x)
    return float(each.sum())


def fit_gamma_gamma(purchases: Array, mean_spend: Array) -> GammaGamma | None:
    """The maximum of the likelihood over customers who spent something; None where degenerate."""
    some = mean_spend > 0
    x, m = purchases[some], mean_spend[some]
    if len(m) < 2:
        return None
    unit = float(m.mean())

    def loss(logs: Array) -> float:
        p, q, scale = (float(each) for each in np.exp(logs))
        model = GammaGamma(p=p, q=q, gamma=scale)
        return -gamma_gamma_log_likelihood(model, x, m / unit) / len(m)

    bounds = [np.log(_SHAPES), np.log((1.01, 1e2)), np.log((1e-3, 1e3))]
    found = _minimum(loss, np.log([2.0, 3.0, 1.0]), bounds)
    return None if found is None else GammaGamma(p=found[0], q=found[1], gamma=found[2] * unit)


def _fit(
    model: Callable[[float, float, float, float], _Model],
    log_likelihoods: Callable[[_Model, PurchaseGroups], Array],
    limits: tuple[tuple[float, float], ...],
    groups: PurchaseGroups,
) -> _Model | None:
    total = float(groups.customers.sum())
    if total == 0 or not (groups.purchase_days > 1).any():
        return None
    unit = max(float(groups.customers @ groups.age_days) / total / 4, 1.0)
    start = [np.log(unit if limit is _TIMES else 0.7) for limit in limits]

    def loss(logs: Array) -> float:
        return -float(groups.customers @ log_likelihoods(model(*np.exp(logs)), groups)) / total

    found = _minimum(loss, np.array(start), [np.log(limit) for limit in limits])
    return None if found is None else model(*found)


def _minimum(
    loss: Callable[[Array], float], start: Array, bounds: list[Array]
) -> list[float] | None:
    done = minimize(
        loss,
        start,
        method="L-BFGS-B",
        bounds=[(float(low), float(high)) for low, high in bounds],
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": _MAX_STEPS},
    )
    margin = np.log(_AT_BOUND)
    inside = all(
        low + margin < value < high - margin
        for value, (low, high) in zip(done.x, bounds, strict=True)
    )
    if not inside or not np.isfinite(done.fun):
        return None
    return [float(each) for each in np.exp(done.x)]


def _bg_nbd(model: BgNbd, groups: PurchaseGroups) -> Array:
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, t_x, age = groups.purchase_days - 1, groups.span_days, groups.age_days
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    each += gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + age)
    dead = np.log(a / np.maximum(b + x - 1, 1e-300)) - (r + x) * np.log(alpha + t_x)
    return np.asarray(each + np.where(x > 0, np.logaddexp(alive, dead), alive))


def _mbg_nbd(model: MbgNbd, groups: PurchaseGroups) -> Array:
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, t_x, age = groups.purchase_days - 1, groups.span_days, groups.age_days
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    each += gammaln(a + b) - gammaln(b) + gammaln(b + x + 1) - gammaln(a + b + x + 1)
    alive = -(r + x) * np.log(alpha + age)
    dead = np.log(a / (b + x)) - (r + x) * np.log(alpha + t_x)
    return np.asarray(each + np.logaddexp(alive, dead))


def _pareto_nbd(model: ParetoNbd, groups: PurchaseGroups) -> Array:
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    x, t_x, age = groups.purchase_days - 1, groups.span_days, groups.age_days
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    return np.asarray(each + alive + np.log1p(pareto_odds_of_death(model, x, t_x, age)))


def pareto_odds_of_death(model: ParetoNbd, x: Array, t_x: Array, age: Array) -> Array:
    """Odds of having died between t_x and T, by the rule of `buy_till_you_die.pareto_alive`."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    low, high = np.log(alpha + t_x), np.log(alpha + age)
    middle, half = (low + high) / 2, (high - low) / 2
    places = middle[:, None] + half[:, None] * _NODES
    alive = -(r + x) * high - s * np.log(beta + age)
    power = -(s + 1) * np.log(beta + np.exp(places) - alpha)
    power -= (r + x - 1)[:, None] * places + alive[:, None]
    return np.asarray(s * half * (np.exp(np.minimum(power, 700.0)) @ _WEIGHTS))
