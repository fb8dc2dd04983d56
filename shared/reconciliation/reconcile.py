"""Reconcile orders: read the current state, and commit the difference to the counted one.

Nothing is applied twice and nothing is lost, whatever happens around it:

* a repeated or late delivery finds no difference;
* two workers on the same documents: the slower one's preconditions fail, it reads again;
* a commit that took effect although its caller saw an error: the retry finds no difference;
* a worker that read an order before it changed and changed back: the ledger's source version was
  rewritten meanwhile, so its precondition fails (see `plan.is_due`).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from threading import RLock

from shared.kernel.clock import Clock, utc_now
from shared.kernel.errors import AlreadyExistsError, ConflictError, UnstorableError
from shared.kernel.retries import paced, retry_conflicts
from shared.orders.fact import Contact, NormalizedOrder, Rejection, RejectionCode
from shared.orders.identity import CustomerKeyer, identity_of
from shared.orders.normalize import normalize
from shared.orders.organization import claimed_organization, organization_names
from shared.reconciliation.customer_changes import CustomerChange, Remaining, needs_remaining
from shared.reconciliation.erasure import as_erased
from shared.reconciliation.ledger import LedgerEntry, SourceOrder
from shared.reconciliation.lost_customers import as_recorded, recovered
from shared.reconciliation.plan import (
    OrderChange,
    affecting,
    customer_changes,
    customer_id,
    is_due,
    plan,
)
from shared.reconciliation.ports import (
    Commit,
    LedgerStore,
    Organizations,
    RawOrder,
    ReadResult,
    Stored,
)
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, CustomerId, Moment

MAX_WAIT_SECONDS = 4.0
"""With as many attempts as there may be, still within the time that an event may take."""
TURNS = 1024
"""Locks that the customers share."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    number: int
    something_existed: bool
    """The previous attempt tried to create what exists: perhaps a transition of a customer whose
    document is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Outcome of a call."""

    orders_written: int
    """Ledger entries written; 0 for a duplicate."""
    customers_written: int
    transitions: int
    rejections: Mapping[str, Rejection | None]
    """Reports written (or, None, removed), by order id."""
    warnings: Mapping[str, frozenset[str]]
    """Codes of what could not be used of an order, by order id."""
    attempts: int
    customers: tuple[Customer, ...] = ()
    """Current customers of the orders."""


class Reconciler:
    """Reconciles orders against one store."""

    def __init__(
        self,
        store: LedgerStore,
        organizations: Organizations,
        customer_key: CustomerKeyer,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        then: Callable[[Sequence[Customer]], object] = lambda customers: None,
    ) -> None:
        """`then` follows each order by itself, with the customers whom it concerns.

        It may raise, and must be repeatable.
        """
        self._then = then
        self._store = store
        self._organizations = organizations
        self._customer_key = customer_key
        self._clock = clock
        self._sleep = sleep
        self._turns: dict[int, RLock] = {}

    def reconcile(
        self,
        order_id: str,
        *,
        hints: Sequence[Mapping[str, object]] = (),
        seen_at: datetime | None = None,
    ) -> Reconciled:
        """Bring everything derived from one order up to date with it.

        `hints` are contents the order had at some time, such as those in the event being handled:
        they save a read if the customer is the same. `seen_at` is the time of that event.

        An order that the database cannot store is reported instead of counted. Raises
        ContentionError after too many conflicts, and whatever else the store raises.
        """
        likely = {id for id in (self._likely_customer(order_id, data) for data in hints) if id}

        def attempt(this: _Attempt) -> Reconciled:
            documents = self._store.read([order_id], [order_id], sorted(likely))
            return self._apply(
                [self.normalized(documents.orders[order_id])], documents, seen_at, this
            )

        def reported_instead(this: _Attempt) -> Reconciled:
            documents = self._store.read([order_id], [order_id], sorted(likely))
            source = self.normalized(documents.orders[order_id])
            rejection = Rejection(
                code=RejectionCode.DOCUMENT_TOO_LARGE,
                field="",
                org_id=source.fact.org_id if source.fact else None,
            )
            source = replace(source, outcome=rejection)
            return self._apply([source], documents, seen_at, this)

        with self._turn(min(likely, default=None)):
            try:
                outcome = self._with_retries(attempt)
            except UnstorableError:
                outcome = self._with_retries(reported_instead)
        self._then(outcome.customers)
        return outcome

    def reconcile_all(self, sources: Sequence[SourceOrder]) -> Reconciled:
        """The same for many orders at once, already read, in one commit.

        Only as many as one commit can hold. If any of them turns out to have changed since it was
        read, all are read again. Raises UnstorableError if one of them cannot be stored.
        """
        ids = [source.order_id for source in sources]
        likely = {id for id in (customer_id(source.fact) for source in sources) if id}

        def attempt(this: _Attempt) -> Reconciled:
            documents = self._store.read([] if this.number == 1 else ids, ids, sorted(likely))
            fresh = [self.normalized(documents.orders[id]) for id in ids if id in documents.orders]
            return self._apply(fresh or sources, documents, None, this)

        return self._with_retries(attempt)

    def _turn(self, customer: CustomerId | None) -> AbstractContextManager[object]:
        """Serialise the orders of one customer here instead of failing at the commit.

        This spares work among the threads of one instance; correctness does not rest on it.
        """
        if not customer:
            return nullcontext()
        return self._turns.setdefault(hash(customer) % TURNS, RLock())

    def _with_retries(self, attempt: Callable[["_Attempt"], Reconciled]) -> Reconciled:
        this = _Attempt(1, something_existed=False)

        def once() -> Reconciled:
            nonlocal this
            try:
                return attempt(this)
            except ConflictError as conflict:
                existed = isinstance(conflict, AlreadyExistsError)
                this = _Attempt(this.number + 1, something_existed=existed)
                raise

        return retry_conflicts(once, sleep=self._sleep, wait=paced(MAX_WAIT_SECONDS))

    def _apply(
        self,
        sources: Sequence[SourceOrder],
        documents: ReadResult,
        seen_at: datetime | None,
        attempt: "_Attempt",
    ) -> Reconciled:
        customers = dict(documents.customers)
        self._read_too({customer_id(source.fact) for source in sources}, customers)
        erased_ids = _erasure_times(customers)
        changes = [
            OrderChange(
                source=as_erased(source, erased_ids), stored=documents.ledger[source.order_id]
            )
            for source in sources
        ]
        changes = [change for change in changes if is_due(change, seen_at)]
        by_customer = customer_changes(changes)
        self._read_too(by_customer.keys(), customers)
        now = self._clock()
        moments = self._moments(by_customer, customers, now)
        for id, theirs in by_customer.items():
            if attempt.something_existed or _may_be_lost(customers[id], theirs):
                customers[id] = self._recovered(id, customers[id], moments[id.org_id])
        commit = plan(changes, customers, self._remaining(by_customer, customers), moments, now)
        if not commit.is_empty:
            self._store.commit(commit)
        return Reconciled(
            orders_written=len(commit.ledger),
            customers_written=len(commit.customers),
            transitions=len(commit.transitions),
            rejections=commit.rejections,
            warnings={
                entry.order_id: entry.fact.warning_codes
                for entry, _ in commit.ledger
                if entry.fact and entry.fact.warnings
            },
            attempts=attempt.number,
            customers=_as_they_are(customers, commit),
        )

    def _read_too(
        self, ids: Iterable[CustomerId | None], customers: dict[CustomerId, Stored[Customer]]
    ) -> None:
        """Read the customers that are not among those read."""
        unread_ids = sorted({id for id in ids if id} - customers.keys())
        if unread_ids:
            customers.update(self._store.read([], [], unread_ids).customers)

    def _recovered(
        self, id: CustomerId, stored: Stored[Customer], moment: Moment
    ) -> Stored[Customer]:
        """The customer that recorded transitions and the ledger imply, if the document lacks them.

        Read after the customer, as in `_remaining`. Costs a query; where the document is gone, one
        read per transition and per counted order, and two more.
        """
        transitions = self._store.transitions_of(id)
        if stored.value is None:
            facts = self._store.customer_facts(id)
            if transitions or facts:
                customer = recovered(id, facts, transitions, moment)
                if customer.contact_order_id:
                    contact, _ = self.contact_on(customer.contact_order_id, customer)
                    customer = replace(customer, contact=contact)
                return replace(stored, value=customer)
        elif transitions and transitions[-1].number > stored.value.transition_count:
            return replace(stored, value=as_recorded(stored.value, transitions))
        return stored

    def _remaining(
        self,
        by_customer: Mapping[CustomerId, Sequence[CustomerChange]],
        customers: Mapping[CustomerId, Stored[Customer]],
    ) -> dict[CustomerId, Remaining]:
        """Return the ledger's sums for customers whose first or last order goes away.

        Read after the customers: any other change to their orders changes the customer document
        too, so the precondition on that document covers these reads.
        """
        remaining = {}
        for id, changes in by_customer.items():
            customer = customers[id].value
            affected = affecting(changes, customer) if customer else []
            if customer and needs_remaining(customer, affected):
                excluded_ids = {change.order_id for change in affected}
                neighbors = self._store.neighbors(id, excluded_ids)
                last = neighbors.last
                contact, entry = Contact(), None
                if last:
                    contact, entry = self.contact_on(last.order_id, customer)
                remaining[id] = Remaining(
                    neighbors=neighbors, last_contact=contact, last_entry=entry
                )
        return remaining

    def contact_on(
        self, order_id: str, customer: Customer
    ) -> tuple[Contact, tuple[LedgerEntry, object] | None]:
        """Return a customer's contact on an order, and the ledger entry that a commit must confirm.

        An edit of only the contact changes only the ledger, so the entry detects it. An order that
        has moved to another customer since it was counted yields no contact: its own event is still
        to come. An erased customer has no contact.
        """
        if customer.erased_at is not None:
            return Contact(), None
        documents = self._store.read([order_id], [order_id], [])
        source, stored = self.normalized(documents.orders[order_id]), documents.ledger[order_id]
        entry = (stored.value, stored.revision) if stored.value else None
        if isinstance(source.outcome, NormalizedOrder) and customer_id(source.fact) == customer.id:
            return source.outcome.contact, entry
        return Contact(), entry

    def _moments(
        self,
        ids: Iterable[CustomerId],
        customers: Mapping[CustomerId, Stored[Customer]],
        now: datetime,
    ) -> dict[str, Moment]:
        """Return the evaluation contexts of the customers' organisations."""
        by_organization: defaultdict[str, list[Customer | None]] = defaultdict(list)
        for id in ids:
            by_organization[id.org_id].append(customers[id].value)
        return {
            org_id: settings_for(self._organizations, org_id, theirs).moment(now)
            for org_id, theirs in by_organization.items()
        }

    def normalized(self, order: RawOrder) -> SourceOrder:
        """An order as read, in the form in which it is counted."""
        outcome: NormalizedOrder | Rejection | None = None
        if order.data is not None:
            claim = claimed_organization(order.data)
            if isinstance(claim, Rejection):
                outcome = claim
            else:
                org_id = self._organizations.resolve(claim.id)
                settings = self._organizations.settings(org_id)
                outcome = normalize(
                    order.order_id,
                    order.data,
                    org_id=org_id,
                    time_zone=settings.time_zone,
                    customer_key=self._customer_key,
                    placeholders=settings.placeholders,
                    written_at=order.version,
                    now=self._clock(),
                    policy=settings.orders,
                )
        return SourceOrder(
            order_id=order.order_id,
            version=order.version,
            created_at=order.created_at,
            outcome=outcome,
            named=organization_names(order.data),
        )

    def _likely_customer(self, order_id: str, data: Mapping[str, object]) -> CustomerId | None:
        claim = claimed_organization(data)
        if isinstance(claim, Rejection):
            return None
        org_id = self._organizations.resolve(claim.id)
        identity = identity_of(order_id, data, self._organizations.settings(org_id).placeholders)
        if identity is None:
            return None
        return CustomerId(org_id, self._customer_key(org_id, identity))


def _as_they_are(
    documents: Mapping[CustomerId, Stored[Customer]], commit: Commit
) -> tuple[Customer, ...]:
    customers = {id: stored.value for id, stored in documents.items() if stored.value}
    return tuple((customers | {customer.id: customer for customer, _ in commit.customers}).values())


def _erasure_times(customers: Mapping[CustomerId, Stored[Customer]]) -> dict[CustomerId, datetime]:
    return {
        id: stored.value.erased_at
        for id, stored in customers.items()
        if stored.value and stored.value.erased_at
    }


def _may_be_lost(stored: Stored[Customer], changes: Sequence[CustomerChange]) -> bool:
    """Whether a customer without a document may have had one.

    An order counted for them before, or only returns count now. A return takes no transition, so
    its commit would not run into the transitions of a customer whose document is gone, as that of
    an order does.
    """
    return stored.value is None and (
        any(change.old is not None for change in changes)
        or not any(change.new_order for change in changes)
    )
