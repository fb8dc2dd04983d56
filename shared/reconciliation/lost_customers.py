"""Customers whose document is gone, deleted by hand or restored from an older backup.

Recorded transitions, the ledger and the counters still include such a customer. The customer
continues from there, and is not counted a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.orders.fact import Contact, OrderFact
from shared.reconciliation.customer_changes import CustomerChange, folded
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    CustomerId,
    Moment,
    Transition,
    evaluate,
)


def recovered(
    id: CustomerId,
    facts: Mapping[str, OrderFact],
    transitions: Sequence[Transition],
    moment: Moment,
) -> Customer:
    """Return the customer as last counted, from the counted orders and the transitions.

    Taken to be under the rules in force, as all customers are but for minutes. Without contact,
    which neither holds: the latest order has it.
    """
    changes = [
        CustomerChange(order_id=order_id, old=None, new=fact, contact=Contact())
        for order_id, fact in facts.items()
    ]
    fresh = folded(Customer(id=id), changes, moment)
    customer = as_recorded(
        replace(
            fresh,
            segment=None,
            rule=None,
            segment_since=None,
            custom_segments=(),
            last_transition_at=None,
            next_transition_at=None,
            transition_count=0,
        ),
        transitions,
    )
    if customer.last_transition_at is None:
        return customer
    again = Cause(kind=CauseKind.REPAIR)
    customer_now, differing = evaluate(customer, moment, customer.last_transition_at, again)
    # Where orders have changed since, what is true now is found out with the next transition.
    return customer if differing else customer_now


def as_recorded(customer: Customer, transitions: Sequence[Transition]) -> Customer:
    """Return the customer in the state of the recorded transitions."""
    if not transitions:
        return customer
    last = transitions[-1]
    since = None
    members: set[str] = set()
    for transition in transitions:
        if transition.to_segment != transition.from_segment:
            since = transition.effective_at
        members = members.union(transition.entered).difference(transition.left)
    return replace(
        customer,
        segment=last.to_segment,
        segment_since=since,
        custom_segments=tuple(sorted(members)),
        last_transition_at=last.effective_at,
        transition_count=last.number,
    )
