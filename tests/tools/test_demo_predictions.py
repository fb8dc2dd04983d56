"""The demo of predictions, from the answers of the API."""

from collections.abc import Sequence
from typing import Any

import pytest
from google.cloud import firestore

from shared.services import Services
from tests.predictions.models import published
from tests.predictions.test_routes import ordered, publish, publish_result
from tests.support.dashboard import Dashboard
from tests.support.shop import Shop
from tools.console import CONSOLE
from tools.demo.predictions import FORECAST, PREDICTION, SHOWN_CUSTOMERS, predictions


def printed(
    capsys: pytest.CaptureFixture[str],
    prediction: dict[str, Any],
    forecast: dict[str, Any],
    customers: Sequence[dict[str, Any]] = (),
) -> str:
    CONSOLE.print(predictions(prediction, forecast, customers))
    return " ".join(capsys.readouterr().out.split())


def test_what_the_api_predicts_is_shown_with_three_customers_and_their_reasons(
    dashboard: Dashboard,
    shop: Shop,
    services: Services,
    firestore_client: firestore.Client,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish(services, published())
    ordered(shop)
    publish_result(firestore_client)
    prediction = dashboard.get(PREDICTION)
    path, _, months = FORECAST.partition("?months=")
    forecast = dashboard.get(path, {"months": months})
    customers = [
        dashboard.get(f"/v1/customers/{each['customerKey']}")
        for each in prediction["mostAtStake"][:SHOWN_CUSTOMERS]
    ]

    text = printed(capsys, prediction, forecast, customers)

    for level in prediction["levels"]:
        assert level["level"] in text
        assert f"${level['predictedLtv']:,.2f}" in text
    assert "20.0% │ 5.0% to 40.0%" in text
    assert "2026-12-01 │ $10.00 │ $2.50" in text
    assert "80% interval of both together: $60.00 to $93.75" in text
    assert len(customers) == SHOWN_CUSTOMERS
    for customer in customers:
        assert f"{customer['churnProbability']}% ({customer['churnRiskLevel']})" in text
        assert customer["prediction"]["reasons"]
        assert all(each["text"] in text for each in customer["prediction"]["reasons"])


def test_without_a_model_the_reason_is_shown(
    dashboard: Dashboard, capsys: pytest.CaptureFixture[str]
) -> None:
    prediction = dashboard.get(PREDICTION)
    forecast = dashboard.get("/v1/analytics/forecast")
    assert "Not made yet." in printed(capsys, prediction, forecast)
    assert "Too few." in printed(capsys, prediction | {"decision": "Too few."}, forecast)
