"""Derived documents of a world of orders, checked against the expectation."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.orders.fact import Contact
from shared.segments.classify import OrderTotals
from shared.segments.customer import Customer, CustomerId, Transition
from tests.support.world import TIME_ZONES, Book, Erasures, Order, customer_id, fold


@dataclass
class Derived:
    """Contents of a store, for comparison with `Expected`."""

    customers: dict[CustomerId, Customer]
    days: dict[tuple[str, date], Counter[str]]
    flows: dict[tuple[str, date], Counter[str]]
    segments: dict[tuple[str, str], Counter[str]]
    custom: dict[tuple[str, str], Counter[str]]
    rules: dict[str, Counter[str]]
    totals: dict[str, Counter[str]]
    products: dict[tuple[str, date, str], int]
    transitions: list[Transition]
    rejected: set[str]


def assert_derived(
    orders: dict[str, Order],
    now: datetime,
    derived: Derived,
    books: Mapping[str, Book] | None = None,
    erasures: Erasures | None = None,
) -> None:
    """Every derived number equals the fold, and every customer's steps are an unbroken chain."""
    expected = fold(orders, now, books, erasures)
    found = {
        id: (
            customer.totals.order_count,
            customer.totals.lifetime_value_cents,
            customer.totals.first_ordered_at,
            customer.totals.last_ordered_at,
            customer.segment.value if customer.segment else None,
            customer.contact.phone or "",
            customer.custom_segments,
            customer.history,
        )
        for id, customer in derived.customers.items()
        if customer.totals.order_count
    }
    assert found == expected.customers
    for org_id, email in erasures or ():
        assert derived.customers[customer_id(org_id, email)].contact == Contact()
    for customer in derived.customers.values():
        if not customer.totals.order_count:
            assert customer.segment is None
            assert customer.next_transition_at is None
            assert customer.custom_segments == ()
            assert customer.totals == OrderTotals(
                lifetime_value_cents=expected.only_returned.pop(customer.id, 0)
            )
            assert customer.contact.email is None
    assert not expected.only_returned
    assert nonzero(derived.days) == nonzero(expected.days)
    assert nonzero(derived.segments) == nonzero(expected.segments)
    assert nonzero(derived.custom) == nonzero(expected.custom)
    assert_rules_are_counted(derived)
    assert_flows(derived)
    assert nonzero(derived.totals) == nonzero(expected.totals)
    assert {key: cents for key, cents in derived.products.items() if cents} == {
        key: cents for key, cents in expected.products.items() if cents
    }
    assert derived.rejected == {
        id
        for id, order in orders.items()
        if order.broken or (order.status == "no such status" and not order.test)
    }
    assert_chains(derived)


def assert_chains(derived: Derived) -> None:
    """Steps are numbered without gaps, each starts where the last ended, none goes back in time."""
    by_customer: defaultdict[CustomerId, list[Transition]] = defaultdict(list)
    for step in derived.transitions:
        by_customer[step.customer].append(step)
    assert by_customer.keys() <= derived.customers.keys()
    for id, customer in derived.customers.items():
        chain = sorted(by_customer[id], key=lambda step: step.number)
        assert [step.number for step in chain] == list(range(1, len(chain) + 1))
        assert customer.transition_count == len(chain)
        segment, since, at = None, None, None
        members: set[str] = set()
        for step in chain:
            assert step.from_segment == segment
            assert step.to_segment != segment or step.entered or step.left
            assert members.isdisjoint(step.entered)
            assert members.issuperset(step.left)
            assert at is None or step.effective_at >= at
            at = step.effective_at
            since = at if step.to_segment != segment else since
            segment = step.to_segment
            members = members.union(step.entered).difference(step.left)
        assert customer.segment == segment
        assert customer.segment_since == since
        assert customer.last_transition_at == at
        assert set(customer.custom_segments) == members


def assert_rules_are_counted(derived: Derived) -> None:
    """Every customer in a segment is counted once, under the rules it was evaluated under."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for id, customer in derived.customers.items():
        if customer.segment:
            key = f"{customer.thresholds_version}.{customer.rules_revision}"
            counted[id.org_id][key] += 1
    assert nonzero(derived.rules) == nonzero(counted)


def assert_flows(derived: Derived) -> None:
    """The steps of each day, added up."""
    flows: defaultdict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for step in derived.transitions:
        org = step.customer.org_id
        day = flows[org, step.effective_at.astimezone(ZoneInfo(TIME_ZONES[org])).date()]
        if step.from_segment != step.to_segment:
            day[f"{step.from_segment or 'none'}>{step.to_segment or 'none'}"] += 1
        day.update(f"none>{id}" for id in step.entered)
        day.update(f"{id}>none" for id in step.left)
    assert nonzero(derived.flows) == nonzero(flows)


def nonzero(counts: Any) -> dict[Any, dict[str, int]]:
    kept = {key: {k: v for k, v in values.items() if v} for key, values in counts.items()}
    return {key: values for key, values in kept.items() if values}
