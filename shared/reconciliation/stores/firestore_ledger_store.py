"""The ledger store on Firestore: one batched read, one atomic batch with preconditions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from google.api_core import exceptions
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.batch import Batch
from shared.firestore.commits import commit_batch, put
from shared.firestore.keys import shard_for
from shared.firestore.snapshots import content
from shared.firestore.values import plain_instant
from shared.kernel.errors import UnstorableError
from shared.orders.fact import OrderFact
from shared.reconciliation.counters import CounterDeltas
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.ports import (
    Commit,
    Neighbors,
    OrderInstant,
    RawOrder,
    ReadResult,
    Stored,
)
from shared.reconciliation.stores.counter_documents import CounterDocuments, CounterWrite
from shared.reconciliation.stores.customer_codec import (
    customer,
    customer_document,
    transition_document,
)
from shared.reconciliation.stores.customer_codec import transition as transition_of
from shared.reconciliation.stores.ledger_codec import (
    ledger_document,
    ledger_entry,
    rejection_document,
)
from shared.reconciliation.stores.raw_orders import raw_order, readable_order
from shared.segments.customer import Customer, CustomerId, Transition

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RETURNS_PAGE = 100
"""Ledger entries read at once where the first ones turn out to be returns."""


class FirestoreLedgerStore:
    """See `shared.reconciliation.ports.LedgerStore` for what each method promises."""

    def __init__(self, client: firestore.Client, *, shards: int, shard: int | None = None) -> None:
        """An organisation's counters are spread over `shards`; a bulk job adds to one `shard`."""
        self._client = client
        self._shards = shards
        self._shard = shard
        self._counters = CounterDocuments(client)

    def read(
        self, order_ids: Sequence[str], ledger_ids: Sequence[str], customers: Sequence[CustomerId]
    ) -> ReadResult:
        """One BatchGetDocuments call."""
        try:
            return self._read(order_ids, ledger_ids, customers)
        except ValueError:
            # An order that cannot be decoded; our own documents always can.
            rest = self._read([], ledger_ids, customers)
            orders = {id: readable_order(self._client, id) for id in order_ids}
            return replace(rest, orders=orders)

    def _read(
        self, order_ids: Sequence[str], ledger_ids: Sequence[str], customers: Sequence[CustomerId]
    ) -> ReadResult:
        refs = {
            paths.ORDERS: {self._client.document(paths.ORDERS, id): id for id in order_ids},
            paths.LEDGER: {self._client.document(paths.LEDGER, id): id for id in ledger_ids},
        }
        customer_refs = {
            self._client.document(paths.customer(id.org_id, id.customer_key)): id
            for id in customers
        }
        orders: dict[str, RawOrder] = {}
        ledger: dict[str, Stored[LedgerEntry]] = {}
        states: dict[CustomerId, Stored[Customer]] = {}
        references = [*refs[paths.ORDERS], *refs[paths.LEDGER], *customer_refs]
        read_at = EPOCH
        for snapshot in self._client.get_all(references) if references else ():
            read_at = max(read_at, plain_instant(snapshot.read_time))
            collection = snapshot.reference.parent.id
            if collection == paths.ORDERS:
                orders[snapshot.id] = raw_order(snapshot)
                continue
            data = snapshot.to_dict()
            if collection == paths.LEDGER:
                entry = ledger_entry(snapshot.id, data) if data is not None else None
                ledger[snapshot.id] = Stored(entry, snapshot.update_time)
            else:
                state = customer(data) if data is not None else None
                states[customer_refs[snapshot.reference]] = Stored(state, snapshot.update_time)
        return ReadResult(read_at=read_at, orders=orders, ledger=ledger, customers=states)

    def neighbors(self, customer: CustomerId, excluding: Collection[str]) -> Neighbors:
        """Two queries of at most `len(excluding) + 1` documents each.

        And one for each RETURNS_PAGE returns that are nearer than any order.
        """
        return Neighbors(
            first=self._nearest(customer, excluding, firestore.Query.ASCENDING),
            last=self._nearest(customer, excluding, firestore.Query.DESCENDING),
        )

    def customer_facts(self, customer: CustomerId) -> Mapping[str, OrderFact]:
        """One query over the customer's counted orders."""
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", customer.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer.customer_key))
            .where(filter=firestore.FieldFilter("counted", "==", True))
        )
        entries = (ledger_entry(snapshot.id, content(snapshot)) for snapshot in query.stream())
        return {entry.order_id: entry.fact for entry in entries if entry.fact}

    def transitions_of(self, customer: CustomerId) -> list[Transition]:
        """One query over the customer's transitions."""
        query = self._client.collection(paths.transitions(customer.org_id)).where(
            filter=firestore.FieldFilter("customer_key", "==", customer.customer_key)
        )
        transitions = [transition_of(content(snapshot)) for snapshot in query.stream()]
        return sorted(transitions, key=lambda transition: transition.number)

    def commit(self, commit: Commit) -> None:
        """One atomic batch; once more where a document of the counters was full.

        Raises ConflictError, AlreadyExistsError, or UnstorableError if a document itself is
        too large.
        """
        if self._shard is None:
            shard = shard_for(commit.shard_key, self._shards)
        else:
            shard = str(self._shard % self._shards)

        def send(counters: Sequence[CounterWrite]) -> None:
            self._commit(commit, counters)

        try:
            self._with_room(commit.counters, shard, send)
        except exceptions.InvalidArgument as error:
            raise UnstorableError("A document is too large.") from error

    def _with_room(
        self, counters: CounterDeltas, shard: str, send: Callable[[Sequence[CounterWrite]], None]
    ) -> None:
        """Commit these changes, in documents that have room for them.

        Raises InvalidArgument where Firestore refuses the commit for another reason.
        """
        while True:
            writes = self._counters.writes(counters, shard)
            try:
                send(writes)
            except exceptions.InvalidArgument:
                # Each document that takes over has room, so this ends.
                if not self._counters.pass_over_full(writes):
                    raise
            else:
                return

    def _commit(self, commit: Commit, counters: Sequence[CounterWrite]) -> None:
        assert commit.recorded_at is not None
        batch = Batch(self._client)
        for entry, revision in [*commit.ledger, *commit.confirmed]:
            put(
                batch,
                self._client.document(paths.LEDGER, entry.order_id),
                ledger_document(entry, commit.recorded_at),
                revision=revision,
            )
        for state, revision in commit.customers:
            put(
                batch,
                self._client.document(paths.customer(state.id.org_id, state.id.customer_key)),
                customer_document(state, commit.recorded_at),
                revision=revision,
            )
        for transition in commit.transitions:
            path = paths.transition(
                transition.customer.org_id, transition.customer.customer_key, transition.number
            )
            batch.create(self._client.document(path), transition_document(transition))
        for id in commit.without_transitions:
            # Writes of a commit take effect in order: this is a precondition, and leaves nothing.
            first = self._client.document(paths.transition(id.org_id, id.customer_key, 1))
            batch.create(first, {})
            batch.delete(first)
        for order_id, rejection in commit.rejections.items():
            reference = self._client.document(paths.REJECTED, order_id)
            if rejection is None:
                batch.delete(reference)
            else:
                batch.set(reference, rejection_document(rejection, commit.recorded_at))
        for other in commit.others:
            put(
                batch,
                self._client.document(other.path),
                dict(other.fields),
                revision=other.revision,
            )
        for each in commit.raised:
            fields = {**each.fields, each.name: firestore.Maximum(each.at_least)}
            batch.set(self._client.document(each.path), fields, merge=True)
        self._add(batch, counters)
        commit_batch(batch)

    def _add(self, batch: firestore.WriteBatch, counters: Sequence[CounterWrite]) -> None:
        for write in counters:
            batch.set(self._client.document(write.path), write.document, merge=True)

    def _nearest(
        self, customer: CustomerId, excluding: Collection[str], direction: str
    ) -> OrderInstant | None:
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", customer.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer.customer_key))
            .where(filter=firestore.FieldFilter("counted", "==", True))
            .order_by("ordered_at", direction=direction)
            .order_by("__name__", direction=direction)
            .select(["ordered_at", "local_date", "amount_cents"])
        )
        limit = len(excluding) + 1
        page = list(query.limit(limit).stream())
        while True:
            for snapshot in page:
                if snapshot.id not in excluding and snapshot.get("amount_cents") >= 0:
                    ordered_at: datetime = plain_instant(snapshot.get("ordered_at"))
                    return OrderInstant(
                        order_id=snapshot.id,
                        ordered_at=ordered_at,
                        local_date=date.fromisoformat(snapshot.get("local_date")),
                    )
            if len(page) < limit:
                return None
            limit = RETURNS_PAGE
            page = list(query.start_after(page[-1]).limit(limit).stream())
