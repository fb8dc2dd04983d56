"""Churn prediction and forecast of an organisation, with their evidence."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import Field

from shared.customers.store import CustomerLists
from shared.history.counts_store import SegmentCounts
from shared.predictions import answers as models
from shared.predictions.at_stake import Stake, Stakes, most_at_stake, stake_cents
from shared.predictions.model import PublishedModel
from shared.predictions.result import MONTHS, NAME
from shared.predictions.risk import RiskLevel
from shared.predictions.scoring import Score, score_features
from shared.segments.customer_selection import CustomerSort, ListedCustomer, Selection
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.parameter_types import whole_number
from shared.web.parameters import OrganizationQuery
from shared.web.units import units

_SHOWN_AT_STAKE = 10
_STAKE_PAGE = 25
"""Customers of one level that are read at once."""
_MAX_AT_STAKE_READS = 500

_Scored = tuple[ListedCustomer, Score | None]

routes = APIBlueprint(
    "predictions",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Predictions", description="Churn and revenue to expect.")],
    abp_security=SIGNED_IN,
)


class ForecastQuery(OrganizationQuery):
    """Horizon of the forecast."""

    months: Annotated[
        int,
        whole_number(1, MONTHS, default=MONTHS),
    ] = Field(default=MONTHS, description="Months, of which the current one is the first.")


@routes.get(
    "/churn/prediction",
    operation_id="getChurnPrediction",
    responses=signed_in_responses(models.ChurnPrediction),
)
def get_churn_prediction(query: OrganizationQuery) -> Response:
    """Get the model in force, its tests on the past, and customers by level of risk.

    Costs one document read, one per document of segment counts, and one per customer read for
    `mostAtStake`: about a hundred, and at most about 500.
    """
    current = organization()
    state = current.results.state(NAME)
    model = current.settings().rules.model
    numbers: dict[str, Any] = {
        "levels": _levels(current) if model is not None else None,
        "most_at_stake": None,
        "most_at_stake_complete": None,
    }
    if model is not None and model.value is not None:
        stakes = _most_at_stake(current, model)
        numbers["most_at_stake"] = [_customer_at_stake(each) for each in stakes.customers]
        numbers["most_at_stake_complete"] = stakes.complete
    if state is not None and state.computed_at is not None:
        summary = state.summary
        numbers |= {
            "horizon_days": summary["horizon_days"],
            "decision": summary["decision"],
            "model": _model(summary["model"]),
            "reliability": [models.ReliabilityBin(**each) for each in summary["bins"]],
            "scores": [_score(each) for each in summary["trials"]],
        }
    return answer(models.ChurnPrediction.of(current, state, **numbers))


@routes.get("/forecast", operation_id="getForecast", responses=signed_in_responses(models.Forecast))
def get_forecast(query: ForecastQuery) -> Response:
    """Get the expected net revenue of each month, and the errors of past forecasts.

    Revenue of today's customers and of new ones are two figures, never mixed. Costs one document
    read.
    """
    current = organization()
    state = current.results.state(NAME)
    numbers: dict[str, Any] = {}
    if state is not None and state.computed_at is not None:
        months = state.summary["months"][: query.months]
        numbers = {
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
    return answer(models.Forecast.of(current, state, **numbers))


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


def _most_at_stake(current: Organization, model: PublishedModel) -> Stakes[_Scored]:
    lists = current.open(CustomerLists)

    def listed(level: RiskLevel) -> Iterator[tuple[int, _Scored]]:
        selection = Selection(risk=level, sort=CustomerSort.PREDICTED_LTV)
        after = None
        while True:
            page = lists.page(selection, size=_STAKE_PAGE, after=after)
            for customer in page.customers:
                prediction = customer.prediction
                # Sorted by value, a list holds whoever has one.
                assert prediction is not None
                assert prediction.ltv_cents is not None
                scored = (
                    score_features(model, prediction.features, current.as_of)
                    if prediction.horizon_days == model.horizon_days
                    else None
                )
                yield prediction.ltv_cents, (customer, scored)
            if page.next is None:
                return
            after = page.next

    return most_at_stake(
        ((level, listed(level)) for level in RiskLevel),
        lambda listed: None if listed[1] is None else stake_cents(listed[1]),
        size=_SHOWN_AT_STAKE,
        max_read=_MAX_AT_STAKE_READS,
    )


def _customer_at_stake(stake: Stake[_Scored]) -> models.CustomerAtStake:
    customer, score = stake.customer
    # Whoever has no score or no value has no stake.
    assert score is not None
    assert score.value is not None
    return models.CustomerAtStake(
        customer_key=customer.customer_key,
        display_name=customer.contact.display_name,
        segment=customer.segment,
        churn_probability=score.percent,
        churn_risk_level=score.level,
        predicted_ltv=units(score.value.cents),
        at_stake=units(stake.cents),
    )


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
