"""A night on the whole local stack: orders through the export and SQL to results and cards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import firestore

from shared.computation.questions import QUESTIONS
from shared.firestore import paths
from shared.warehouse.client import bigquery_client
from shared.warehouse.tables import CHANGELOG
from tests.e2e.calls import eventually, get, order
from tools.accounts import signed_in_token
from tools.demo.analytics import show_analytics
from tools.demo.api import Api
from tools.report import NO_PAIRS
from tools.stack.local_stack import FirebaseEmulators

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

ORG = "org_night"
AT_RISK, CHURNED, NEW = 8, 6, 5
"""Customers, of an order each."""
ORDERS = AT_RISK + CHURNED + NEW


@pytest.fixture(scope="module")
def token(emulators: FirebaseEmulators) -> str:
    return signed_in_token(emulators, {"role": "brand_admin", "orgId": ORG})


def test_before_the_first_night_everything_is_pending(
    emulators: FirebaseEmulators, token: str, tmp_path: Path
) -> None:
    api = Api(url=emulators.http_url("api"), token=token)
    pending = show_analytics(api, ORG, tmp_path / "pending.html")

    assert pending.read_text(encoding="utf-8").count("Not computed yet") == 2
    assert get(emulators, "/v1/insights", token, function="insights")["status"] == "pending"


@pytest.fixture(scope="module")
def night(emulators: FirebaseEmulators) -> None:
    """Orders that the trigger counted and exported, and results that the tasks published."""
    now = datetime.now(UTC)
    days = [70] * AT_RISK + [100] * CHURNED + [5] * NEW
    with pytest.MonkeyPatch.context() as environment:
        for name, value in emulators.environment.items():
            environment.setenv(name, value)
        shop, warehouse = firestore.Client(), bigquery_client()
        for number, ago in enumerate(days):
            shop.document(paths.order(f"{ORG} {number}")).set(
                order(now - timedelta(days=ago), 20.0, ORG, f"person{number}@example.org")
            )
        query = (
            f"SELECT COUNT(DISTINCT document_id) AS orders FROM segmentation.{CHANGELOG} "
            f"WHERE JSON_VALUE(data, '$.org_id') = '{ORG}'"
        )

        def exported() -> int:
            try:
                (row,) = warehouse.query(query).result()
            except NotFound:
                return 0  # The first row that is exported makes the dataset.
            return int(row.orders)

        eventually(exported, ORDERS)
        emulators.run_schedule("compute_analytics")

        job = shop.document(paths.job("compute_analytics")).get().to_dict() or {}
        assert (job["status"], job["last_error"]) == ("complete", None)

        def published() -> bool:
            """A task publishes one result after the other."""
            states = shop.collection(f"{paths.TENANTS}/{ORG}/{paths.ANALYTICS}").stream()
            return {state.id for state in states} >= {question.name for question in QUESTIONS}

        eventually(published, True)
        shop.close()
        warehouse.close()


def test_orders_reach_bigquery_and_come_back_as_cohorts(
    emulators: FirebaseEmulators,
    night: None,
    token: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cohorts = get(emulators, "/v1/analytics/cohorts?granularity=month", token)

    assert (cohorts["status"], cohorts["sourceRows"]) == ("ready", ORDERS)
    assert sum(row["size"] for row in cohorts["cohorts"]) == ORDERS
    api = Api(url=emulators.http_url("api"), token=token)
    report = show_analytics(api, ORG, tmp_path / "report.html").read_text(encoding="utf-8")
    assert cohorts["cohorts"][0]["cohort"] in report
    assert NO_PAIRS in report, "every order is of one product"
    assert cohorts["cohorts"][0]["cohort"] in capsys.readouterr().out


def test_the_numbers_of_the_night_become_cards_without_a_key(
    emulators: FirebaseEmulators, night: None, token: str
) -> None:
    def insights() -> dict[str, Any]:
        return get(emulators, "/v1/insights", token, function="insights")

    emulators.run_schedule("generate_insights")

    eventually(lambda: insights()["status"], "ready")
    made = insights()
    assert (made["wording"]["source"], made["wording"]["reason"]) == ("rules", "switched_off")
    (card,) = [each for each in made["insights"] if each["id"] == "churn-risk"]
    assert card["headline"] == "8 customers who are At Risk could use a reminder"
    assert card["source"] == "rules"
    facts = {fact["id"]: fact for fact in card["facts"]}
    assert facts["churned_30d"]["value"] == CHURNED
    assert facts["churn_rate_30d"]["source"] == f"tenants/{ORG}/analytics/churn"
    assert made["overview"]["text"].startswith(card["headline"])
    missing = {each["source"] for each in made["missing"]}
    assert missing.isdisjoint({"churn", "cohorts_month", "rfm", "product_sales"})
