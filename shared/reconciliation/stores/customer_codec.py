"""Customers and their transitions as Firestore documents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.firestore.values import optional_instant, plain_instant
from shared.kernel.money import mean_cents
from shared.orders.fact import Contact
from shared.orders.phone import phone_digits
from shared.reconciliation.stores.ageing_queue import place
from shared.reconciliation.stores.prediction_codec import prediction, prediction_fields
from shared.reconciliation.stores.profile_codec import profile_document, stored_profile
from shared.reconciliation.stores.touch_codec import credits, touch_fields, touches
from shared.segments.classify import OrderTotals, Rule
from shared.segments.contact_search import search_prefixes, sort_name
from shared.segments.customer import Cause, CauseKind, Customer, CustomerId, Transition
from shared.segments.history import EMPTY, OrderHistory
from shared.segments.preferences import preferred_categories
from shared.segments.profile_labels import labels
from shared.segments.segment import Segment


def customer_document(customer: Customer, recorded_at: datetime) -> dict[str, Any]:
    """The document; every field kept here is always present.

    Fields of others in the same document are not included and stay.
    """
    totals = customer.totals
    return {
        "org_id": customer.id.org_id,
        "customer_key": customer.id.customer_key,
        "has_orders": totals.order_count > 0,
        "order_count": totals.order_count,
        "lifetime_value_cents": totals.lifetime_value_cents,
        "average_order_value_cents": average_cents(totals),
        "first_ordered_at": totals.first_ordered_at,
        "last_ordered_at": totals.last_ordered_at,
        "first_local_date": customer.first_local_date.isoformat()
        if customer.first_local_date
        else None,
        "category_spend": [
            {"category": category, "amount_cents": cents}
            for category, cents in customer.category_cents
        ],
        "preferred_categories": list(preferred_categories(customer.category_cents)),
        "history": customer.history.to_bytes(),
        "segment": customer.segment.value if customer.segment else None,
        "segment_since": customer.segment_since,
        "custom_segments": list(customer.custom_segments),
        **prediction_fields(customer.prediction),
        "stepped_at": customer.last_transition_at,
        "next_transition_at": customer.next_transition_at,
        "ageing": place(customer.id.customer_key, customer.next_transition_at),
        "reason": {
            "rule": customer.rule.value if customer.rule else None,
            "thresholds_version": customer.thresholds_version,
        },
        "rules_revision": customer.rules_revision,
        "transition_count": customer.transition_count,
        "contact": {
            "display_name": customer.contact.display_name,
            "email": customer.contact.email,
            "phone": customer.contact.phone,
            "addresses": addresses(customer.contact),
            "search": search_prefixes(customer.contact),
            "sort_name": sort_name(customer.contact),
        },
        "contact_order_id": customer.contact_order_id,
        "contact_ordered_at": customer.contact_ordered_at,
        "profile": profile_document(customer.profile),
        "profile_labels": labels(customer.profile),
        **touch_fields(customer),
        "erased_at": customer.erased_at,
        "revision": customer.revision,
        "updated_at": recorded_at,
    }


def customer(document: Mapping[str, Any]) -> Customer:
    """The customer behind a document that `customer_document` made.

    Documents of version 0.1 hold no history and no custom segments; a rebuild adds them.
    """
    contact, reason = document["contact"], document["reason"]
    first_date = document["first_local_date"]
    return Customer(
        id=CustomerId(document["org_id"], document["customer_key"]),
        totals=OrderTotals(
            order_count=document["order_count"],
            lifetime_value_cents=document["lifetime_value_cents"],
            first_ordered_at=optional_instant(document["first_ordered_at"]),
            last_ordered_at=optional_instant(document["last_ordered_at"]),
        ),
        first_local_date=date.fromisoformat(first_date) if first_date else None,
        category_cents=category_cents(document),
        history=history(document),
        segment=Segment(document["segment"]) if document["segment"] else None,
        rule=Rule(reason["rule"]) if reason["rule"] else None,
        segment_since=optional_instant(document["segment_since"]),
        custom_segments=tuple(document.get("custom_segments", ())),
        prediction=prediction(document),
        last_transition_at=optional_instant(document.get("stepped_at", document["segment_since"])),
        next_transition_at=optional_instant(document["next_transition_at"]),
        transition_count=document["transition_count"],
        thresholds_version=reason["thresholds_version"],
        rules_revision=document.get("rules_revision", 0),
        contact=Contact(
            display_name=contact["display_name"], email=contact["email"], phone=contact["phone"]
        ),
        contact_order_id=document["contact_order_id"],
        contact_ordered_at=optional_instant(document["contact_ordered_at"]),
        profile=stored_profile(document),
        touches=touches(document),
        credits=credits(document),
        # Not in documents of versions up to 0.3.
        erased_at=optional_instant(document.get("erased_at")),
        revision=document["revision"],
    )


def transition_document(transition: Transition) -> dict[str, Any]:
    """One transition of a customer."""
    return {
        "org_id": transition.customer.org_id,
        "customer_key": transition.customer.customer_key,
        "number": transition.number,
        "from_segment": transition.from_segment.value if transition.from_segment else None,
        "to_segment": transition.to_segment.value if transition.to_segment else None,
        "from_since": transition.from_since,
        "effective_at": transition.effective_at,
        "recorded_at": transition.recorded_at,
        "entered": list(transition.entered),
        "left": list(transition.left),
        "cause": {"kind": transition.cause.kind.value, "order_id": transition.cause.order_id},
        "thresholds_version": transition.thresholds_version,
    }


def transition(document: Mapping[str, Any]) -> Transition:
    """The transition behind a document that `transition_document` made."""
    from_segment, to_segment = document["from_segment"], document["to_segment"]
    return Transition(
        customer=CustomerId(document["org_id"], document["customer_key"]),
        number=document["number"],
        from_segment=Segment(from_segment) if from_segment else None,
        to_segment=Segment(to_segment) if to_segment else None,
        # Transitions recorded by earlier versions do not say.
        from_since=optional_instant(document.get("from_since")),
        effective_at=plain_instant(document["effective_at"]),
        recorded_at=plain_instant(document["recorded_at"]),
        cause=Cause(
            kind=CauseKind(document["cause"]["kind"]), order_id=document["cause"]["order_id"]
        ),
        thresholds_version=document["thresholds_version"],
        entered=tuple(document.get("entered", ())),
        left=tuple(document.get("left", ())),
    )


def average_cents(totals: OrderTotals) -> int | None:
    """Average order value, rounded half up to whole cents; None without orders."""
    return mean_cents(totals.lifetime_value_cents, totals.order_count)


def addresses(contact: Contact) -> list[str]:
    """Return the search keys of the customer: the e-mail address, and the digits of the phone
    number."""
    candidates = (contact.email, phone_digits(contact.phone))
    return [address for address in candidates if address is not None]


def category_cents(document: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Spend per category in a customer's document."""
    return tuple((spend["category"], spend["amount_cents"]) for spend in document["category_spend"])


def history(document: Mapping[str, Any]) -> OrderHistory:
    """The counted orders in a customer's document; none in one of version 0.1."""
    stored = document.get("history")
    return EMPTY if stored is None else OrderHistory.from_bytes(stored)
