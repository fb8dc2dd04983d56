"""Churn, moves and scores of organisations, published as the nightly computation does."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.nightly.question import Question
from shared.nightly.result import Attempt
from shared.nightly.result_store import ResultWriter
from tests.support.shop import NOW, ORG
from tests.support.warehouse_facts import organization

COMPUTED_AT = NOW - timedelta(hours=9)
ATTEMPT = Attempt(
    generation="g1", due_at=COMPUTED_AT - timedelta(seconds=40), computed_at=COMPUTED_AT
)
Row = Mapping[str, Any]


def state(period: int, origin: str, target: str, customers: int, lapsed: int = 0) -> Row:
    return {
        "period": period,
        "from_segment": origin,
        "to_segment": target,
        "customers": customers,
        "lapsed": lapsed,
    }


STATES = [
    state(1, "new", "slipping", 3),
    state(1, "none", "new", 2),
    state(2, "none", "new", 3),
    state(30, "churned", "churned", 5),
    state(30, "churned", "new", 2),
    state(30, "none", "churned", 1, 1),
    state(30, "none", "new", 6),
    state(30, "slipping", "churned", 1, 1),
    state(30, "slipping", "slipping", 1),
    state(30, "vip", "vip", 6, 1),
    state(90, "churned", "churned", 4),
]


def score(key: str, customers: int, days: int, orders: int, cents: int) -> Row:
    """A cell of customers who are all alike."""
    return {
        "recency_score": int(key[0]),
        "frequency_score": int(key[1]),
        "monetary_score": int(key[2]),
        "customers": customers,
        "recency_days": customers * days,
        "least_recency_days": days,
        "most_recency_days": days,
        "orders": customers * orders,
        "least_orders": orders,
        "most_orders": orders,
        "revenue_cents": customers * cents,
        "least_revenue_cents": cents,
        "most_revenue_cents": cents,
    }


SCORES = [score("113", 2, 40, 1, 1_050), score("311", 1, 7, 1, 999), score("545", 2, 0, 4, 9_000)]


def publish(
    client: firestore.Client, question: Question, rows: Sequence[Row], org_id: str = ORG
) -> None:
    of = organization(org_id, "America/Los_Angeles", today=NOW.date())
    for result in question.results(of, rows):
        ResultWriter(client).publish(org_id, result, ATTEMPT, 77)
