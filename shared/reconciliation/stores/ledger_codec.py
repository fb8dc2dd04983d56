"""Ledger entries and rejected-order reports as Firestore documents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.firestore.values import plain_instant
from shared.orders.fact import Exclusion, OrderFact, Rejection, RejectionCode
from shared.orders.packed_lines import packed, stored_lines
from shared.reconciliation.ledger import LedgerEntry


def ledger_document(entry: LedgerEntry, recorded_at: datetime) -> dict[str, Any]:
    """The document; every field is always present, so that writing it replaces the last one."""
    fact, rejection = entry.fact, entry.rejection
    org_id = fact.org_id if fact else rejection.org_id if rejection else None
    return {
        "org_id": org_id,
        "source_version": entry.source_version,
        "order_exists": entry.order_exists,
        "named": list(entry.named),
        "counted": bool(fact and fact.counted),
        "exclusion": fact.exclusion.value if fact and fact.exclusion else None,
        "counts_at": fact.counts_at if fact else None,
        "rejection": {"code": rejection.code.value, "field": rejection.field}
        if rejection
        else None,
        "customer_key": fact.customer_key if fact else None,
        "ordered_at": fact.ordered_at if fact else None,
        "local_date": fact.local_date.isoformat() if fact else None,
        "amount_cents": fact.amount_cents if fact else None,
        "channel": fact.channel if fact else None,
        "campaign_id": fact.campaign_id if fact else None,
        "coupon_code": fact.coupon_code if fact else None,
        "lines": packed(fact.lines if fact else ()),
        "warnings": list(fact.warnings) if fact else [],
        "recorded_at": recorded_at,
    }


def ledger_entry(order_id: str, document: Mapping[str, Any]) -> LedgerEntry:
    """The entry behind a document that `ledger_document` made."""
    rejection = document["rejection"]
    return LedgerEntry(
        order_id=order_id,
        source_version=plain_instant(document["source_version"]),
        order_exists=document["order_exists"],
        fact=_fact(document) if document["ordered_at"] is not None else None,
        rejection=Rejection(
            code=RejectionCode(rejection["code"]),
            field=rejection["field"],
            org_id=document["org_id"],
        )
        if rejection
        else None,
        # Not in entries that version 0.3 wrote.
        named=tuple(document.get("named", ())),
    )


def rejection_document(rejection: Rejection, recorded_at: datetime) -> dict[str, Any]:
    """The report of one order. Names the field and the reason, never the value."""
    return {
        "org_id": rejection.org_id,
        "code": rejection.code.value,
        "field": rejection.field,
        "recorded_at": recorded_at,
    }


def _fact(document: Mapping[str, Any]) -> OrderFact:
    exclusion = document["exclusion"]
    return OrderFact(
        org_id=document["org_id"],
        customer_key=document["customer_key"],
        ordered_at=plain_instant(document["ordered_at"]),
        local_date=date.fromisoformat(document["local_date"]),
        amount_cents=document["amount_cents"],
        lines=stored_lines(document["lines"]),
        channel=document["channel"],
        campaign_id=document["campaign_id"],
        coupon_code=document["coupon_code"],
        exclusion=Exclusion(exclusion) if exclusion else None,
        warnings=tuple(document["warnings"]),
    )
