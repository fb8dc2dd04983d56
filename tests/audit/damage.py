"""Damage to an installation, one function per kind, and the depth of the audit that finds it.

Each kind is done to things of its own, so that one audit finds them all: orders whose events are
lost are nobody's, or those of customers that nothing else happens to.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum

from google.cloud import firestore

from shared.audit.report import SLICES, Check
from shared.audit.slices import DAYS_IN_A_ROW, EPOCH
from shared.firestore import paths
from tests.audit.audited_world import CAMPAIGN, ORG, Installation
from tests.support.world import NOW, Order, customer_id


class Found(Enum):
    """Latest audit by which a kind of damage is found."""

    TONIGHT = "the same night"
    WITHIN_30_NIGHTS = "within 30 nights"
    ON_DEMAND = "on demand"


class Targets:
    """Targets of damage: every customer, order and day at most once."""

    def __init__(self, installation: Installation) -> None:
        i = self.installation = installation
        customers = {each.id: each for each in i.customers()}
        keys = sorted(customers)
        self.last_customer = keys.pop()
        """One of the last slices, in which a night compares most of the orders."""
        member = next(key for key in keys if customers[key].get("custom_segments"))
        other = next(key for key in keys if not customers[key].get("custom_segments"))
        keys = [key for key in keys if key not in (member, other)]
        self.member, self.other, self.customers = member, other, iter(keys[:4])
        spared = set(keys[4:])
        orders = [
            id for id, order in sorted(i.orders.items()) if order.org_id == ORG and order.counted
        ]
        self.orders = iter([id for id in orders if self._key(id) in (None, *spared)])
        # One shard of each day.
        self.days = iter({day.get("date"): day.reference for day in i.days()}.items())
        self.slice = int(self.last_customer[:4], 16) * SLICES // 0x10000
        """The night that compares the last customer."""

    def _key(self, id: str) -> str | None:
        email = self.installation.orders[id].email
        return customer_id(ORG, email).customer_key if email else None

    def customer(self) -> firestore.DocumentReference:
        return self.installation.client.document(paths.customer(ORG, next(self.customers)))


def order_not_counted(t: Targets) -> str:
    order = Order(
        org="shop_north_2",
        email="somebody.new@example.org",
        cents=12_348,
        ordered_at=NOW - timedelta(days=40, hours=1),
        products=(("p1", 700),),
    )
    t.installation.write("zz_lost", order, counted=False)
    return "ledger zz_lost"


def deletion_not_counted(t: Targets) -> str:
    id = next(t.orders)
    t.installation.write(id, None, counted=False)
    return f"ledger {id}"


def _edited(t: Targets, id: str, **changes: object) -> str:
    i = t.installation
    i.write(id, replace(i.orders[id], **changes), counted=False)  # type: ignore[arg-type]
    return f"ledger {id}"


def recent_edit_not_counted(t: Targets) -> str:
    id = next(t.orders)
    document = _edited(t, id, cents=t.installation.orders[id].cents + 777)
    changed_at = {"updatedAt": NOW - timedelta(days=1)}
    t.installation.client.document(paths.order(id)).update(changed_at)
    return document


def edit_not_counted(t: Targets) -> str:
    id = next(t.orders)
    return _edited(t, id, cents=t.installation.orders[id].cents + 777)


def cancellation_not_counted(t: Targets) -> str:
    return _edited(t, next(t.orders), status="canceled")


def edit_of_the_contact_not_counted(t: Targets) -> str:
    return _edited(
        t, next(id for id in t.orders if t.installation.orders[id].email), phone="555-0113"
    )


def ledger_entry_gone(t: Targets) -> str:
    id = next(t.orders)
    t.installation.client.document(paths.ledger_entry(id)).delete()
    return f"ledger {id}"


def ledger_amount_changed(t: Targets) -> str:
    id = next(id for id in t.orders if t.installation.orders[id].email)
    t.installation.client.document(paths.ledger_entry(id)).update({"amount_cents": 4})
    return f"ledger {id}"


def exported_row_lost(t: Targets) -> str:
    """Append a newer row that names another organisation, so that the order has none here."""
    i = t.installation
    entry = i.entry(next(t.orders))
    data = json.dumps({"org_id": "nobody", "counted": False})
    i.warehouse.append([i.row(entry, data=data, event_id="zz")])
    return f"export {entry.id}"


def _exported_otherwise(t: Targets, **changes: object) -> str:
    i = t.installation
    entry = i.entry(next(t.orders))
    data = json.dumps({**json.loads(i.row(entry).data or ""), **changes})
    i.warehouse.append([i.row(entry, data=data, operation="UPDATE", event_id="zz")])
    return f"export {entry.id}"


def exported_amount_changed(t: Targets) -> str:
    return _exported_otherwise(t, amount_cents=8)


def exported_channel_changed(t: Targets) -> str:
    return _exported_otherwise(t, campaign_id="another")


def export_left_behind(t: Targets) -> str:
    """The order changes and is counted, and the change is not exported."""
    i, id = t.installation, next(t.orders)
    i.orders[id] = replace(i.orders[id], cents=12)
    i.reconciler().reconcile(id, seen_at=i.world.put_order(id, i.orders[id].data()))
    return f"export {id}"


def exported_without_an_order(t: Targets) -> str:
    i = t.installation
    entry = i.entry(next(t.orders))
    row = i.row(entry, document_id="ghost", event_id="ghost")
    name = row.document_name.replace(entry.id, "ghost")
    i.warehouse.append([replace(row, document_name=name)])
    return "export ghost"


def _customer(reference: firestore.DocumentReference, **changes: object) -> str:
    reference.update(changes)
    return f"customer {reference.id}"


def order_count_changed(t: Targets) -> str:
    return _customer(t.customer(), order_count=40)


def lifetime_value_changed(t: Targets) -> str:
    return _customer(t.customer(), lifetime_value_cents=firestore.Increment(1))


def customer_gone(t: Targets) -> str:
    customer = t.customer()
    customer.delete()
    return f"customer {customer.id}"


def segment_changed(t: Targets) -> str:
    customer = t.customer()
    other = "vip" if customer.get().get("segment") != "vip" else "loyal"
    return _customer(customer, segment=other)


def first_order_changed(t: Targets) -> str:
    customer = t.installation.client.document(paths.customer(ORG, t.last_customer))
    return _customer(customer, first_ordered_at=NOW - timedelta(days=700))


def risk_and_value_changed(t: Targets) -> str:
    """Of the same customer as a first order: each of the two is found by its own check."""
    customer = t.installation.client.document(paths.customer(ORG, t.last_customer))
    other = "low" if customer.get().get("churn_risk") != "low" else "critical"
    return _customer(customer, churn_risk=other, predicted_ltv_cents=1)


def custom_segment_left(t: Targets) -> str:
    customer = t.installation.client.document(paths.customer(ORG, t.member))
    return _customer(customer, custom_segments=[])


def custom_segment_entered(t: Targets) -> str:
    customer = t.installation.client.document(paths.customer(ORG, t.other))
    return _customer(customer, custom_segments=["cs_big"])


def _day(day: tuple[str, firestore.DocumentReference], **changes: object) -> str:
    date, shard = day
    shard.update(changes)
    return f"day {date}"


def day_incremented(t: Targets) -> str:
    return _day(next(t.days), orders=firestore.Increment(1))


def day_changed(t: Targets) -> str:
    return _day(next(t.days), revenue_cents=1, new_customers=40)


def day_gone(t: Targets) -> str:
    date, shard = next(t.days)
    shard.delete()
    return f"day {date}"


def channel_of_a_day_changed(t: Targets) -> str:
    """Change a channel on a day that the last customer's night compares."""
    day = next(day for day in t.days if _slice_of(day[0]) == t.slice)
    return _day(day, **{"channels.unknown.orders": firestore.Increment(2)})


def steps_of_a_day_changed(t: Targets) -> str:
    day = next(day for day in t.days if _slice_of(day[0]) == t.slice)
    return _day(day, **{"flows": {"vip>loyal": 2}})


def _slice_of(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days // DAYS_IN_A_ROW % SLICES


def totals_incremented(t: Targets) -> str:
    shard = t.installation.client.document(paths.segment_counts_shard(ORG, "0"))
    totals = {"orders": firestore.Increment(3), "repeat_customers": firestore.Increment(4)}
    shard.set({"totals": totals}, merge=True)
    return "totals"


def segment_incremented(t: Targets) -> str:
    shard = t.installation.client.document(paths.segment_counts_shard(ORG, "1"))
    counts = {"customers": firestore.Increment(1), "lifetime_value_cents": firestore.Increment(3)}
    shard.set({"segments": {"vip": counts}, "custom": {"cs_big": counts}}, merge=True)
    return "segment vip"


def risk_incremented(t: Targets) -> str:
    shard = t.installation.client.document(paths.segment_counts_shard(ORG, "2"))
    counts = {"customers": firestore.Increment(1), "lifetime_value_cents": firestore.Increment(3)}
    shard.set({"risks": {"high": counts}}, merge=True)
    return "risk high"


def campaign_incremented(t: Targets) -> str:
    shard = t.installation.client.document(paths.campaign_counters_shard(ORG, CAMPAIGN, "0"))
    credit = {"orders": firestore.Increment(1), "revenue_cents": firestore.Increment(2)}
    shard.set({"campaign_id": CAMPAIGN, "credit": credit}, merge=True)
    return f"campaign {CAMPAIGN}"


def credit_changed(t: Targets) -> str:
    """Change the credit in a customer's document, and thereby the expected counters."""
    actual = next(each for each in t.installation.customers() if each.get("credits"))
    credits = [each | {"revenue_cents": 1} for each in actual.get("credits")]
    actual.reference.update({"credits": credits, "credited_cents": len(credits)})
    return f"customer {actual.id}"


def credit_moved_to_another_day(t: Targets) -> str:
    shard = t.installation.client.document(paths.campaign_counters_shard(ORG, CAMPAIGN, "1"))
    days = {
        "2026-08-20": {"orders": firestore.Increment(-1)},
        "2026-08-21": {"orders": firestore.Increment(1)},
    }
    shard.set({"campaign_id": CAMPAIGN, "days": days}, merge=True)
    return f"campaign {CAMPAIGN}"


Damage = Callable[[Targets], str]
"""Does it, and gives the name of the document that it concerns, as differences have it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of damage, the check that finds it, and when."""

    damage: Damage
    check: Check
    found: Found

    @property
    def name(self) -> str:
        return self.damage.__name__


def _kinds(check: Check, found: Found, *damages: Damage) -> Iterator[Kind]:
    for damage in damages:
        yield Kind(damage=damage, check=check, found=found)


OF_CAMPAIGNS = (
    *_kinds(Check.CAMPAIGNS, Found.ON_DEMAND, credit_moved_to_another_day),
    *_kinds(Check.CAMPAIGNS, Found.TONIGHT, campaign_incremented, credit_changed),
)
OF_ORDERS = (
    # First those whose orders the night of the last customer looks at.
    *_kinds(
        Check.ORDERS_IN_LEDGER,
        Found.WITHIN_30_NIGHTS,
        edit_not_counted,
        cancellation_not_counted,
        edit_of_the_contact_not_counted,
    ),
    *_kinds(Check.EXPORT_COMPLETE, Found.WITHIN_30_NIGHTS, exported_channel_changed),
    *_kinds(Check.CUSTOMERS, Found.WITHIN_30_NIGHTS, first_order_changed),
    *_kinds(Check.PREDICTIONS, Found.WITHIN_30_NIGHTS, risk_and_value_changed),
    *_kinds(
        Check.COUNTERS, Found.WITHIN_30_NIGHTS, channel_of_a_day_changed, steps_of_a_day_changed
    ),
    *_kinds(
        Check.ORDERS_IN_LEDGER,
        Found.TONIGHT,
        order_not_counted,
        deletion_not_counted,
        recent_edit_not_counted,
        ledger_entry_gone,
        ledger_amount_changed,
    ),
    *_kinds(
        Check.EXPORT_COMPLETE,
        Found.TONIGHT,
        exported_row_lost,
        exported_amount_changed,
        export_left_behind,
        exported_without_an_order,
    ),
    *_kinds(
        Check.CUSTOMERS, Found.TONIGHT, order_count_changed, lifetime_value_changed, customer_gone
    ),
    *_kinds(
        Check.SEGMENTS,
        Found.TONIGHT,
        segment_changed,
        custom_segment_left,
        custom_segment_entered,
    ),
    *_kinds(
        Check.COUNTERS,
        Found.TONIGHT,
        day_incremented,
        day_changed,
        day_gone,
        totals_incremented,
        segment_incremented,
        risk_incremented,
    ),
)
KINDS = (*OF_ORDERS, *OF_CAMPAIGNS)
