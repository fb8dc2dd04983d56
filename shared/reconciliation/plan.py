"""Plans one atomic commit from current orders and their ledger entries. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.kernel.errors import ConflictError
from shared.orders.fact import Contact, NormalizedOrder, OrderFact
from shared.reconciliation.counters import CounterDeltas
from shared.reconciliation.customer_changes import CustomerChange, Remaining, apply_changes
from shared.reconciliation.ledger import LedgerEntry, SourceOrder, entry_for
from shared.reconciliation.ports import Commit, Stored
from shared.segments.customer import Customer, CustomerId, Moment, with_credit


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """An order as it is now and the ledger's entry for it."""

    source: SourceOrder
    stored: Stored[LedgerEntry]

    @property
    def old(self) -> OrderFact | None:
        """The fact counted before, if it counted."""
        entry = self.stored.value
        return entry.fact if entry and entry.fact and entry.fact.counted else None

    @property
    def new(self) -> OrderFact | None:
        """The fact to count now, if it counts."""
        fact = self.source.fact
        return fact if fact and fact.counted else None

    @property
    def contact(self) -> Contact:
        """Contact on the order as it is now."""
        outcome = self.source.outcome
        return outcome.contact if isinstance(outcome, NormalizedOrder) else Contact()


def is_due(change: OrderChange, seen_at: datetime | None) -> bool:
    """Whether the ledger has to be written for this order.

    An equal contribution still needs its newer version written: that write makes a slower worker
    with an older read fail. Only the very version that was counted needs nothing. A missing order
    has no version, so `seen_at`, the time of the delivered deletion, decides whether the ledger
    already knows of it (None: nothing was delivered). An order dated ahead that counts by one
    worker's clock counts for all.

    Raises ConflictError if the order read is older than what was already counted.
    """
    source, entry = change.source, change.stored.value
    exists = source.outcome is not None
    if entry is None:
        return exists or seen_at is not None
    if entry.source_version > source.version:
        raise ConflictError("The order read is older than the one that was counted.")
    same = (entry.order_exists, entry.fact, entry.rejection, entry.named) == (
        exists,
        source.fact,
        source.rejection,
        source.named,
    )
    if not same:
        return not _has_begun_to_count(entry, source)
    if exists:
        return entry.source_version != source.version
    return seen_at is not None and entry.source_version < seen_at


def _has_begun_to_count(entry: LedgerEntry, source: SourceOrder) -> bool:
    """Whether only this worker's clock says that the time of an order is still to come."""
    fact = source.fact
    return (
        fact is not None
        and fact.counts_at is not None
        and entry.source_version == source.version
        and entry.fact == replace(fact, exclusion=None)
    )


def customer_changes(changes: Sequence[OrderChange]) -> dict[CustomerId, list[CustomerChange]]:
    """The changes by the customers for whom an order counted or counts now."""
    by_customer: defaultdict[CustomerId, list[CustomerChange]] = defaultdict(list)
    for change in changes:
        old_id, new_id = customer_id(change.old), customer_id(change.new)
        for id in {id for id in (old_id, new_id) if id}:
            by_customer[id].append(
                CustomerChange(
                    order_id=change.source.order_id,
                    old=change.old if id == old_id else None,
                    new=change.new if id == new_id else None,
                    contact=change.contact if id == new_id else Contact(),
                )
            )
    return dict(by_customer)


def affecting(changes: Sequence[CustomerChange], customer: Customer) -> list[CustomerChange]:
    """Return the changes that affect any stored field of the customer."""

    def affects(change: CustomerChange) -> bool:
        if change.old != change.new:
            return True
        return customer.contact_order_id == change.order_id and customer.contact != change.contact

    return [change for change in changes if affects(change)]


def plan(
    changes: Sequence[OrderChange],
    customers: Mapping[CustomerId, Stored[Customer]],
    remaining: Mapping[CustomerId, Remaining],
    moments: Mapping[str, Moment],
    recorded_at: datetime,
) -> Commit:
    """Return one commit that brings the ledger, the customers and the counters in line with the
    orders.

    `customers` holds every customer named by `customer_changes`, `moments` one per organisation.
    """
    counters = CounterDeltas()
    commit = Commit(
        shard_key=changes[0].source.order_id if changes else "", recorded_at=recorded_at
    )
    for change in changes:
        commit.ledger.append((entry_for(change.source), change.stored.revision))
        was = change.stored.value.rejection if change.stored.value else None
        if change.source.rejection != was:
            commit.rejections[change.source.order_id] = change.source.rejection
        if change.new != change.old:
            # The new one first: of two names of a product, a change carries the first.
            for fact, sign in ((change.new, 1), (change.old, -1)):
                if fact:
                    counters.add_order(fact, sign)
    order_ids = {change.source.order_id for change in changes}
    for id, orders in customer_changes(changes).items():
        stored = customers[id]
        before = stored.value or Customer(id=id)
        affecting_orders = affecting(orders, before)
        is_recovered = stored.value is not None and stored.revision is None
        if not affecting_orders and not is_recovered:
            continue
        rest = remaining.get(id)
        if rest and rest.last_entry and rest.last_entry[0].order_id not in order_ids:
            commit.confirmed.append(rest.last_entry)
        after, transitions = apply_changes(before, affecting_orders, rest, moments[id.org_id])
        after = with_credit(after)
        commit.customers.append((after, stored.revision))
        commit.transitions += transitions
        if stored.value is None and not transitions:
            commit.without_transitions.append(id)
        counters.replace_customer(before, after)
        counters.add_transitions(transitions, moments[id.org_id].time_zone)
    commit.counters = counters.without_zeros()
    return commit


def customer_id(fact: OrderFact | None) -> CustomerId | None:
    """The customer a fact belongs to; None for an anonymous order."""
    if fact is None or fact.customer_key is None:
        return None
    return CustomerId(fact.org_id, fact.customer_key)
