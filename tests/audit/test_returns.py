"""SQL, the ledger and the counters say the same of returns, and damage to them is repaired."""

from dataclasses import replace
from datetime import timedelta

from google.cloud import firestore

from shared.audit.report import AuditReport, Check
from shared.firestore import paths
from shared.warehouse.warehouse import Warehouse
from tests.audit.audited_world import ORG, Installation
from tests.support.world import FAR_AHEAD, NOW, Order, customer_id

RETURN = Order(
    org=ORG,
    email="only.returned@example.org",
    cents=-12_34,
    ordered_at=NOW - timedelta(days=200),
    products=(("p1", 1234),),
)


def drifts(report: AuditReport) -> dict[Check, int]:
    return {check.check: check.drift for check in report.checks if check.drift}


def test_returns_are_audited_like_orders(
    firestore_client: firestore.Client, warehouse: Warehouse
) -> None:
    """Somebody who only returned, a return by nobody on a day of its own, an order far ahead."""
    installation = Installation(firestore_client, warehouse, orders=30)
    installation.write("r1", RETURN, counted=True)
    installation.write(
        "r2", replace(RETURN, email=None, ordered_at=NOW - timedelta(days=350)), counted=True
    )
    installation.write("ahead", replace(RETURN, cents=500, ordered_at=FAR_AHEAD), counted=True)
    report = installation.audit()
    assert drifts(report) == {}
    for check in report.checks:
        assert check.expected == check.found > 0, check

    key = customer_id(ORG, "only.returned@example.org").customer_key
    customer = firestore_client.document(paths.customer(ORG, key))
    customer.update({"lifetime_value_cents": 0, "order_count": 1})
    entry = firestore_client.document(paths.ledger_entry("r2"))
    entry.update({"amount_cents": 0})

    report = installation.audit()

    assert drifts(report).keys() >= {Check.ORDERS_IN_LEDGER, Check.CUSTOMERS}
    assert [check.remaining for check in report.checks] == [0] * len(report.checks)
    installation.assert_right()
    assert drifts(installation.audit()) == {}
