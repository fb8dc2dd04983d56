"""Stored result of a fit beside the model: the evidence and the forecast. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, timedelta
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any

from shared.nightly.result import Result
from shared.predictions.model import VALUE_DAYS, PublishedModel

if TYPE_CHECKING:
    # It loads numpy and scipy, which the API has no use for.
    from shared.predictions.fitting import Fit

NAME = "predictions"
"""Name of the result."""
MONTHS = 12


def month_ends(today: date) -> list[date]:
    """The first days of the months to come within `VALUE_DAYS`, at most MONTHS of them.

    >>> [each.isoformat() for each in month_ends(date(2026, 11, 28))[:2]]
    ['2026-12-01', '2027-01-01']
    """
    ends: list[date] = []
    first = today.replace(day=1)
    while len(ends) < MONTHS:
        first = (first + timedelta(days=32)).replace(day=1)
        if (first - today).days > VALUE_DAYS:
            break
        ends.append(first)
    return ends


def predictions_result(
    fit: "Fit", in_force: PublishedModel | None, *, customers: int, horizon_days: int, today: date
) -> Result:
    """The result; `in_force` is the model that customers are scored under from now on."""
    return Result(
        name=NAME,
        entries=(),
        summary={
            "horizon_days": horizon_days,
            "customers": customers,
            "decision": fit.decision.reason,
            "published": fit.decision.publish and fit.model is not None,
            "model": _model(in_force),
            "bins": _plain(fit.bins),
            "trials": _plain(fit.trials),
            "value_quality": _plain(fit.value_quality),
            "months": _months(fit, today),
            "interval": _plain(fit.interval),
            "past_forecasts": _plain(fit.past_forecasts),
        },
    )


def _model(model: PublishedModel | None) -> Mapping[str, Any] | None:
    if model is None:
        return None
    return {
        "kind": model.kind.value,
        "reason": model.reason,
        "predicts_value": model.value is not None,
        "horizon_days": model.horizon_days,
        "fitted_at": model.fitted_at,
        "data_until": model.data_until,
        "evidence": _plain(model.evidence),
    }


def _months(fit: "Fit", today: date) -> list[dict[str, Any]]:
    """The revenue of each month, of which forecasts are until its end."""
    months: list[dict[str, Any]] = []
    begin, existing, new = today, 0, 0
    for end, expected in zip(month_ends(today), fit.expected, strict=False):
        months.append(
            {
                "from": begin.isoformat(),
                "until": end.isoformat(),
                "existing_cents": expected.existing_cents - existing,
                "new_cents": expected.new_cents - new,
            }
        )
        begin, existing, new = end, expected.existing_cents, expected.new_cents
    return months


def _plain(value: Any) -> Any:
    """Return a value that Firestore and JSON can store: NaN becomes None."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value
