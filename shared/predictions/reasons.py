"""Reasons for a customer's churn probability, as facts that the model uses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.predictions.features import Features
from shared.predictions.model import BaseRate, Logistic, PublishedModel, RecencyRule
from shared.predictions.terms import terms_of


class Aspect(StrEnum):
    """Subject of a reason."""

    RHYTHM = "rhythm"
    """Silence against the customer's own gaps."""
    SINGLE_PURCHASE = "single_purchase"
    """Only one purchase day so far, and the silence since."""
    FREQUENCY = "frequency"
    """Frequency of orders, and its recent share."""
    SPEND = "spend"
    SILENCE = "silence"
    """The silence alone: all that a recency rule knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One fact about a customer, with its effect on the probability."""

    aspect: Aspect
    effect: float | None
    """Log odds of staying away added to those of the mean customer; below 0 speaks for a return.
    None if the model does not separate its aspects."""
    text: str


_TERMS = {
    Aspect.RHYTHM: ("silence", "irregular_silence", "irregularity", "rate"),
    Aspect.FREQUENCY: ("frequency", "recent"),
    Aspect.SPEND: ("spend",),
}
_CENTS = 100


def reasons(model: PublishedModel, features: Features, at: datetime) -> list[Reason]:
    """Return the facts behind a customer's probability as of an instant, the weightiest first.

    Empty for the base rate, which uses no features.
    """
    silent = features.silent_days(at)
    if isinstance(model.churn, BaseRate):
        return []
    if isinstance(model.churn, RecencyRule):
        return [Reason(aspect=Aspect.SILENCE, effect=None, text=f"Silent for {_days(silent)}.")]
    if not isinstance(model.churn, Logistic):
        return [_rhythm(features, silent, None), _frequency(features, None)]
    churn = model.churn
    terms = terms_of(features, silent, churn.typical_spend_cents, model.horizon_days)
    effects = {
        aspect: sum(
            getattr(churn.coefficients, name) * (getattr(terms, name) - getattr(churn.means, name))
            for name in names
        )
        for aspect, names in _TERMS.items()
    }
    result = [
        _rhythm(features, silent, effects[Aspect.RHYTHM]),
        _frequency(features, effects[Aspect.FREQUENCY]),
        Reason(
            aspect=Aspect.SPEND,
            effect=effects[Aspect.SPEND],
            text=f"Spent {features.spend_cents / _CENTS:,.2f} so far; a purchase day here is worth "
            f"{churn.typical_spend_cents / _CENTS:,.2f} on average.",
        ),
    ]
    return sorted(result, key=lambda reason: -abs(reason.effect or 0.0))


def _rhythm(features: Features, silent: int, effect: float | None) -> Reason:
    gaps = features.purchase_days - 1
    if gaps == 0:
        text = f"Ordered on one day only, silent for {_days(silent)}."
        return Reason(aspect=Aspect.SINGLE_PURCHASE, effect=effect, text=text)
    every = max(round(features.span_days / gaps), 1)
    text = f"Orders every {_days(every)} on average, silent for {_days(silent)}."
    return Reason(aspect=Aspect.RHYTHM, effect=effect, text=text)


def _frequency(features: Features, effect: float | None) -> Reason:
    text = f"Ordered on {_days(features.purchase_days)} within {_days(features.span_days + 1)}."
    return Reason(aspect=Aspect.FREQUENCY, effect=effect, text=text)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
