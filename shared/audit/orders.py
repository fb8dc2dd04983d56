"""Checks that the ledger has every order in its current state, and nothing else."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.audit.export.export import content_digest
from shared.audit.findings import OrderFindings
from shared.audit.parts import parts
from shared.audit.ports import AuditStore, LedgerDocument
from shared.audit.report import Check, CheckReport, check_report
from shared.orders.fact import RejectionCode
from shared.reconciliation.backfill import backfill
from shared.reconciliation.differences import Difference, entry_differences
from shared.reconciliation.erasure import as_erased
from shared.reconciliation.id_range import EVERY_ID, IdRange
from shared.reconciliation.ledger import LedgerEntry, SourceOrder, entry_for
from shared.reconciliation.ports import RawOrder
from shared.reconciliation.reconcile import Reconciler

ORDERS_AT_ONCE = 10_000
"""Orders compared before the next ones are read, so that memory stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersAudit:
    """Result of checking some orders: differences, repairs and counts."""

    orders: int
    """Number of them that belong to the organisation."""
    entries: int
    """Ledger entries of orders that exist."""
    differing: Sequence[Sequence[Difference]]
    """Differences of each order whose entry is not current."""
    recounted_ids: Sequence[str]
    """Ids of the recounted orders."""
    ledger: Mapping[str, bytes]
    """Digests of the ledger entries as they were read, as `audit_export` compares them."""

    def with_others(self, others: "OrdersAudit") -> "OrdersAudit":
        """Return the check of these orders combined with that of others, checked later."""
        return OrdersAudit(
            orders=self.orders + others.orders,
            entries=self.entries + others.entries,
            differing=[*self.differing, *others.differing],
            recounted_ids=[*self.recounted_ids, *others.recounted_ids],
            ledger={**self.ledger, **others.ledger},
        )

    def report(self, checked_at: datetime, *, repaired: bool) -> CheckReport:
        """Return the report to publish when all orders were compared."""
        return check_report(
            Check.ORDERS_IN_LEDGER,
            self.differing,
            expected=self.orders,
            found=self.entries,
            repaired=repaired,
            checked_at=checked_at,
        )


def audit_orders_in_parts(
    org_id: str,
    store: AuditStore,
    reconciler: Reconciler,
    *,
    settled_by: datetime | None,
    repair: bool,
    findings: OrderFindings | None = None,
) -> Iterator[tuple[IdRange, OrdersAudit]]:
    """Compare all orders with the ledger as `audit_orders` does, in the order of their ids.

    Yields each range of ids with its result, once it is repaired. Costs one read per order and one
    per ledger entry besides.
    """
    names = store.names(org_id)
    ids = EVERY_ID
    while True:
        part = _Part(store, names, ids)
        audited = audit_orders(
            org_id,
            store,
            reconciler,
            part.orders(),
            part.ledger(org_id),
            settled_by=settled_by,
            repair=repair,
            findings=findings,
        )
        yield part.ids, audited
        if part.ids.until is None:
            return
        ids = IdRange(after=part.ids.until)


class _Part:
    """The next ORDERS_AT_ONCE orders of a range of ids."""

    def __init__(self, store: AuditStore, names: Sequence[str], ids: IdRange) -> None:
        self._store = store
        self._names = names
        self.ids = ids
        """Their range; after reading all of them, without those behind them."""

    def orders(self) -> Iterator[RawOrder]:
        number = 0
        for order in self._store.orders(self._names, self.ids, at_most=ORDERS_AT_ONCE):
            number += 1
            yield order
        if number == ORDERS_AT_ONCE:
            self.ids = IdRange(after=self.ids.after, until=order.order_id)

    def ledger(self, org_id: str) -> Iterator[LedgerDocument]:
        """Read after the orders."""
        yield from self._store.ledger(org_id, ids=self.ids)


def audit_orders(
    org_id: str,
    store: AuditStore,
    reconciler: Reconciler,
    orders_read: Iterable[RawOrder],
    ledger_read: Iterable[LedgerDocument],
    *,
    settled_by: datetime | None,
    repair: bool,
    findings: OrderFindings | None = None,
) -> OrdersAudit:
    """Compare orders with their ledger entries, and count those again that differ.

    `ledger_read` is consumed after `orders_read`, and has the entries of the same ids. An order
    written or deleted after `settled_by` may still be on its way, and one dated ahead whose time
    has come since may still wait for its turn: these are skipped; with None, none is. Each entry of
    the ledger is added to `findings`. A difference is read once more before it counts as drift.
    Keeps a few dozen bytes per order in memory. Costs two reads for each that differs, or three
    where the order is gone, and one query for those who were erased.
    """
    erased_keys = store.erased(org_id)
    orders: dict[str, bytes] = {}
    for raw in orders_read:
        source = as_erased(reconciler.normalized(raw), erased_keys)
        expected = entry_for(source)
        if _owner(expected) == org_id:
            orders[source.order_id] = _print(expected)
    suspects = set(orders)
    ledger: dict[str, bytes] = {}
    exist = 0
    for document in ledger_read:
        entry = document.entry
        if entry is None or document.data is None or entry.order_id in ledger:
            continue
        ledger[entry.order_id] = content_digest(document.data)
        exist += entry.order_exists
        if findings is not None:
            findings.add(entry)
        digest = orders.get(entry.order_id)
        if digest == _print(entry) or (digest is None and not entry.order_exists):
            suspects.discard(entry.order_id)
        else:
            suspects.add(entry.order_id)
    differing: list[list[Difference]] = []
    due: list[SourceOrder] = []
    for ids in parts(sorted(suspects)):
        stored_documents = store.read(ids, ids, [])
        erased_keys = store.erased(org_id)
        sources = {
            id: as_erased(reconciler.normalized(stored_documents.orders[id]), erased_keys)
            for id in ids
        }
        entries = {id: stored_documents.ledger[id].value for id in ids}
        in_flight = _in_flight(store, sources, entries, settled_by) if settled_by else ()
        for id, source in sources.items():
            differences = _differences(org_id, source, entries[id])
            if differences and id not in in_flight:
                differing.append(differences)
                due.append(source)
    if repair and due:
        backfill(due, [reconciler], lambda totals: None)
    return OrdersAudit(
        orders=len(orders),
        entries=exist,
        differing=differing,
        recounted_ids=[source.order_id for source in due] if repair else [],
        ledger=ledger,
    )


def _in_flight(
    store: AuditStore,
    sources: Mapping[str, SourceOrder],
    entries: Mapping[str, LedgerEntry | None],
    settled_by: datetime,
) -> Collection[str]:
    """Return orders with an event or a turn that may still be pending."""
    missing = [id for id, source in sources.items() if source.outcome is None]
    ids = set(store.existed(missing, settled_by))
    for id, source in sources.items():
        entry = entries[id]
        if _has_come_since(entry, settled_by):
            ids.add(id)
        elif source.outcome is not None:
            if source.version > settled_by:
                ids.add(id)
        elif entry is not None and entry.source_version > settled_by:
            ids.add(id)
    return ids


def _differences(org_id: str, source: SourceOrder, entry: LedgerEntry | None) -> list[Difference]:
    expected = entry_for(source)
    owners = [_owner(entry) if entry else None, _owner(expected)]
    if any(owner not in (None, org_id) for owner in owners):
        # What the order is at another organisation is nothing that this one may read.
        actual, implied = ("present" if owner == org_id else None for owner in owners)
        return [
            Difference(
                document=f"ledger {source.order_id}", field="entry", found=actual, expected=implied
            )
        ]
    if entry is None and not expected.order_exists:
        return []
    if _too_large(entry) and entry and entry.source_version == expected.source_version:
        # The order says the same as before, and still cannot be stored.
        return []
    differences = entry_differences(source.order_id, entry, expected)
    if not differences and entry and entry.order_exists and entry.source_version < source.version:
        differences.append(
            Difference(
                document=f"ledger {source.order_id}",
                field="source_version",
                found=entry.source_version,
                expected=source.version,
            )
        )
    return differences


def _has_come_since(entry: LedgerEntry | None, settled_by: datetime) -> bool:
    """Whether an order that the ledger has as dated ahead may count by now."""
    counts_at = entry.fact.counts_at if entry and entry.fact else None
    return counts_at is not None and counts_at > settled_by


def _too_large(entry: LedgerEntry | None) -> bool:
    rejection = entry.rejection if entry else None
    return rejection is not None and rejection.code is RejectionCode.DOCUMENT_TOO_LARGE


def _owner(entry: LedgerEntry) -> str | None:
    outcome = entry.fact or entry.rejection
    return outcome.org_id if outcome else None


def _print(entry: LedgerEntry) -> bytes:
    """Return a fingerprint that is equal for entries of the same content and version."""
    return hashlib.blake2b(repr(entry).encode(), digest_size=16).digest()
