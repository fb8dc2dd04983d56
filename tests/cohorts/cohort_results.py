"""Results about cohorts as a night leaves them, from what the definition says of some orders."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.cohorts.cohorts import QUESTIONS, CohortQuestion
from shared.cohorts.period import Period
from shared.nightly.result import Attempt
from shared.nightly.result_store import ResultWriter
from tests.cohorts.cohort_fold import Bought, fold
from tests.support.warehouse_facts import organization

COMPUTED_AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
ATTEMPT = Attempt(
    generation="g", due_at=COMPUTED_AT - timedelta(seconds=90), computed_at=COMPUTED_AT
)


def publish_cohorts(
    client: firestore.Client, org: str, orders: Sequence[Bought], today: date
) -> None:
    """Store every result."""
    for question in QUESTIONS:
        rows = cohort_rows(orders, question, today, org=org)
        for result in question.results(organization(org, today=today), rows):
            ResultWriter(client).publish(org, result, ATTEMPT, len(orders))


def cohort_rows(
    orders: Sequence[Bought], question: CohortQuestion, today: date, *, org: str = "org"
) -> Iterator[dict[str, Any]]:
    """The rows of the query's answer."""
    entries = fold(
        orders, today, question.granularity, question.breakdown, periods=question.periods
    )
    values = {entry.get("value", "") for entry in entries.values()}
    for entry in entries.values():
        for k, customers in enumerate(entry["customers"]):
            if customers:
                yield {
                    "org_id": org,
                    "value": entry.get("value", ""),
                    "values_found": len(values),
                    "cohort": Period.labelled(entry["cohort"], question.granularity).number,
                    "k": k,
                    "customers": customers,
                    "customers_on_or_after": entry["customers_on_or_after"][k],
                    "orders": entry["orders"][k],
                    "revenue_cents": entry["revenue_cents"][k],
                }
