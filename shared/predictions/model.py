"""The model that an organisation publishes: a few numbers from which every customer is scored.

It is part of the organisation's rules, so it is small, plain and complete: scoring needs nothing
but it and the customer. `to_json` and `from_json` keep it in maps, lists, texts and numbers, as
Firestore stores them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from typing import Any, TypeVar

from shared.kernel.errors import UnreadableModelError

VALUE_GRID_DAYS = (0, 7, 14, 28, 56, 112, 224, 448, 896, 1792)
"""Days since the last order at which the predicted value changes; constant in between.

The grid covers years, since the many lapsed customers of an old shop would otherwise keep the value
of those silent for eight months.
"""
VALUE_DAYS = 365
"""The predicted value is the revenue of this many days."""
MIN_HORIZON_DAYS, MAX_HORIZON_DAYS, DEFAULT_HORIZON_DAYS = 7, 365, 90
FORMAT = 1
"""Version of the stored form."""


class ModelKind(StrEnum):
    """Method of computing the churn probability."""

    BASE_RATE = "base_rate"
    RECENCY_RULE = "recency_rule"
    BG_NBD = "bg_nbd"
    MBG_NBD = "mbg_nbd"
    PARETO_NBD = "pareto_nbd"
    LOGISTIC = "logistic"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRate:
    """One probability for every customer."""

    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecencyRule:
    """A probability per step of the silence, one for each of `VALUE_GRID_DAYS`; never falling."""

    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BgNbd:
    """BG/NBD (Fader, Hardie and Lee 2005); times in days."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MbgNbd:
    """MBG/NBD (Batislam, Denizel and Filiztekin 2007); times in days."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoNbd:
    """Pareto/NBD (Schmittlein, Morrison and Colombo 1987); times in days."""

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Coefficients of the terms that both regressions share (`shared.predictions.terms`)."""

    intercept: float
    frequency: float
    spend: float
    irregularity: float
    rate: float
    silence: float
    irregular_silence: float
    recent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """Log odds of staying away, linear in the terms; those that grow with silence are >= 0."""

    coefficients: Terms
    means: Terms
    """Mean of each term over the organisation's customers: what reasons compare with."""
    typical_spend_cents: int
    """Mean spend per purchase day, in which the term of spend is counted."""


ChurnModel = BaseRate | RecencyRule | BgNbd | MbgNbd | ParetoNbd | Logistic


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueModel:
    """Expected revenue of the next days: purchase days times spend per purchase day.

    Purchase days are the mean of a log-linear regression and of Pareto/NBD where that could be
    fitted, both discounted. Spend is the conditional mean of Gamma-Gamma. The quantiles are those
    of a negative binomial count of gamma amounts, tabulated by the expected purchase days.
    """

    coefficients: Terms
    """Log of the discounted purchase days; terms that grow with silence are <= 0."""
    typical_spend_cents: int
    purchases: ParetoNbd | None
    days: int
    """Days of the predicted revenue: `VALUE_DAYS` when published."""
    yearly_discount: float
    spend_mean_cents: float
    """Mean spend per purchase day over customers."""
    spend_weight: float
    """Number of purchase days that the mean weighs as much as."""
    expected_days: tuple[float, ...]
    """Knots of the quantiles: expected purchase days, ascending."""
    q10: tuple[float, ...]
    """10 % quantile of the revenue at each knot, in units of the spend per purchase day."""
    q90: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Quality of the served model on customers it was not fitted on, beside the base rate."""

    origins: int
    """Past cutoffs it was tried at."""
    customers: int
    """Customers scored at the newest of them."""
    log_loss: float | None
    brier: float | None
    base_log_loss: float | None
    base_brier: float | None
    auc: float | None
    """None if all customers came back, or none did."""
    calibration_slope: float | None
    calibration_intercept: float | None
    ece: float | None
    """Expected calibration error over ten bins of equal size."""
    ece_perfect: float | None
    """Calibration error of a perfect model on as many customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModel:
    """The model in force for an organisation."""

    horizon_days: int
    """H: the churn probability is that of no counted order within this many days."""
    churn: ChurnModel
    reason: str
    """Reason for serving this kind of model."""
    value: ValueModel | None
    """None if the history is too short for a prediction of revenue."""
    evidence: Evidence
    fitted_at: datetime
    data_until: datetime
    """Orders before this instant were known to the fit."""

    @property
    def kind(self) -> ModelKind:
        """The kind of the churn model."""
        return _KIND_OF[type(self.churn)]

    @property
    def rhythm_days(self) -> float:
        """The gap that a customer's own rhythm is shrunk towards."""
        return rhythm_days(self.horizon_days)


def rhythm_days(horizon_days: int) -> float:
    """The gap, in days, that a customer's own rhythm is shrunk towards, as one more gap."""
    return 0.65 * horizon_days


_Parameters = TypeVar("_Parameters", BgNbd, MbgNbd, ParetoNbd)

_KINDS: dict[ModelKind, type[Any]] = {
    ModelKind.BASE_RATE: BaseRate,
    ModelKind.RECENCY_RULE: RecencyRule,
    ModelKind.BG_NBD: BgNbd,
    ModelKind.MBG_NBD: MbgNbd,
    ModelKind.PARETO_NBD: ParetoNbd,
    ModelKind.LOGISTIC: Logistic,
}
_KIND_OF = {model: kind for kind, model in _KINDS.items()}
_NEVER_FALLING = ("silence", "irregular_silence", "recent")


def to_json(model: PublishedModel) -> dict[str, Any]:
    """The model as maps, lists, texts and numbers; instants are ISO 8601 texts in UTC."""
    plain: dict[str, Any] = _plain_json(asdict(model))
    return {
        **plain,
        "format": FORMAT,
        "kind": model.kind.value,
        "fitted_at": model.fitted_at.astimezone(UTC).isoformat(),
        "data_until": model.data_until.astimezone(UTC).isoformat(),
    }


def from_json(stored: object) -> PublishedModel:
    """The model that `to_json` wrote; anything else raises UnreadableModelError."""
    values = _map(stored, "model")
    if values.get("format") != FORMAT:
        raise UnreadableModelError(f"model.format: expected {FORMAT}")
    kind_name = values.get("kind")
    if kind_name not in list(ModelKind):
        raise UnreadableModelError(f"model.kind: expected one of {', '.join(ModelKind)}")
    kind = ModelKind(str(kind_name))
    horizon = values.get("horizon_days")
    if type(horizon) is not int or not MIN_HORIZON_DAYS <= horizon <= MAX_HORIZON_DAYS:
        raise UnreadableModelError(
            f"model.horizon_days: expected {MIN_HORIZON_DAYS} to {MAX_HORIZON_DAYS}"
        )
    value = values.get("value")
    return PublishedModel(
        horizon_days=horizon,
        churn=_churn(kind, values.get("churn")),
        reason=_text(values.get("reason"), "model.reason"),
        value=None if value is None else _value(value),
        evidence=_evidence(values.get("evidence")),
        fitted_at=_instant(values.get("fitted_at"), "model.fitted_at"),
        data_until=_instant(values.get("data_until"), "model.data_until"),
    )


def _plain_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain_json(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _churn(kind: ModelKind, stored: object) -> ChurnModel:
    place = "model.churn"
    values = _map(stored, place)
    if kind is ModelKind.BASE_RATE:
        return BaseRate(probability=_share(values.get("probability"), f"{place}.probability"))
    if kind is ModelKind.RECENCY_RULE:
        steps = _numbers(values.get("probabilities"), f"{place}.probabilities")
        if len(steps) != len(VALUE_GRID_DAYS) or list(steps) != sorted(steps):
            raise UnreadableModelError(f"{place}.probabilities: expected one a step, never falling")
        for step in steps:
            _share(step, f"{place}.probabilities")
        return RecencyRule(probabilities=steps)
    if kind is ModelKind.LOGISTIC:
        coefficients = _terms(values.get("coefficients"), f"{place}.coefficients")
        for name in _NEVER_FALLING:
            if getattr(coefficients, name) < 0:
                raise UnreadableModelError(f"{place}.coefficients.{name}: expected 0 or more")
        return Logistic(
            coefficients=coefficients,
            means=_terms(values.get("means"), f"{place}.means"),
            typical_spend_cents=_cents(values, place),
        )
    if kind is ModelKind.PARETO_NBD:
        return _parameters(ParetoNbd, values, place)
    if kind is ModelKind.BG_NBD:
        return _parameters(BgNbd, values, place)
    return _parameters(MbgNbd, values, place)


def _parameters(kind: type[_Parameters], stored: object, place: str) -> _Parameters:
    values = _map(stored, place)
    names = [field.name for field in fields(kind)]
    return kind(**{name: _positive(values.get(name), f"{place}.{name}") for name in names})


def _value(stored: object) -> ValueModel:
    place = "model.value"
    values = _map(stored, place)
    coefficients = _terms(values.get("coefficients"), f"{place}.coefficients")
    for name in _NEVER_FALLING:
        if getattr(coefficients, name) > 0:
            raise UnreadableModelError(f"{place}.coefficients.{name}: expected 0 or less")
    knots, q10, q90 = (
        _numbers(values.get(name), f"{place}.{name}") for name in ("expected_days", "q10", "q90")
    )
    rising = all(earlier < later for earlier, later in pairwise(knots))
    if not (len(knots) == len(q10) == len(q90) >= 2 and knots[0] > 0 and rising):
        raise UnreadableModelError(f"{place}.expected_days: expected rising knots with quantiles")
    purchases, days = values.get("purchases"), values.get("days")
    if type(days) is not int or days < 1:
        raise UnreadableModelError(f"{place}.days: expected days")
    return ValueModel(
        coefficients=coefficients,
        typical_spend_cents=_cents(values, place),
        purchases=None
        if purchases is None
        else _parameters(ParetoNbd, purchases, f"{place}.purchases"),
        days=days,
        yearly_discount=_share(values.get("yearly_discount"), f"{place}.yearly_discount"),
        spend_mean_cents=_number(values.get("spend_mean_cents"), f"{place}.spend_mean_cents"),
        spend_weight=_positive(values.get("spend_weight"), f"{place}.spend_weight"),
        expected_days=knots,
        q10=q10,
        q90=q90,
    )


def _evidence(stored: object) -> Evidence:
    place = "model.evidence"
    values = _map(stored, place)
    counts: dict[str, int] = {}
    for name in ("origins", "customers"):
        count = values.get(name)
        if type(count) is not int or count < 0:
            raise UnreadableModelError(f"{place}.{name}: expected a count")
        counts[name] = count
    measures = {
        field.name: None
        if (value := values.get(field.name)) is None
        else _number(value, f"{place}.{field.name}")
        for field in fields(Evidence)
        if field.name not in counts
    }
    return Evidence(origins=counts["origins"], customers=counts["customers"], **measures)


def _terms(stored: object, place: str) -> Terms:
    values = _map(stored, place)
    names = [field.name for field in fields(Terms)]
    return Terms(**{name: _number(values.get(name), f"{place}.{name}") for name in names})


def _map(stored: object, place: str) -> Mapping[str, object]:
    if not isinstance(stored, Mapping):
        raise UnreadableModelError(f"{place}: expected a map")
    return stored


def _text(stored: object, place: str) -> str:
    if not isinstance(stored, str):
        raise UnreadableModelError(f"{place}: expected a text")
    return stored


def _number(stored: object, place: str) -> float:
    if isinstance(stored, bool) or not isinstance(stored, int | float) or not isfinite(stored):
        raise UnreadableModelError(f"{place}: expected a number")
    return float(stored)


def _positive(stored: object, place: str) -> float:
    number = _number(stored, place)
    if number <= 0:
        raise UnreadableModelError(f"{place}: expected a number above 0")
    return number


def _share(stored: object, place: str) -> float:
    number = _number(stored, place)
    if not 0 <= number <= 1:
        raise UnreadableModelError(f"{place}: expected 0 to 1")
    return number


def _cents(values: Mapping[str, object], place: str) -> int:
    cents = values.get("typical_spend_cents")
    if type(cents) is not int or cents <= 0:
        raise UnreadableModelError(f"{place}.typical_spend_cents: expected cents above 0")
    return cents


def _numbers(stored: object, place: str) -> tuple[float, ...]:
    if not isinstance(stored, list | tuple):
        raise UnreadableModelError(f"{place}: expected a list")
    return tuple(_number(each, place) for each in stored)


def _instant(stored: object, place: str) -> datetime:
    try:
        instant = datetime.fromisoformat(_text(stored, place))
    except ValueError:
        raise UnreadableModelError(f"{place}: expected an instant") from None
    if instant.utcoffset() is None:
        raise UnreadableModelError(f"{place}: expected an instant with an offset")
    return instant.astimezone(UTC)
