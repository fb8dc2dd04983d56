"""GET /v1/analytics/quality: what the last audit found."""

from datetime import date, datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.audit.findings import BusyCustomer, FindingKind, OrderFinding
from shared.audit.job import quality
from shared.audit.report import RESULT, AuditReport, Check, CheckReport, Place
from shared.firestore import paths
from shared.nightly.result import Attempt
from shared.nightly.result_store import ResultWriter
from shared.reconciliation.differences import Difference
from shared.reconciliation.stores.unprocessed_store import FirestoreUnprocessed
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, ORG

PATH = "/v1/analytics/quality"
KEY = "5f" * 16
BUSY = "busy_customers"


def attempt(at: datetime) -> Attempt:
    return Attempt(generation="g", due_at=at - timedelta(seconds=40), computed_at=at)


def report(org_id: str = ORG, key: str = KEY) -> AuditReport:
    """Of an audit that found one wrong customer and put it right."""
    wrong = Difference(
        document=f"customer {key}", field="lifetime_value_cents", found=1, expected=2500
    )
    lost = Difference(document="ledger o1", field="entry", found=None, expected="x" * 1000)
    return AuditReport(
        org_id=org_id,
        orders=12,
        checks=[
            CheckReport(
                check=check,
                expected=12,
                found=11,
                drift=int(bool(samples)),
                repaired=int(bool(samples)),
                remaining=0,
                checked_at=NOW,
                samples=samples,
            )
            for check, samples in (
                (Check.ORDERS_IN_LEDGER, [lost]),
                (Check.EXPORT_COMPLETE, []),
                (Check.CUSTOMERS, [wrong]),
            )
        ],
        findings=[
            OrderFinding(
                kind=FindingKind.WARNING,
                code="items[].price",
                orders=12,
                newest_order_ids=["o9", "o8"],
            ),
            OrderFinding(
                kind=FindingKind.EXCLUSION, code="cancelled", orders=1, newest_order_ids=["o7"]
            ),
        ],
        busy_customers=[BusyCustomer(customer_key=key, day=date(2026, 11, 20), orders=51)],
    )


def published(
    client: firestore.Client, *, at: datetime = NOW, of: AuditReport | None = None
) -> None:
    actual = of or report()
    result = quality(actual, Place(slice=7, after="o1"))
    ResultWriter(client).publish(actual.org_id, result, attempt(at), actual.orders)


def test_what_was_found(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    published(firestore_client)
    answer: dict[str, Any] = dashboard.get(PATH)
    checks = answer.pop("checks")
    assert answer.pop("findings") == [
        {
            "kind": "warning",
            "code": "items[].price",
            "orders": 12,
            "newestOrderIds": ["o9", "o8"],
        },
        {"kind": "exclusion", "code": "cancelled", "orders": 1, "newestOrderIds": ["o7"]},
    ]
    assert answer.pop("busyCustomers") == [{"customerKey": KEY, "date": "2026-11-20", "orders": 51}]
    assert answer.pop("unprocessedOrders") == []
    assert answer == {
        "orgId": ORG,
        "computedAt": "2026-11-23T12:00:00Z",
        "status": "ready",
        "stale": False,
        "lastError": None,
        "sourceRows": 12,
        "lagSeconds": 40,
        "depth": "everything",
    }
    assert [check["check"] for check in checks] == [
        *("orders_in_ledger", "export_complete", "customers")
    ]
    assert checks[2] == {
        "check": "customers",
        "expected": 12,
        "found": 11,
        "drift": 1,
        "repaired": 1,
        "remaining": 0,
        "checkedAt": "2026-11-23T12:00:00Z",
        "samples": [
            {
                "document": f"customer {KEY}",
                "field": "lifetime_value_cents",
                "expected": "2500",
                "found": "1",
            }
        ],
    }
    (lost,) = checks[0]["samples"]
    assert lost["found"] is None
    assert lost["expected"] == "x" * 200


def test_a_report_of_version_0_3_says_nothing_of_findings(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    published(firestore_client)
    result = firestore_client.document(paths.result(ORG, RESULT))
    added = ("findings", BUSY, "depth", "place")
    result.update({f"summary.{name}": firestore.DELETE_FIELD for name in added})
    answer = dashboard.get(PATH)
    assert (answer["findings"], answer["busyCustomers"], answer["depth"]) == (None, None, None)
    assert len(answer["checks"]) == 3


def test_other_parameters_are_refused(dashboard: Dashboard) -> None:
    assert_problem(dashboard.call(PATH, {"days": "3"}), 400, "invalid-parameter", ["days"])


def test_orders_that_could_not_be_counted_are_those_of_the_organisation(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    unprocessed = FirestoreUnprocessed(firestore_client)
    for id, org_id in (("o1", ORG), ("o2", "org_other"), ("o3", None)):
        unprocessed.report(id, org_id, "ServiceUnavailable", NOW)
    unprocessed.report("o1", None, "ContentionError", NOW + timedelta(hours=1))

    assert dashboard.get(PATH)["unprocessedOrders"] == [
        {
            "orderId": "o1",
            "error": "ContentionError",
            "firstFailedAt": "2026-11-23T12:00:00Z",
            "lastFailedAt": "2026-11-23T13:00:00Z",
        }
    ]
