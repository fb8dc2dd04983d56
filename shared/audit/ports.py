"""What an audit works on."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.audit.findings import BusyCustomer
from shared.nightly.question import ComputedOrganization, Row
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.ports import OrganizationStore, RawOrder, StoredCounters
from shared.segments.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDocument:
    """A ledger entry as it is stored, or that there is none."""

    order_id: str
    name: str
    """Full name of the document."""
    read_at: datetime
    """When it was read, by the database's clock."""
    written_at: datetime | None
    """When it was last written, by the same clock; None where there is no document."""
    entry: LedgerEntry | None
    data: str | None
    """The document as the export has it: JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEntry:
    """The newest row of the export for a ledger entry that it says there is."""

    order_id: str
    timestamp: datetime
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedChange:
    """A row to add to the export: what a document says as of an instant; None: that it is gone."""

    order_id: str
    name: str
    timestamp: datetime
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCustomer:
    """What an audit looks at of a customer: nothing personal."""

    customer_key: str
    order_count: int
    lifetime_value_cents: int
    first_ordered_at: datetime | None
    last_ordered_at: datetime | None
    first_local_date: date | None
    segment: Segment | None
    custom_segments: tuple[str, ...]
    rules: str
    """Names the rules that the customer was last evaluated under."""
    next_transition_at: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Whether time has moved the customer on, and nobody has written it yet."""
        return self.next_transition_at is not None and self.next_transition_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedState(StoredCounters):
    """An organisation's customers, steps and counters, read at one instant."""

    read_at: datetime
    """The instant, by the database's clock."""
    customers: Mapping[str, AuditedCustomer]
    """By key."""
    flows: Mapping[date, Counter[str]]
    """The recorded steps, added up by the day of each; see `shared.analytics.flows`."""
    members: Mapping[str, frozenset[str]]
    """The custom segments that the recorded steps have led each customer into, by key."""


class AuditStore(OrganizationStore, Protocol):
    """Orders, and everything derived from them in the database."""

    def now(self) -> datetime:
        """The database's clock."""
        ...

    def orders(self, org_id: str) -> Iterator[RawOrder]:
        """Every order that names the organisation; some may turn out to belong to another."""
        ...

    def existed(self, order_ids: Sequence[str], at: datetime) -> Collection[str]:
        """Those of some orders that there were at an instant, or 50 minutes ago if that is later.

        Nothing is known of what was earlier.
        """
        ...

    def ledger(self, org_id: str, at: datetime | None = None) -> Iterator[LedgerDocument]:
        """Every ledger entry of the organisation, in pages; `at` one instant where it is given."""
        ...

    def ledger_documents(self, order_ids: Sequence[str]) -> Mapping[str, LedgerDocument]:
        """Ledger entries by id, those that there are not included."""
        ...

    def audited(self, org_id: str, time_zone: ZoneInfo) -> AuditedState:
        """Customers, steps and counters."""
        ...


class AuditWarehouse(Protocol):
    """The export, and what SQL makes of it."""

    def exported(self, org_id: str) -> Iterator[ExportedEntry]:
        """What the export said of every order of the organisation at the last refresh."""
        ...

    def exported_orders(self, org_id: str, order_ids: Sequence[str]) -> Iterator[ExportedEntry]:
        """The same of some orders."""
        ...

    def put(self, changes: Sequence[ExportedChange]) -> None:
        """Add rows to the export."""
        ...

    def refresh_facts(self) -> None:
        """Make the typed tables anew from the export."""
        ...

    def customers(self, organization: ComputedOrganization, now: datetime) -> Iterator[Row]:
        """Rows of `audit_customers.sql`."""
        ...

    def busy_customers(self, org_id: str) -> list[BusyCustomer]:
        """Customers with more counted orders on a day than one person places, the most first."""
        ...

    def days(self, organization: ComputedOrganization) -> Iterator[Row]:
        """Rows of `audit_days.sql`."""
        ...
