"""Churn prediction and forecast of an organisation, with their evidence."""

from collections import Counter
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema

from shared.history.counts_store import SegmentCounts
from shared.predictions import answers as models
from shared.predictions.result import MONTHS, NAME
from shared.predictions.risk import RiskLevel
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.parameters import OrganizationQuery
from shared.web.units import units

routes = APIBlueprint(
    "predictions",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Predictions", description="Churn and revenue to expect.")],
    abp_security=SIGNED_IN,
)


def _months(value: object) -> object:
    for months in range(1, MONTHS + 1):
        if value in (months, str(months)):
            return months
    raise ValueError(f"must be a whole number from 1 to {MONTHS}")


class ForecastQuery(OrganizationQuery):
    """How far the forecast goes."""

    months: Annotated[
        int,
        BeforeValidator(_months),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MONTHS, "default": MONTHS}),
    ] = Field(default=MONTHS, description="Months, of which the current one is the first.")


@routes.get(
    "/churn/prediction",
    operation_id="getChurnPrediction",
    responses=signed_in_responses(models.ChurnPrediction),
)
def get_churn_prediction(query: OrganizationQuery) -> Response:
    """Get the model in force, its tests on the past, and customers by level of risk.

    Costs one document read, and one per document of segment counts.
    """
    current = organization()
    state = current.results.state(NAME)
    in_force = current.settings().rules.model is not None
    found: dict[str, Any] = {"levels": _levels(current) if in_force else None}
    if state is not None and state.computed_at is not None:
        summary = state.summary
        found |= {
            "horizon_days": summary["horizon_days"],
            "decision": summary["decision"],
            "model": _model(summary["model"]),
            "reliability": [models.ReliabilityBin(**each) for each in summary["bins"]],
            "scores": [_score(each) for each in summary["trials"]],
        }
    return answer(models.ChurnPrediction.of(current, state, **found))


@routes.get("/forecast", operation_id="getForecast", responses=signed_in_responses(models.Forecast))
def get_forecast(query: ForecastQuery) -> Response:
    """Get the net revenue to expect each month, and what past forecasts came to.

    What today's customers bring and what new ones will add are two figures, never mixed. Costs one
    document read.
    """
    current = organization()
    state = current.results.state(NAME)
    found: dict[str, Any] = {}
    if state is not None and state.computed_at is not None:
        months = state.summary["months"][: query.months]
        found = {
            "months": [
                models.ForecastMonth(
                    from_=each["from"],
                    until=each["until"],
                    existing=units(each["existing_cents"]),
                    new=units(each["new_cents"]),
                )
                for each in months
            ],
            "total": _total(months, state.summary["interval"]) if months else None,
            "past": [_past(each) for each in state.summary["past_forecasts"]],
        }
    return answer(models.Forecast.of(current, state, **found))


def _levels(current: Organization) -> list[models.RiskCount]:
    risks = current.open(SegmentCounts).segment_counts().risks
    return [
        models.RiskCount(
            level=level,
            customers=counts["customers"],
            lifetime_value=units(counts["lifetime_value_cents"]),
            predicted_ltv=units(counts["predicted_ltv_cents"]),
        )
        for level in RiskLevel
        for counts in [risks.get(level.value, Counter())]
    ]


def _model(stored: dict[str, Any] | None) -> models.ModelInForce | None:
    if stored is None:
        return None
    return models.ModelInForce(**{**stored, "evidence": models.Evidence(**stored["evidence"])})


def _score(trial: dict[str, Any]) -> models.TrialScore:
    quality = trial["quality"]
    return models.TrialScore(
        kind=trial["kind"],
        cutoff_at=trial["cutoff_at"],
        customers=quality["customers"],
        log_loss=quality["log_loss"],
        brier=quality["brier"],
        auc=quality["auc"],
    )


def _total(months: list[dict[str, Any]], interval: dict[str, float] | None) -> models.ForecastTotal:
    existing = sum(each["existing_cents"] for each in months)
    new = sum(each["new_cents"] for each in months)
    return models.ForecastTotal(
        existing=units(existing),
        new=units(new),
        low=units(round((existing + new) * interval["low"])) if interval else None,
        high=units(round((existing + new) * interval["high"])) if interval else None,
    )


def _past(stored: dict[str, Any]) -> models.PastForecast:
    expected = stored["expected"]
    return models.PastForecast(
        cutoff_at=stored["cutoff_at"],
        days=expected["days"],
        expected_existing=units(expected["existing_cents"]),
        expected_new=units(expected["new_cents"]),
        actual_existing=units(stored["existing_cents"]),
        actual_new=units(stored["new_cents"]),
    )
