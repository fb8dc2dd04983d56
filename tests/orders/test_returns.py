"""A return as a document of its own, or as a refund on the order, has the same effect on the
customer."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.organizations.settings import StoredRules
from shared.reconciliation.reconcile import Reconciler
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Customer
from shared.segments.thresholds import Thresholds
from tests.segments.segment_strategies import MONEY, field_conditions
from tests.support.memory_store import MemoryStore
from tests.support.world import KEYER, NOW, FixedOrganizations, Order, customer_id

ORG = "org_north"
ADA = "ada@example.org"
DAYS = (0, 1, 29, 30, 31, 60, 90, 120)

orders = st.builds(
    Order,
    org=st.just(ORG),
    email=st.just(ADA),
    cents=st.sampled_from([0, 1, 999, 5000, 7500, 20_000, 60_000]),
    ordered_at=st.sampled_from(DAYS).map(lambda days: NOW - timedelta(days=days)),
    products=st.sampled_from([(), (("p1", 500),), (("p2", 900), ("p3", 100))]),
    phone=st.sampled_from(["", "555-0100"]),
)
# On windows the two may differ: the revenue falls on different days.
conditions = st.one_of(
    field_conditions(),
    st.fixed_dictionaries(
        {"event": st.sampled_from(("ordered", "did_not_order"))},
        optional={
            "atLeastTimes": st.integers(1, 3),
            "atLeastAmount": st.sampled_from(MONEY),
            "product": st.sampled_from(("p1", "p2")),
        },
    ),
)


def customer_after(orders: dict[str, Order], definitions: list[Any], random: Random) -> Customer:
    """The customer once the events of these orders have come, in any order."""
    rules = StoredRules(
        revision=1,
        thresholds=Thresholds(),
        thresholds_number=1,
        definitions={f"cs_{n}": parse_definition(tree) for n, tree in enumerate(definitions)},
    )
    store = MemoryStore()
    reconciler = Reconciler(store, FixedOrganizations(rules=rules), KEYER, clock=lambda: NOW)
    for id, order in orders.items():
        store.put_order(id, order.data())
    for id in random.sample(sorted(orders), len(orders)):
        reconciler.reconcile(id)
    actual = store.customers[customer_id(ORG, ADA)].value
    assert actual is not None
    return actual


def seen(customer: Customer) -> tuple[object, ...]:
    """Return the visible state of a customer, without the recorded path to it."""
    return (
        customer.totals,
        customer.first_local_date,
        customer.category_cents,
        customer.segment,
        customer.rule,
        customer.custom_segments,
        customer.next_transition_at if not customer.custom_segments else None,
        customer.contact,
        customer.contact_order_id,
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    placed=st.lists(orders, min_size=1, max_size=5),
    returned=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(DAYS), st.integers(1, 100))),
    definitions=st.lists(conditions, max_size=3),
    random=st.randoms(use_true_random=False),
)
def test_both_ways_of_telling_a_return_give_the_same_customer(
    placed: list[Order],
    returned: list[tuple[int, int, int]],
    definitions: list[Any],
    random: Random,
) -> None:
    refunded = {f"o{n}": order for n, order in enumerate(placed)}
    documents = dict(refunded)
    for number, (which, days, percent) in enumerate(returned):
        id = f"o{which % len(placed)}"
        order = refunded[id]
        back = order.net_cents * percent // 100
        if back:
            refunded[id] = replace(order, refunded_cents=order.refunded_cents + back)
            # Nobody is reached by what a return says.
            documents[f"r{number}"] = Order(
                org=ORG,
                email=ADA,
                cents=-back,
                ordered_at=NOW - timedelta(days=days),
                phone="555-0199",
            )

    by_refund = customer_after(refunded, definitions, random)
    by_document = customer_after(documents, definitions, random)

    assert seen(by_document) == seen(by_refund)
    assert by_document.segment is not None


@given(
    cents=st.lists(st.integers(-50_000, -1), min_size=1, max_size=4),
    void=st.booleans(),
    definitions=st.lists(conditions, max_size=3),
    random=st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_a_customer_who_only_returned_is_worth_less_than_nothing_and_is_nowhere(
    cents: list[int], void: bool, definitions: list[Any], random: Random
) -> None:
    orders_of_ada = {
        f"r{number}": Order(
            org=ORG,
            email=ADA,
            cents=each,
            ordered_at=NOW - timedelta(days=number),
            phone="555-0100",
        )
        for number, each in enumerate(cents)
    }
    if void:
        orders_of_ada["void"] = replace(orders_of_ada["r0"], cents=5000, status="canceled")

    customer = customer_after(orders_of_ada, definitions, random)

    assert customer.totals.lifetime_value_cents == sum(cents)
    assert customer.totals.order_count == 0
    assert (customer.totals.first_ordered_at, customer.totals.last_ordered_at) == (None, None)
    assert (customer.segment, customer.custom_segments) == (None, ())
    assert (customer.next_transition_at, customer.transition_count) == (None, 0)
    assert (customer.contact.phone, customer.contact_order_id) == (None, None)
