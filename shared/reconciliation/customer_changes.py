"""Effects of changed orders on their customer: sums, dates, contact and segment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.orders.fact import Contact, OrderFact
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.ports import Neighbors, OrderInstant
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    Moment,
    Transition,
    age,
    evaluate,
)
from shared.segments.history import OrderHistory, past_order


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """One order or return as it counted for a customer and as it counts now; None if it does
    not."""

    order_id: str
    old: OrderFact | None
    new: OrderFact | None
    contact: Contact
    """Contact on the order as it is now."""

    @property
    def old_order(self) -> OrderFact | None:
        """The fact counted before, unless it is a return."""
        return None if self.old is None or self.old.is_return else self.old

    @property
    def new_order(self) -> OrderFact | None:
        """The fact to count now, unless it is a return."""
        return None if self.new is None or self.new.is_return else self.new

    @property
    def leaves_its_place(self) -> bool:
        """Whether there is no longer an order at the instant at which it counted."""
        old, new = self.old_order, self.new_order
        return old is not None and (new is None or _place(new) != _place(old))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A customer's other orders, without those being changed."""

    neighbors: Neighbors
    last_contact: Contact
    """Contact on the last order in `neighbors`."""
    last_entry: tuple[LedgerEntry, object] | None
    """Ledger entry of that order and its revision: if it changes, so may the contact."""


def needs_remaining(customer: Customer, changes: Sequence[CustomerChange]) -> bool:
    """Whether the first or last order can only be determined from the customer's other orders."""
    others = customer.totals.order_count - sum(change.old_order is not None for change in changes)
    if others <= 0:
        return False
    ends = (customer.totals.first_ordered_at, customer.totals.last_ordered_at)
    return any(
        change.leaves_its_place
        and change.old is not None
        and (change.old.ordered_at in ends or change.order_id == customer.contact_order_id)
        for change in changes
    )


def apply_changes(
    customer: Customer,
    changes: Sequence[CustomerChange],
    remaining: Remaining | None,
    moment: Moment,
) -> tuple[Customer, list[Transition]]:
    """Return the customer after the changes, and the transitions made.

    Orders and returns that only continue the customer's history (added, not before anything known)
    take effect at the instant they were placed, with the transitions that time made in between. Any
    other change (an edit, a late order, a removal) takes effect now. `remaining` is required when
    `needs_remaining` says so.
    """
    if all(change.old is None for change in changes):
        customer, transitions = _continue_history(customer, changes, moment)
    else:
        customer, transitions_of_time = age(customer, moment, moment.now)
        customer = _restated(customer, changes, remaining)
        cause = Cause(kind=CauseKind.ORDER, order_id=changes[-1].order_id)
        customer, restated = evaluate(customer, moment, moment.now, cause)
        transitions = transitions_of_time + restated
    return replace(customer, revision=customer.revision + 1), transitions


def folded(blank: Customer, changes: Sequence[CustomerChange], moment: Moment) -> Customer:
    """Fold all orders into a customer without orders, as of now, without past transitions."""
    cause = Cause(kind=CauseKind.REPAIR)
    return evaluate(_restated(blank, changes, None), moment, moment.now, cause)[0]


def _continue_history(
    customer: Customer, changes: Sequence[CustomerChange], moment: Moment
) -> tuple[Customer, list[Transition]]:
    transitions: list[Transition] = []
    continues = True
    for change in sorted(changes, key=_order_place):
        assert change.new is not None
        placed_at = change.new.ordered_at
        continues = continues and _continues(customer, placed_at, moment)
        at = placed_at if continues else moment.now
        customer, transitions_of_time = age(customer, moment, at)
        customer = _with_order(customer, change, change.new)
        cause = Cause(kind=CauseKind.ORDER, order_id=change.order_id)
        customer, own_transitions = evaluate(customer, moment, at, cause)
        transitions += transitions_of_time + own_transitions
    customer, transitions_of_time = age(customer, moment, moment.now)
    return customer, transitions + transitions_of_time


def _continues(customer: Customer, placed_at: datetime, moment: Moment) -> bool:
    last, last_transition_at = customer.totals.last_ordered_at, customer.last_transition_at
    return (
        placed_at <= moment.now
        and (last is None or placed_at >= last)
        and (last_transition_at is None or placed_at >= last_transition_at)
        and (customer.thresholds_version is None or customer.is_under(moment.rules))
    )


def _with_order(customer: Customer, change: CustomerChange, fact: OrderFact) -> Customer:
    customer = _with_contact_and_categories(customer, [change], None)
    totals = replace(
        customer.totals,
        lifetime_value_cents=customer.totals.lifetime_value_cents + fact.amount_cents,
    )
    history = customer.history.plus(past_order(fact))
    if fact.is_return:
        return replace(customer, totals=totals, history=history)
    first, last = totals.first_ordered_at, totals.last_ordered_at
    first_date = customer.first_local_date
    if first is None or first_date is None or _place(fact) < (first, first_date):
        first, first_date = _place(fact)
    return replace(
        customer,
        totals=replace(
            totals,
            order_count=totals.order_count + 1,
            first_ordered_at=first,
            last_ordered_at=fact.ordered_at if last is None else max(last, fact.ordered_at),
        ),
        first_local_date=first_date,
        history=history,
    )


def _restated(
    customer: Customer, changes: Sequence[CustomerChange], remaining: Remaining | None
) -> Customer:
    customer = _with_contact_and_categories(customer, changes, remaining)
    totals = customer.totals
    olds = [change.old for change in changes if change.old]
    news = [change.new for change in changes if change.new]
    old_orders = sum(change.old_order is not None for change in changes)
    new_orders = [change.new_order for change in changes if change.new_order]
    firsts = [_place(fact) for fact in new_orders]
    lasts = [fact.ordered_at for fact in new_orders]
    if remaining is not None:
        if remaining.neighbors.first:
            firsts.append(_instant_place(remaining.neighbors.first))
        if remaining.neighbors.last:
            lasts.append(remaining.neighbors.last.ordered_at)
    elif totals.order_count > old_orders:
        if totals.first_ordered_at and customer.first_local_date:
            firsts.append((totals.first_ordered_at, customer.first_local_date))
        if totals.last_ordered_at:
            lasts.append(totals.last_ordered_at)
    first, first_date = min(firsts, default=(None, None))
    return replace(
        customer,
        totals=replace(
            totals,
            order_count=totals.order_count + len(new_orders) - old_orders,
            lifetime_value_cents=totals.lifetime_value_cents
            + sum(fact.amount_cents for fact in news)
            - sum(fact.amount_cents for fact in olds),
            first_ordered_at=first,
            last_ordered_at=max(lasts, default=None),
        ),
        first_local_date=first_date,
        history=_history(customer.history, olds, news),
    )


def _history(
    history: OrderHistory, olds: Sequence[OrderFact], news: Sequence[OrderFact]
) -> OrderHistory:
    for fact in olds:
        history = history.minus(past_order(fact))
    for fact in news:
        history = history.plus(past_order(fact))
    return history


def _with_contact_and_categories(
    customer: Customer, changes: Sequence[CustomerChange], remaining: Remaining | None
) -> Customer:
    """Apply contact and categories, which conditions read: so not before the other changes."""
    return replace(
        _with_latest_contact(customer, changes, remaining),
        category_cents=_category_cents(customer, changes),
    )


def _with_latest_contact(
    customer: Customer, changes: Sequence[CustomerChange], remaining: Remaining | None
) -> Customer:
    candidates: list[tuple[datetime, str, Contact]] = [
        (change.new_order.ordered_at, change.order_id, change.contact)
        for change in changes
        if change.new_order
    ]
    last = remaining.neighbors.last if remaining else None
    if remaining and last:
        candidates.append((last.ordered_at, last.order_id, remaining.last_contact))
    changed_ids = {change.order_id for change in changes}
    if (
        customer.contact_order_id
        and customer.contact_ordered_at
        and customer.contact_order_id not in changed_ids
    ):
        candidates.append(
            (customer.contact_ordered_at, customer.contact_order_id, customer.contact)
        )
    if not candidates:
        return replace(customer, contact=Contact(), contact_order_id=None, contact_ordered_at=None)
    ordered_at, order_id, contact = max(candidates, key=lambda candidate: candidate[:2])
    return replace(
        customer, contact=contact, contact_order_id=order_id, contact_ordered_at=ordered_at
    )


def _category_cents(
    customer: Customer, changes: Sequence[CustomerChange]
) -> tuple[tuple[str, int], ...]:
    cents = Counter(dict(customer.category_cents))
    for change in changes:
        for fact, sign in ((change.old, -1), (change.new, 1)):
            for line in fact.lines if fact else ():
                cents[line.category] += sign * line.amount_cents
    amounts = [(name, amount) for name, amount in cents.items() if amount]
    return tuple(sorted(amounts, key=lambda item: (-item[1], item[0])))


def _place(fact: OrderFact) -> tuple[datetime, date]:
    return fact.ordered_at, fact.local_date


def _instant_place(instant: OrderInstant) -> tuple[datetime, date]:
    return instant.ordered_at, instant.local_date


def _order_place(change: CustomerChange) -> tuple[datetime, str]:
    assert change.new is not None
    return change.new.ordered_at, change.order_id
