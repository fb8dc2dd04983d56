"""Findings on orders, added up."""

from datetime import UTC, date, datetime, timedelta

from shared.audit.findings import NEWEST_ORDERS, FindingKind, OrderFinding, OrderFindings
from shared.orders.fact import Exclusion, OrderFact, Rejection, RejectionCode
from shared.reconciliation.ledger import LedgerEntry

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entry(
    order_id: str,
    *warnings: str,
    at: datetime = NOW,
    exclusion: Exclusion | None = None,
    rejection: RejectionCode | None = None,
    readable: bool = True,
) -> LedgerEntry:
    fact = OrderFact(
        org_id="org",
        customer_key=None,
        ordered_at=at,
        local_date=date(2026, 3, 1),
        amount_cents=0,
        lines=(),
        channel="unknown",
        campaign_id=None,
        coupon_code=None,
        exclusion=exclusion,
        warnings=warnings,
    )
    return LedgerEntry(
        order_id=order_id,
        source_version=at,
        order_exists=True,
        fact=fact if readable else None,
        rejection=Rejection(code=rejection, field="f") if rejection else None,
    )


def found(*entries: LedgerEntry) -> list[OrderFinding]:
    findings = OrderFindings()
    for each in entries:
        findings.add(each)
    return findings.found()


def test_nothing_is_found_in_orders_without_fault() -> None:
    assert found(entry("o1"), entry("o2")) == []


def test_places_of_items_are_one_code_and_an_order_counts_once() -> None:
    (finding,) = found(
        entry("o1", "items[0].price", "items[12].price"), entry("o2", "items[3].price")
    )
    assert (finding.kind, finding.code, finding.orders) == (
        *(FindingKind.WARNING, "items[].price", 2),
    )


def test_kinds_come_in_one_order_and_the_most_frequent_code_first() -> None:
    findings = found(
        entry("o1", "refundedAmount", exclusion=Exclusion.CANCELLED),
        entry("o2", "items[0]", exclusion=Exclusion.CANCELLED),
        entry("o3", "items[0]", exclusion=Exclusion.PENDING_UNPAID),
        entry("o4", rejection=RejectionCode.DATE_MISSING, readable=False),
        entry("o5", exclusion=Exclusion.UNKNOWN_STATUS, rejection=RejectionCode.STATUS_UNKNOWN),
    )
    assert [(each.kind.value, each.code, each.orders) for each in findings] == [
        ("warning", "items[]", 2),
        ("warning", "refundedAmount", 1),
        ("exclusion", "cancelled", 2),
        ("exclusion", "pending_unpaid", 1),
        ("exclusion", "unknown_status", 1),
        ("rejection", "date_missing", 1),
        ("rejection", "status_unknown", 1),
    ]


def test_the_newest_orders_are_named_whatever_the_order_in_which_they_come() -> None:
    entries = [
        entry(f"o{number:02}", "items[0]", at=NOW + timedelta(minutes=number * 7 % 30))
        for number in range(30)
    ]
    newest = sorted(entries, key=lambda each: each.source_version, reverse=True)
    (finding,) = found(*entries)
    assert finding.orders == 30
    assert finding.newest_order_ids == [each.order_id for each in newest[:NEWEST_ORDERS]]
