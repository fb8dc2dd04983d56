"""Ports of an audit: stores and types."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.audit.count_comparison import Counts
from shared.audit.findings import BusyCustomer, OrderFinding
from shared.audit.sums import LedgerSums, StoredSums, Sum
from shared.nightly.question import ComputedOrganization, Row
from shared.predictions.prediction import Prediction
from shared.reconciliation.counters import DailyDelta
from shared.reconciliation.id_range import EVERY_ID, IdRange
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.ports import OrganizationStore, RawOrder, StoredCounters
from shared.segments.credit import Credit, CreditedDay
from shared.segments.segment import Segment
from shared.segments.touch import Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDocument:
    """A ledger entry as it is stored; `entry` is None if there is none."""

    order_id: str
    name: str
    """Full name of the document."""
    read_at: datetime
    """Read time, by the database's clock."""
    written_at: datetime | None
    """Time of the last write, by the same clock; None if there is no document."""
    entry: LedgerEntry | None
    data: str | None
    """The document as the export has it: JSON."""

    @property
    def org_id(self) -> str | None:
        """The organisation that it is counted for, or reported to."""
        outcome = self.entry and (self.entry.fact or self.entry.rejection)
        return outcome.org_id if outcome else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEntry:
    """The newest exported row of an existing ledger entry."""

    order_id: str
    timestamp: datetime
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedChange:
    """A row to add to the export: a document as of an instant; None if it is deleted."""

    order_id: str
    name: str
    timestamp: datetime
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """Local days of orders; of two None, those without a day."""

    first: date | None
    """None for no bound."""
    end: date | None
    """The day after the last one; None for no bound."""


UNDATED = DayRange(first=None, end=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """Values that SQL derived from an organisation's part of the export, in the tables of the
    night."""

    sums: LedgerSums = LedgerSums(counted=Sum(), others=Sum())
    """Only the sums of counted entries and of others."""
    customers: int = 0
    """Customers with an order."""
    first_day: date | None = None
    """Of a counted order or return."""
    findings: Sequence[OrderFinding] = ()
    busy_customers: Sequence[BusyCustomer] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCustomer:
    """A customer as an audit sees it: nothing personal."""

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
    prediction: Prediction | None = None
    touches: tuple[Touch, ...] = ()
    credits: tuple[tuple[CreditedDay, Credit], ...] = ()
    is_miscredited: bool = False
    """Whether `credits` is not what the touches and the history in the document make."""

    def is_due(self, now: datetime) -> bool:
        """Whether the customer's next transition is due and not written yet."""
        return self.next_transition_at is not None and self.next_transition_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedState(StoredCounters):
    """An organisation's transitions and counters, read at one instant."""

    read_at: datetime
    """The instant, by the database's clock."""
    flows: Mapping[date, Counter[str]]
    """The recorded transitions, added up by the day of each; see `shared.reconciliation.flows`."""
    members: Mapping[str, frozenset[str]]
    """The custom segments that the recorded transitions have led each customer into, by key."""


class AuditStore(OrganizationStore, Protocol):
    """Orders, and everything derived from them in the database."""

    def now(self) -> datetime:
        """The database's clock."""
        ...

    def names(self, org_id: str) -> Sequence[str]:
        """Return all names of the organisation on orders."""
        ...

    def orders(
        self, names: Sequence[str], ids: IdRange = EVERY_ID, *, at_most: int | None = None
    ) -> Iterator[RawOrder]:
        """The first orders of a range with one of these names; some may belong to another one."""
        ...

    def recent_orders(self, names: Sequence[str], since: datetime) -> Iterator[RawOrder]:
        """Orders that say they were created or changed since an instant."""
        ...

    def counts(self, names: Sequence[str], at: datetime) -> Counts:
        """Counts of orders and their ledger entries as of an instant of the last hour."""
        ...

    def ledger_sums(self, org_id: str, at: datetime) -> LedgerSums:
        """The ledger added up as of an instant of the last hour."""
        ...

    def ledger_sums_of(self, org_id: str, days: DayRange, at: datetime) -> LedgerSums:
        """Return the sums of some days; only of counted entries and of others."""
        ...

    def stored_sums(
        self, org_id: str, custom_ids: Collection[str], at: datetime, *, overdue_since: datetime
    ) -> StoredSums:
        """Customers and counters added up as of an instant of the last hour."""
        ...

    def existed(self, order_ids: Sequence[str], at: datetime) -> Collection[str]:
        """Return which of some orders existed at an instant, or 50 minutes ago if that is later.

        Earlier instants are unknown.
        """
        ...

    def ledger(
        self, org_id: str, at: datetime | None = None, *, ids: IdRange = EVERY_ID
    ) -> Iterator[LedgerDocument]:
        """The organisation's ledger entries in a range, as of one instant where it is given."""
        ...

    def ledger_of_days(self, org_id: str, days: DayRange) -> Iterator[LedgerDocument]:
        """Entries of some days."""
        ...

    def ledger_since(self, org_id: str, since: datetime, at: datetime) -> Iterator[LedgerDocument]:
        """Entries that count a version of their order from after an instant."""
        ...

    def ledger_documents(self, order_ids: Sequence[str]) -> Mapping[str, LedgerDocument]:
        """Ledger entries by id, missing ones included."""
        ...

    def audited(self, org_id: str, time_zone: ZoneInfo) -> AuditedState:
        """Transitions and counters."""
        ...

    def audited_customers(
        self, org_id: str, keys: IdRange, at: datetime
    ) -> Iterator[AuditedCustomer]:
        """Customers of a range of keys, in their order."""
        ...

    def arrivals(
        self,
        org_id: str,
        custom_ids: Collection[str],
        since: datetime,
        until: datetime,
        at: datetime,
    ) -> Counter[str]:
        """Transitions recorded in a time, without its end, as `ends_of_flows` adds up their flows.

        Of these custom segments alone.
        """
        ...

    def audited_days(
        self, org_id: str, days: Sequence[date], at: datetime
    ) -> Mapping[date, DailyDelta]:
        """The counters of some days."""
        ...


class AuditWarehouse(Protocol):
    """The export, and SQL on it."""

    def summary(self, org_id: str) -> ExportSummary:
        """Return the summary of the organisation in the tables."""
        ...

    def sums_of_months(self, org_id: str) -> Mapping[date | None, LedgerSums]:
        """Its sums by the first day of each month; None for entries without a day."""
        ...

    def exported(
        self, org_id: str, ids: IdRange = EVERY_ID, order_ids: Sequence[str] = ()
    ) -> Iterator[ExportedEntry]:
        """Yield the exported entries of a range of orders, and of some others, as of the tables.

        Each once.
        """
        ...

    def exported_orders(self, org_id: str, order_ids: Sequence[str]) -> Iterator[ExportedEntry]:
        """The same of some orders."""
        ...

    def exported_days(self, org_id: str, days: DayRange) -> Iterator[ExportedEntry]:
        """The same of some days."""
        ...

    def newest(
        self, order_ids: Collection[str], since: datetime
    ) -> Mapping[str, ExportedEntry | None]:
        """Return the state exported since an instant, by order; None if the entry is gone."""
        ...

    def put(self, changes: Sequence[ExportedChange]) -> None:
        """Add rows to the export."""
        ...

    def distrust(self) -> None:
        """Have the tables of the next night made from every row of the export."""
        ...

    def customers(
        self, organization: ComputedOrganization, now: datetime, keys: IdRange = EVERY_ID
    ) -> Iterator[Row]:
        """Rows of `audit_customers.sql`, in the order of the customers' keys."""
        ...

    def days(
        self, organization: ComputedOrganization, days: Sequence[date] | None = None
    ) -> Iterator[Row]:
        """Rows of `audit_days.sql`, of some days or all."""
        ...
