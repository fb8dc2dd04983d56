"""Erase a person: the identity of a customer goes, the purchases stay.

The customer's document keeps its numbers and the instant of its erasure. From then on no contact is
stored in it, and orders whose documents are created later belong to no customer: they count toward
revenue, but toward no customer. Earlier orders remain the customer's, so no number changes. Both
follow from the stored document and the orders alone, so events, backfill, rebuild and audit agree,
in whatever sequence they run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.kernel.retries import retry_conflicts
from shared.orders.fact import Contact, NormalizedOrder, OrderFact
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.lost_customers import recovered
from shared.reconciliation.ports import Commit, LedgerStore, Stored
from shared.segments.crm_profile import NO_PROFILE
from shared.segments.customer import Cause, CauseKind, Customer, CustomerId, Moment, age, evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Outcome of an erasure."""

    erased_at: datetime
    """By the database's clock. Orders created later belong to no customer."""
    already: bool
    """Whether the customer had been erased before, so that nothing was written."""
    order_count: int
    """Counted orders that stay with the customer."""


def as_erased(source: SourceOrder, erased_keys: Mapping[CustomerId, datetime]) -> SourceOrder:
    """Return an order as it counts after the erasure of some customers, each at an instant."""
    outcome = source.outcome
    if not isinstance(outcome, NormalizedOrder) or outcome.fact.customer_key is None:
        return source
    erased_at = erased_keys.get(CustomerId(outcome.fact.org_id, outcome.fact.customer_key))
    if erased_at is None:
        return source
    fact: OrderFact = outcome.fact
    if source.created_at is None or source.created_at > erased_at:
        fact = replace(fact, customer_key=None)
    return replace(source, outcome=replace(outcome, fact=fact, contact=Contact()))


def erase(
    id: CustomerId, store: LedgerStore, moment_for: Callable[[Customer], Moment]
) -> Erasure | None:
    """Erase a customer; None if neither a document nor the ledger knows one.

    `moment_for` returns the evaluation context for a customer just read. Erasing twice changes
    nothing. A concurrent reconciliation finds the document changed and counts the order again,
    without contact. Raises ContentionError after too many conflicts.
    """
    return retry_conflicts(lambda: _erase(id, store, moment_for), what="a customer")


def _erase(
    id: CustomerId, store: LedgerStore, moment_for: Callable[[Customer], Moment]
) -> Erasure | None:
    documents = store.read([], [], [id])
    stored = documents.customers[id]
    before = stored.value
    moment = moment_for(before or Customer(id=id))
    if before is None:
        facts, transitions = store.customer_facts(id), store.transitions_of(id)
        if not facts and not transitions:
            return None
        before = recovered(id, facts, transitions, moment)
    if before.erased_at is not None:
        return Erasure(
            erased_at=before.erased_at, already=True, order_count=before.totals.order_count
        )
    customer_now, transitions_of_time = age(before, moment, moment.now)
    nameless = replace(
        customer_now, contact=Contact(), profile=NO_PROFILE, erased_at=documents.read_at
    )
    # Conditions may ask whether there is an address or a number, and what the profile says.
    after, transitions_of_erasure = evaluate(
        nameless, moment, moment.now, Cause(kind=CauseKind.ERASURE)
    )
    commit = Commit(recorded_at=moment.now)
    commit.move(
        Stored(before, stored.revision),
        after,
        [*transitions_of_time, *transitions_of_erasure],
        moment,
    )
    commit.counters = commit.counters.without_zeros()
    store.commit(commit)
    return Erasure(erased_at=documents.read_at, already=False, order_count=after.totals.order_count)
