"""Ports of reconciliation: stores and types.

Every write is part of one `Commit`, which is applied as a whole or not at all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.orders.fact import OrderFact, Rejection
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.counters import (
    CampaignDelta,
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)
from shared.reconciliation.ledger import LedgerEntry
from shared.segments.customer import Customer, CustomerId, Moment, Transition, with_credit

UNREADABLE = object()
"""Placeholder for the content of a document that the client library cannot decode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOrder:
    """An order document as read; `data` is None if there is none."""

    order_id: str
    data: object
    """A map; None if there is no document, UNREADABLE where it cannot be decoded."""
    version: datetime
    """When the document was last written, or was seen to be missing."""
    created_at: datetime | None
    """When the document was created; None if it is missing."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A document as read, with the revision that a commit needs to detect changes."""

    value: T | None
    revision: object = None
    """Opaque; None if there was no document, which then must still not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """Documents read at one instant, by their ids."""

    read_at: datetime
    """The instant, by the database's clock."""

    orders: Mapping[str, RawOrder]
    ledger: Mapping[str, Stored[LedgerEntry]]
    customers: Mapping[CustomerId, Stored[Customer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInstant:
    """One counted order of a customer and when it was."""

    order_id: str
    ordered_at: datetime
    local_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbors:
    """A customer's first and last counted orders, leaving some out; None if none is left.

    Returns are no orders.
    """

    first: OrderInstant | None
    last: OrderInstant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWrite:
    """Fields to write to a document that reconciliation does not interpret."""

    path: str
    fields: Mapping[str, Any]
    revision: object
    """Revision of the document as read; None if there was none, which must still hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMaximum:
    """A number to raise in such a document, read or not and there or not."""

    path: str
    name: str
    at_least: int
    fields: Mapping[str, Any]
    """Fields that it has in any case."""


@dataclass(slots=True, kw_only=True)
class Commit:
    """Writes that take effect together, or not at all if anything read has changed since."""

    ledger: list[tuple[LedgerEntry, object]] = field(default_factory=list)
    """Entries with the revision they replace."""
    customers: list[tuple[Customer, object]] = field(default_factory=list)
    """Customers with the revision they replace."""
    transitions: list[Transition] = field(default_factory=list)
    without_transitions: list[CustomerId] = field(default_factory=list)
    """Customers who must have no recorded transition, and make none in this commit."""
    counters: CounterDeltas = field(default_factory=CounterDeltas)
    confirmed: list[tuple[LedgerEntry, object]] = field(default_factory=list)
    """Entries that must not change meanwhile, with their revision: rewritten unchanged."""
    rejections: dict[str, Rejection | None] = field(default_factory=dict)
    """Reports to write, or to remove (None), by order id."""
    others: list[OtherWrite] = field(default_factory=list)
    """Documents of other capabilities that must change in the same commit."""
    raised: list[FieldMaximum] = field(default_factory=list)
    shard_key: str = ""
    """Selects the shard of each counter that the changes are added to."""
    recorded_at: datetime | None = None

    def move(
        self,
        stored: Stored[Customer],
        after: Customer,
        transitions: Sequence[Transition],
        moment: Moment,
    ) -> None:
        """Add the write of a stored customer after some transitions."""
        before = stored.value or Customer(id=after.id)
        after = with_credit(after)
        self.customers.append((replace(after, revision=before.revision + 1), stored.revision))
        self.transitions += transitions
        self.counters.replace_customer(before, after)
        self.counters.add_transitions(transitions, moment.time_zone)
        self.shard_key = after.id.customer_key

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.ledger or self.customers or self.others or self.raised)


class LedgerStore(Protocol):
    """Orders, ledger, customers and counters."""

    def read(
        self, order_ids: Sequence[str], ledger_ids: Sequence[str], customers: Sequence[CustomerId]
    ) -> ReadResult:
        """Read orders, ledger entries and customers in one call."""
        ...

    def neighbors(self, customer: CustomerId, excluding: Collection[str]) -> Neighbors:
        """First and last counted order of a customer in the ledger, leaving out some orders."""
        ...

    def customer_facts(self, customer: CustomerId) -> Mapping[str, OrderFact]:
        """The counted orders of one customer in the ledger, by order id."""
        ...

    def transitions_of(self, customer: CustomerId) -> Sequence[Transition]:
        """Every transition of a customer, by number."""
        ...

    def commit(self, commit: Commit) -> None:
        """Apply all writes; transitions are created, never replaced.

        Raises ConflictError, with nothing written, on a changed document, and AlreadyExistsError
        where one to create, or a transition that must not be, is there.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCounters:
    """The counters of an organisation, read at one instant."""

    days: Mapping[date, DailyDelta]
    """All documents of each day added up."""
    counts: SegmentCountsDelta
    """All shards added up."""
    campaigns: Mapping[str, CampaignDelta]
    """The same of each campaign, by id."""


class OrganizationStore(LedgerStore, Protocol):
    """A ledger store that also reads one organisation as a whole."""

    def reports(self, org_id: str) -> Mapping[str, Rejection]:
        """Every rejected-order report of an organisation, by order id."""
        ...

    def erased(self, org_id: str) -> Mapping[CustomerId, datetime]:
        """The erased customers of an organisation, and when each was erased."""
        ...

    def adjust(self, org_id: str, counters: CounterDeltas) -> None:
        """Add to the counters."""
        ...


class Organizations(Protocol):
    """The alias table and the organisations' settings."""

    def resolve(self, claimed_id: str) -> str:
        """The organisation behind an id found on an order; the id itself where it is no alias."""
        ...

    def settings(self, org_id: str) -> OrganizationSettings:
        """Settings in force; at most as old as the directory's refresh interval."""
        ...

    def refreshed(self, org_id: str) -> OrganizationSettings:
        """Settings in force, read now."""
        ...
