"""Differences between a customer and the orders in the ledger, and their repair."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from shared.kernel.retries import retry_conflicts
from shared.orders.fact import Contact, OrderFact
from shared.reconciliation.customer_changes import CustomerChange, folded
from shared.reconciliation.differences import Difference, difference
from shared.reconciliation.lost_customers import as_recorded
from shared.reconciliation.ports import Commit, OrganizationStore
from shared.reconciliation.reconcile import Reconciler
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    CustomerId,
    Moment,
    age,
    evaluate,
    with_credit,
)

OVERDUE = timedelta(days=1)
"""Time for which a due transition is left to the ageing job, which runs far more often."""


def _expected_customer(
    actual: Customer,
    facts: Mapping[str, OrderFact],
    moment: Moment,
    contact_on: Callable[[str], Contact],
) -> Customer:
    """Return the customer that the ledger implies, with the recorded transitions.

    `contact_on` gives the contact on an order.
    """
    changes = [
        CustomerChange(order_id=id, old=None, new=fact, contact=Contact())
        for id, fact in facts.items()
    ]
    # Conditions may ask what was sent and what the profile says, which orders cannot tell.
    initial = Customer(id=actual.id, profile=actual.profile, touches=actual.touches)
    fresh = folded(initial, changes, moment)
    if fresh.contact_order_id:
        fresh = replace(fresh, contact=contact_on(fresh.contact_order_id))
        # Conditions may ask for an address.
        fresh, _ = evaluate(fresh, moment, moment.now, Cause(kind=CauseKind.REPAIR))
    customer_now, _ = age(actual, moment, moment.now)
    return with_credit(
        replace(
            customer_now,
            totals=fresh.totals,
            first_local_date=fresh.first_local_date,
            category_cents=fresh.category_cents,
            contact=fresh.contact,
            contact_order_id=fresh.contact_order_id,
            contact_ordered_at=fresh.contact_ordered_at,
            history=fresh.history,
            segment=fresh.segment,
            rule=fresh.rule,
            custom_segments=fresh.custom_segments,
            prediction=fresh.prediction,
            thresholds_version=fresh.thresholds_version,
            rules_revision=fresh.rules_revision,
            next_transition_at=fresh.next_transition_at,
        )
    )


def _customer_differences(actual: Customer, expected: Customer, moment: Moment) -> list[Difference]:
    customer_now, _ = age(actual, moment, moment.now)
    document = f"customer {actual.id.customer_key}"
    differences = [
        difference(document, name, customer_now, expected)
        for name in (
            "totals",
            "first_local_date",
            "category_cents",
            "segment",
            "custom_segments",
            "next_transition_at",
            "contact_order_id",
            "credits",
        )
        if getattr(customer_now, name) != getattr(expected, name)
    ]
    if actual.segment is not None:
        differences += [
            difference(document, name, actual, expected)
            for name in ("thresholds_version", "rules_revision")
            if getattr(actual, name) != getattr(expected, name)
        ]
    if is_overdue(actual.next_transition_at, moment.now):
        differences.append(difference(document, "next_transition_at", actual, expected))
    # Two that are cut off may be cut off at different orders, and both are right.
    cut_off = actual.history.truncated and expected.history.truncated
    if customer_now.prediction != expected.prediction and not cut_off:
        differences.append(difference(document, "prediction", customer_now, expected))
    if actual.history != expected.history and not cut_off:
        differences.append(
            Difference(
                document=document,
                field="history",
                found=len(actual.history.orders),
                expected=len(expected.history.orders),
            )
        )
    if customer_now.contact != expected.contact:
        differences.append(
            Difference(document=document, field="contact", found="outdated", expected="current")
        )
    return differences


def is_overdue(next_transition_at: datetime | None, now: datetime) -> bool:
    """Whether the ageing job has missed a customer for long."""
    return next_transition_at is not None and next_transition_at <= now - OVERDUE


def repair_customer(
    id: CustomerId,
    store: OrganizationStore,
    reconciler: Reconciler,
    moment_for: Callable[[Customer], Moment],
    *,
    repair: bool = True,
) -> list[Difference]:
    """Return how a customer differs from the orders in the ledger, all read now, and repair it.

    Without `repair`, nothing is written. Raises ContentionError after too many conflicts.
    """
    attempts = count()
    return retry_conflicts(
        lambda: _repair(id, store, reconciler, moment_for, repair=repair, again=next(attempts) > 0),
        what="a customer",
    )


def _repair(
    id: CustomerId,
    store: OrganizationStore,
    reconciler: Reconciler,
    moment_for: Callable[[Customer], Moment],
    *,
    repair: bool,
    again: bool,
) -> list[Difference]:
    stored = store.read([], [], [id]).customers[id]
    before = stored.value or _lost_customer(id, store)
    moment = moment_for(before)
    # Read after the customer: any other change to these orders changes the customer too.
    facts = store.customer_facts(id)
    entries_to_confirm = []

    def contact_on(order_id: str) -> Contact:
        contact, entry = reconciler.contact_on(order_id, before)
        if entry:
            entries_to_confirm.append(entry)
        return contact

    expected = _expected_customer(before, facts, moment, contact_on)
    differences = _customer_differences(before, expected, moment)
    if not (differences and repair):
        return differences
    leads_on = (before.segment, before.custom_segments) != (
        expected.segment,
        expected.custom_segments,
    )
    if leads_on or again:
        # The next transition goes on from where the last one went, whatever the document says.
        before = as_recorded(before, store.transitions_of(id))
    customer_now, transitions = age(before, moment, moment.now)
    repaired_customer = replace(
        expected,
        segment=customer_now.segment,
        segment_since=customer_now.segment_since,
        custom_segments=customer_now.custom_segments,
        last_transition_at=customer_now.last_transition_at,
        transition_count=customer_now.transition_count,
    )
    after, repairs = evaluate(repaired_customer, moment, moment.now, Cause(kind=CauseKind.REPAIR))
    commit = Commit(confirmed=entries_to_confirm, recorded_at=moment.now)
    commit.move(stored, after, transitions + repairs, moment)
    commit.counters = commit.counters.without_zeros()
    store.commit(commit)
    return differences


def _lost_customer(id: CustomerId, store: OrganizationStore) -> Customer:
    """Return a customer without a document as last recorded, so that its transitions continue."""
    transitions = store.transitions_of(id)
    version = transitions[-1].thresholds_version if transitions else None
    return as_recorded(Customer(id=id, thresholds_version=version), transitions)
