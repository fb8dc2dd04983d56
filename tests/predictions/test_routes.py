"""Predictions over HTTP: of customers as of the call, and of the organisation with the evidence."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.predictions.evidence.backtest import Trial
from shared.predictions.evidence.calibration import Quality, ReliabilityBin
from shared.predictions.evidence.refit import Decision
from shared.predictions.features import features_of
from shared.predictions.fitting import Fit
from shared.predictions.forecast import Expected, Interval, PastForecast
from shared.predictions.model import ModelKind, PublishedModel
from shared.predictions.reasons import reasons
from shared.predictions.result import month_ends, predictions_result
from shared.predictions.scoring import score
from shared.reconciliation.stores.customer_codec import customer
from shared.segments.customer import Customer
from shared.services import Services
from tests.predictions.models import published
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago

CUSTOMERS = "/v1/customers"
PREDICTION = "/v1/analytics/churn/prediction"
FORECAST = "/v1/analytics/forecast"
FIELDS = ("churnProbability", "churnRiskLevel", "predictedLtv", "expectedNextOrderDate")
PEOPLE = {"ada": (200, 190, 180, 2), "bob": (30,), "cleo": (300, 200), "dan": (500,)}


def publish(services: Services, model: PublishedModel) -> None:
    services.rules(ORG).publish_model(lambda in_force: model)
    services.organizations.refreshed(ORG)


def ordered(shop: Shop) -> None:
    for name, days in PEOPLE.items():
        for ago in days:
            shop.order(f"{name}@example.org", 30 + ago, at=days_ago(ago))


def stored(client: firestore.Client) -> dict[str, Customer]:
    documents = client.collection(f"tenants/{ORG}/customer_segments").stream()
    actual = [customer(each.to_dict() or {}) for each in documents]
    return {each.id.customer_key: each for each in actual}


def evidence() -> Fit:
    quality = Quality(
        customers=40,
        log_loss=0.5,
        brier=0.2,
        auc=0.75,
        slope=1.0,
        intercept=0.0,
        ece=0.02,
        ece_perfect=0.01,
    )
    ends = month_ends(NOW.date())
    return Fit(
        model=published(),
        decision=Decision(publish=True, reason="No model was in force."),
        trials=(Trial(kind=ModelKind.LOGISTIC, cutoff_at=days_ago(90), quality=quality),),
        bins=(ReliabilityBin(customers=4, predicted=0.1, observed=0.2, low=0.05, high=0.4),),
        expected=tuple(
            Expected(days=(end - NOW.date()).days, existing_cents=1_000 * n, new_cents=250 * n)
            for n, end in enumerate(ends, start=1)
        ),
        interval=Interval(low=0.8, high=1.25),
        past_forecasts=(
            PastForecast(
                cutoff_at=days_ago(90),
                expected=Expected(days=90, existing_cents=5_000, new_cents=700),
                existing_cents=4_800,
                new_cents=900,
            ),
        ),
    )


def evidence_result() -> Result:
    return predictions_result(
        evidence(), published(), customers=40, horizon_days=90, today=NOW.date()
    )


def publish_result(client: firestore.Client) -> None:
    writer = ResultWriter(client)
    writer.publish(ORG, evidence_result(), attempt_at(NOW - timedelta(hours=9), due_at=NOW), 77)


def test_without_a_model_customers_have_no_prediction(dashboard: Dashboard, shop: Shop) -> None:
    ordered(shop)
    actual = dashboard.get(CUSTOMERS)["customers"]
    assert len(actual) == len(PEOPLE)
    assert all(each[field] is None for each in actual for field in FIELDS)
    assert dashboard.get(CUSTOMERS, {"risk": "low"})["customers"] == []
    detail = dashboard.get(f"{CUSTOMERS}/{actual[0]['id']}")
    assert detail["prediction"] is None


def test_customers_are_scored_as_of_the_call(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    model = published()
    publish(services, model)
    ordered(shop)
    people = stored(firestore_client)

    for now in (NOW, NOW + timedelta(days=40, hours=3)):
        for each in dashboard.at(now).get(CUSTOMERS)["customers"]:
            expected = score(model, people[each["id"]], now)
            assert expected
            assert expected.value
            assert each["churnProbability"] == expected.percent
            assert each["churnRiskLevel"] == expected.level.value
            assert each["predictedLtv"] == expected.value.cents / 100
            assert (each["expectedNextOrderDate"] is None) is (
                expected.expected_next_order_at is None
            )
            detail = dashboard.at(now).get(f"{CUSTOMERS}/{each['id']}")
            assert {field: detail[field] for field in FIELDS} == {
                field: each[field] for field in FIELDS
            }
            features = features_of(people[each["id"]], model.horizon_days)
            assert features
            assert detail["prediction"]["churnProbability"] == expected.probability
            assert detail["prediction"]["horizonDays"] == 90
            assert detail["prediction"]["model"] == "logistic"
            assert detail["prediction"]["predictedLtvHigh"] == expected.value.q90_cents / 100
            assert [reason["text"] for reason in detail["prediction"]["reasons"]] == [
                reason.text for reason in reasons(model, features, now)
            ]


def test_customers_are_listed_by_level_in_every_order(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    publish(services, published())
    ordered(shop)
    everybody = dashboard.get(CUSTOMERS)["customers"]
    for level in ("low", "medium", "high", "critical"):
        expected = {each["id"] for each in everybody if each["churnRiskLevel"] == level}
        for sort in ("lastOrderDate", "totalSpent", "orderCount", "displayName"):
            for order in ("asc", "desc"):
                query = {"risk": level, "sort": sort, "order": order}
                actual = dashboard.get(CUSTOMERS, query)["customers"]
                assert {each["id"] for each in actual} == expected
    assert dashboard.get(CUSTOMERS, {"risk": "critical", "segment": "vip"})["customers"] == []
    assert_problem(dashboard.call(CUSTOMERS, {"risk": "huge"}), 400, "invalid-parameter", ["risk"])


def test_levels_are_counted_now_beside_the_evidence_of_the_night(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    publish(services, published())
    ordered(shop)
    publish_result(firestore_client)

    actual = dashboard.get(PREDICTION)

    assert actual["status"] == "ready"
    assert actual["model"]["kind"] == "logistic"
    assert actual["decision"] == "No model was in force."
    assert actual["reliability"] == [
        {"customers": 4, "predicted": 0.1, "observed": 0.2, "low": 0.05, "high": 0.4}
    ]
    assert actual["scores"][0]["auc"] == 0.75
    assert [each["level"] for each in actual["levels"]] == ["low", "medium", "high", "critical"]
    everybody = dashboard.get(CUSTOMERS)["customers"]
    for level in actual["levels"]:
        own = [each for each in everybody if each["churnRiskLevel"] == level["level"]]
        assert level["customers"] == len(own)
        assert level["lifetimeValue"] == pytest.approx(sum(each["totalSpent"] for each in own))
        assert level["predictedLtv"] == pytest.approx(sum(each["predictedLtv"] for each in own))
    other: Any = dashboard.get(PREDICTION, orgId=OTHER)
    assert (other["status"], other["levels"]) == ("pending", None)


def test_the_most_at_stake_are_those_of_all_customers(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    model = published()
    publish(services, model)
    for number in range(14):
        shop.order(f"p{number}@example.org", 20 + 9 * number, at=days_ago(7 * number % 83))
    ordered(shop)
    people = stored(firestore_client)
    stakes: dict[str, int] = {}
    for key, person in people.items():
        expected = score(model, person, NOW)
        assert expected
        assert expected.value
        stakes[key] = round(expected.probability * expected.value.cents)

    actual = dashboard.get(PREDICTION)

    told = [(each["customerKey"], round(each["atStake"] * 100)) for each in actual["mostAtStake"]]
    assert [cents for _, cents in told] == sorted(stakes.values(), reverse=True)[:10]
    assert all(stakes[key] == cents for key, cents in told)
    assert actual["mostAtStakeComplete"] is True
    assert dashboard.get(PREDICTION, orgId=OTHER)["mostAtStake"] is None


def test_without_a_value_nothing_is_at_stake_or_sorted_by_it(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    publish(services, published(value=None))
    ordered(shop)
    actual = dashboard.get(PREDICTION)
    assert (actual["mostAtStake"], actual["mostAtStakeComplete"]) == (None, None)
    assert sum(each["customers"] for each in actual["levels"]) == len(PEOPLE)
    assert dashboard.get(CUSTOMERS, {"sort": "predictedLtv"})["customers"] == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_list_by_predicted_value_shows_what_it_is_sorted_by(
    dashboard: Dashboard, shop: Shop, services: Services, order: str
) -> None:
    publish(services, published())
    ordered(shop)
    shop.order("eve@example.org", 77, at=days_ago(6))
    # Eve's value has reached its next step, which is recorded within minutes.
    later = dashboard.at(NOW + timedelta(days=2))
    recorded = {each["id"]: each["predictedLtv"] for each in dashboard.get(CUSTOMERS)["customers"]}
    as_of_later = {each["id"]: each["predictedLtv"] for each in later.get(CUSTOMERS)["customers"]}
    assert recorded != as_of_later

    query: dict[str, Any] = {"sort": "predictedLtv", "order": order, "pageSize": 2}
    listed: list[tuple[float, str]] = []
    page = later.get(CUSTOMERS, query)
    listed += [(each["predictedLtv"], each["id"]) for each in page["customers"]]
    while page["nextPageToken"]:
        page = later.get(CUSTOMERS, query | {"pageToken": page["nextPageToken"]})
        listed += [(each["predictedLtv"], each["id"]) for each in page["customers"]]

    assert {id: value for value, id in listed} == recorded
    assert listed == sorted(listed, reverse=order == "desc")
    critical = later.get(CUSTOMERS, {**query, "risk": "critical", "pageSize": 100})["customers"]
    assert [each["predictedLtv"] for each in critical] == sorted(
        (each["predictedLtv"] for each in critical), reverse=order == "desc"
    )


def test_a_forecast_tells_customers_of_today_from_new_ones(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    publish_result(firestore_client)

    whole, two = dashboard.get(FORECAST), dashboard.get(FORECAST, {"months": "2"})

    assert len(whole["months"]) == 12
    assert two["months"] == [
        {"from": "2026-11-23", "until": "2026-12-01", "existing": 10.0, "new": 2.5},
        {"from": "2026-12-01", "until": "2027-01-01", "existing": 10.0, "new": 2.5},
    ]
    assert two["total"] == {"existing": 20.0, "new": 5.0, "low": 20.0, "high": 31.25}
    assert two["past"] == [
        {
            "cutoffAt": "2026-08-25T12:00:00Z",
            "days": 90,
            "expectedExisting": 50.0,
            "expectedNew": 7.0,
            "actualExisting": 48.0,
            "actualNew": 9.0,
        }
    ]
    for months in ("0", "13", "1.5", "x"):
        problem = dashboard.call(FORECAST, {"months": months})
        assert_problem(problem, 400, "invalid-parameter", ["months"])
