"""Maximum likelihood fits of BG/NBD, MBG/NBD, Pareto/NBD and Gamma-Gamma on grouped customers.

Fits are bounded, since some data have no interior optimum: with a / (a + b) towards 0, b runs away
and predicts nonsense. A fit that ends at a bound, or without returning customers, is degenerate:
None. Parameters are independent of the unit of time but for alpha and beta, which have it.
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize
from scipy.special import hyp2f1

from shared.predictions import likelihoods
from shared.predictions.design import Array
from shared.predictions.likelihoods import Likelihood
from shared.predictions.model import BgNbd, MbgNbd, ParetoNbd
from shared.predictions.samples import PurchaseGroups

_Model = TypeVar("_Model", BgNbd, MbgNbd, ParetoNbd)

_SHAPES = (1e-2, 1e2)
_TIMES = (1e-1, 1e5)
_AT_BOUND = 1.02
"""A parameter within 2 % of a bound has run into it."""
_MAX_STEPS = 150
"""Several times what fits with an optimum take; those that run away stop here."""


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
        """Return the number of purchases that the mean over customers weighs as much as."""
        return (self.q - 1) / self.p


def bg_nbd_log_likelihood(model: BgNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return likelihoods.bg_nbd(groups)(np.array(astuple(model)))[0]


def fit_bg_nbd(groups: PurchaseGroups) -> BgNbd | None:
    """The maximum of the likelihood; None if it is degenerate."""
    limits = {"r": _SHAPES, "alpha": _TIMES, "a": _SHAPES, "b": _SHAPES}
    return _fit(BgNbd, likelihoods.bg_nbd, limits, groups)


def mbg_nbd_log_likelihood(model: MbgNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return likelihoods.mbg_nbd(groups)(np.array(astuple(model)))[0]


def fit_mbg_nbd(groups: PurchaseGroups) -> MbgNbd | None:
    """The maximum of the likelihood; None if it is degenerate."""
    limits = {"r": _SHAPES, "alpha": _TIMES, "a": _SHAPES, "b": _SHAPES}
    return _fit(MbgNbd, likelihoods.mbg_nbd, limits, groups)


def pareto_nbd_log_likelihood(model: ParetoNbd, groups: PurchaseGroups) -> float:
    """Over all customers of the groups."""
    return likelihoods.pareto_nbd(groups)(np.array(astuple(model)))[0]


def fit_pareto_nbd(groups: PurchaseGroups) -> ParetoNbd | None:
    """The maximum of the likelihood; None if it is degenerate."""
    limits = {"r": _SHAPES, "alpha": _TIMES, "s": _SHAPES, "beta": _TIMES}
    return _fit(ParetoNbd, likelihoods.pareto_nbd, limits, groups)


def bg_nbd_expected_purchases(model: BgNbd, x: float, t_x: float, age: float, t: float) -> float:
    """Expected purchases within t of `age` (Fader, Hardie and Lee 2005, eq. 10)."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    ratio = ((alpha + age) / (alpha + age + t)) ** (r + x)
    ratio *= float(hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t)))
    expected = (a + b + x - 1) / (a - 1) * (1 - ratio)
    dead = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x > 0 else 0.0
    return float(expected / (1 + dead))


def gamma_gamma_log_likelihood(model: GammaGamma, purchases: Array, mean_spend: Array) -> float:
    """Over customers with so many purchases of that mean spend, all above 0."""
    return likelihoods.gamma_gamma(purchases, mean_spend)(np.array(astuple(model)))[0]


def fit_gamma_gamma(purchases: Array, mean_spend: Array) -> GammaGamma | None:
    """The maximum of the likelihood over customers who spent something; None if degenerate."""
    some = mean_spend > 0
    x, m = purchases[some], mean_spend[some]
    if len(m) < 2:
        return None
    unit = float(m.mean())
    parameters = _maximum(
        likelihoods.gamma_gamma(x, m / unit),
        np.array([2.0, 3.0, 1.0]),
        [_SHAPES, (1.01, 1e2), (1e-3, 1e3)],
        customers=len(m),
    )
    return (
        None
        if parameters is None
        else GammaGamma(p=parameters[0], q=parameters[1], gamma=parameters[2] * unit)
    )


def _fit(
    model: type[_Model],
    likelihood_of: Callable[[PurchaseGroups], Likelihood],
    limits: dict[str, tuple[float, float]],
    groups: PurchaseGroups,
) -> _Model | None:
    """`limits` of the model's fields, in their order."""
    total = float(groups.customers.sum())
    if total == 0 or not (groups.purchase_days > 1).any():
        return None
    unit = max(float(groups.customers @ groups.age_days) / total / 4, 1.0)
    start = np.array([unit if limit is _TIMES else 0.7 for limit in limits.values()])
    bounds = list(limits.values())
    parameters = _maximum(likelihood_of(groups), start, bounds, customers=total)
    return None if parameters is None else model(**dict(zip(limits, parameters, strict=True)))


def _maximum(
    likelihood: Likelihood,
    start: Array,
    bounds: Sequence[tuple[float, float]],
    *,
    customers: float,
) -> list[float] | None:
    """Parameters, all above 0; None if one runs into its bound."""

    def loss(logs: Array) -> tuple[float, Array]:
        parameters = np.exp(logs)
        value, slope = likelihood(parameters)
        return -value / customers, -slope * parameters / customers

    limits = [(float(np.log(low)), float(np.log(high))) for low, high in bounds]
    result = minimize(
        loss,
        np.log(start),
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": _MAX_STEPS},
    )
    margin = np.log(_AT_BOUND)
    inside = all(
        low + margin < value < high - margin
        for value, (low, high) in zip(result.x, limits, strict=True)
    )
    if not inside or not np.isfinite(result.fun):
        return None
    return [float(each) for each in np.exp(result.x)]
