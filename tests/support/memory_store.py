"""An in-process ledger store with the same promises as the one on Firestore."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from shared.kernel.errors import AlreadyExistsError, ConflictError
from shared.orders.fact import OrderFact, Rejection
from shared.reconciliation.ageing import DueCustomer
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
from shared.reconciliation.reclassification import (
    CustomersByKey,
    Reclassification,
    after_change,
)
from shared.segments.customer import Customer, CustomerId, Transition

RECLASSIFICATION_PAGE = 2


class MemoryStore:
    """Orders, ledger, customers and counters in dictionaries, with a logical server clock."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self.orders: dict[str, tuple[dict[str, Any], datetime]] = {}
        self.created: dict[str, datetime] = {}
        self.ledger: dict[str, Stored[LedgerEntry]] = {}
        self.customers: dict[CustomerId, Stored[Customer]] = {}
        self.transitions: dict[tuple[CustomerId, int], Transition] = {}
        self.rejections: dict[str, Rejection] = {}
        self.reclassifications: dict[str, Stored[Reclassification]] = {}
        self.counters = CounterDeltas()
        self.others: dict[str, Stored[dict[str, Any]]] = {}
        self.put_off_until: dict[CustomerId, datetime] = {}
        self.writes = 0

    def tick(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return self._now

    def put_order(self, order_id: str, data: dict[str, Any]) -> datetime:
        version = self.tick()
        self.created.setdefault(order_id, version)
        self.orders[order_id] = (data, version)
        return version

    def delete_order(self, order_id: str) -> datetime:
        self.orders.pop(order_id, None)
        self.created.pop(order_id, None)
        return self.tick()

    def lose_customer(self, id: CustomerId) -> None:
        self.customers.pop(id, None)

    def order_data(self, order_id: str) -> dict[str, Any] | None:
        return self.orders[order_id][0] if order_id in self.orders else None

    def read(
        self, order_ids: Sequence[str], ledger_ids: Sequence[str], customers: Sequence[CustomerId]
    ) -> ReadResult:
        seen_at = self.tick()
        orders = {}
        for id in order_ids:
            data, version = self.orders.get(id, (None, seen_at))
            orders[id] = RawOrder(
                order_id=id, data=data, version=version, created_at=self.created.get(id)
            )
        return ReadResult(
            read_at=seen_at,
            orders=orders,
            ledger={id: self.ledger.get(id, Stored(None)) for id in ledger_ids},
            customers={id: self.customers.get(id, Stored(None)) for id in customers},
        )

    def neighbors(self, customer: CustomerId, excluding: Collection[str]) -> Neighbors:
        instants = sorted(
            (entry.fact.ordered_at, id, entry.fact.local_date)
            for id, stored in self.ledger.items()
            if (entry := stored.value)
            and entry.fact
            and entry.fact.counted
            and not entry.fact.is_return
            and id not in excluding
            and (entry.fact.org_id, entry.fact.customer_key)
            == (customer.org_id, customer.customer_key)
        )
        ends = [
            OrderInstant(order_id=id, ordered_at=at, local_date=day)
            for at, id, day in (instants[:1] + instants[-1:])
        ]
        return Neighbors(first=ends[0] if ends else None, last=ends[-1] if ends else None)

    def customer_facts(self, customer: CustomerId) -> dict[str, OrderFact]:
        return {
            id: entry.fact
            for id, stored in self.ledger.items()
            if (entry := stored.value)
            and entry.fact
            and entry.fact.counted
            and (entry.fact.org_id, entry.fact.customer_key)
            == (customer.org_id, customer.customer_key)
        }

    def transitions_of(self, customer: CustomerId) -> list[Transition]:
        numbers = sorted(number for id, number in self.transitions if id == customer)
        return [self.transitions[customer, number] for number in numbers]

    def commit(self, commit: Commit) -> None:
        pairs: list[tuple[Any, Any, Any]] = [
            *((self.ledger, entry.order_id, revision) for entry, revision in commit.ledger),
            *((self.ledger, entry.order_id, revision) for entry, revision in commit.confirmed),
            *((self.customers, state.id, revision) for state, revision in commit.customers),
            *((self.others, other.path, other.revision) for other in commit.others),
        ]
        for documents, key, revision in pairs:
            if revision is None and key in documents:
                raise AlreadyExistsError("is there")
            if documents.get(key, Stored(None)).revision != revision:
                raise ConflictError("changed since it was read")
        for step in commit.transitions:
            if (step.customer, step.number) in self.transitions:
                raise AlreadyExistsError("is there")
        if any((customer, 1) in self.transitions for customer in commit.without_transitions):
            raise AlreadyExistsError("is there")
        assert len({(id(documents), key) for documents, key, _ in pairs}) == len(pairs)
        revision = self.tick()
        for entry, _ in [*commit.ledger, *commit.confirmed]:
            self.ledger[entry.order_id] = Stored(entry, revision)
        for state, _ in commit.customers:
            before = self.customers.get(state.id, Stored(None)).value
            # However old the rules are that somebody has in memory.
            assert before is None or before.rules_revision <= state.rules_revision
            self.customers[state.id] = Stored(state, revision)
        for step in commit.transitions:
            self.transitions[step.customer, step.number] = step
        for order_id, rejection in commit.rejections.items():
            if rejection is None:
                del self.rejections[order_id]
            else:
                self.rejections[order_id] = rejection
        for (org_id, day), daily in commit.counters.daily.items():
            self.counters.day(org_id, day).add(daily)
        for org_id, counts in commit.counters.segment_counts.items():
            self.counters.counts(org_id).add(counts)
        for (org_id, campaign_id), campaign in commit.counters.campaigns.items():
            self.counters.campaign(org_id, campaign_id).add(campaign)
        for other in commit.others:
            before_write = self.others.get(other.path, Stored(None)).value or {}
            self.others[other.path] = Stored({**before_write, **other.fields}, revision)
        for each in commit.raised:
            kept = self.others.get(each.path, Stored(None)).value or {}
            highest = max(kept.get(each.name, each.at_least), each.at_least)
            raised = {**kept, **each.fields, each.name: highest}
            self.others[each.path] = Stored(raised, revision)
        self.writes += 1

    def start_reclassification(self, org_id: str, revision: int, now: datetime) -> None:
        before = self.state(org_id).value
        state = after_change(before, org_id, revision, now)
        self.reclassifications[org_id] = Stored(state, self.tick())

    def state(self, org_id: str) -> Stored[Reclassification]:
        return self.reclassifications.get(org_id, Stored(None))

    def save(self, state: Reclassification, revision: object) -> None:
        if self.reclassifications[state.org_id].revision != revision:
            raise ConflictError("changed since it was read")
        self.reclassifications[state.org_id] = Stored(state, self.tick())

    def unsettled(self) -> list[str]:
        return [
            org_id
            for org_id, stored in self.reclassifications.items()
            if stored.value and not stored.value.settled
        ]

    def count(self, org_id: str) -> int:
        return len(self._customers_of(org_id))

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        rest = [id for id in self._customers_of(org_id) if after is None or id.customer_key > after]
        page = rest[:RECLASSIFICATION_PAGE]
        if not page:
            return None
        return CustomersByKey(
            customers=[self.customers[id] for id in page],
            last_key=page[-1].customer_key,
            size=len(page),
        )

    def outdated(self, org_id: str, revision: int) -> list[CustomersByKey]:
        stored = (self.customers[id] for id in self._customers_of(org_id))
        found = [each for each in stored if each.value and each.value.rules_revision < revision]
        return [CustomersByKey(customers=found, last_key="", size=len(found))] if found else []

    def drop_zero_counters(self, org_id: str) -> None:
        counts = self.counters.counts(org_id)
        self.counters.segment_counts[org_id] = counts.without_zeros()

    def _customers_of(self, org_id: str) -> list[CustomerId]:
        return sorted(id for id in self.customers if id.org_id == org_id)

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        self.put_off_until.update({cast(CustomerId, each.place): at for each, at in customers})

    def due_orders(self, until: datetime) -> Any:
        yield [
            id
            for id, stored in self.ledger.items()
            if stored.value
            and stored.value.fact
            and stored.value.fact.counts_at
            and stored.value.fact.counts_at <= until
        ]

    def due(self, until: datetime) -> Any:
        due = [
            DueCustomer(place=stored.value.id, stored=stored)
            for stored in self.customers.values()
            if stored.value
            and stored.value.next_transition_at
            and stored.value.next_transition_at <= until
            and self.put_off_until.get(stored.value.id, until) <= until
        ]
        if due:
            yield due
