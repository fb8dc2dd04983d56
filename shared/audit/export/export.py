"""Check that the export agrees with the ledger exactly."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.audit.parts import parts
from shared.audit.ports import (
    AuditStore,
    AuditWarehouse,
    ExportedChange,
    ExportedEntry,
    LedgerDocument,
)
from shared.audit.report import Check, CheckReport, check_report
from shared.reconciliation.differences import Difference

RECORDED_AT = "recorded_at"
"""Field with the time of an entry's write, which is ignored: entries are also rewritten
unchanged."""
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit:
    """Outcome of the check of the export."""

    report: CheckReport
    differing: frozenset[str]
    """Ids of the orders whose rows were missing, superfluous or outdated."""
    added: frozenset[str]
    """Ids of the orders for which rows were added: the typed tables are out of date for them."""

    def with_others(self, others: "ExportAudit") -> "ExportAudit":
        """Return the check of these orders combined with that of others."""
        return ExportAudit(
            report=replace(
                self.report.with_others(others.report),
                expected=self.report.expected + others.report.expected,
                found=self.report.found + others.report.found,
            ),
            differing=self.differing | others.differing,
            added=self.added | others.added,
        )


def audit_export(
    store: AuditStore,
    warehouse: AuditWarehouse,
    ledger_read: Mapping[str, bytes],
    exported_rows: Iterable[ExportedEntry],
    just_counted: Iterable[str],
    *,
    settled_by: datetime,
    checked_at: datetime,
    repair: bool,
) -> ExportAudit:
    """Compare exported rows with the ledger, and add those that are missing or outdated.

    `ledger_read` has the digests of the entries. The rows are those of the same ids, as of when the
    typed tables were made. A ledger entry written after `settled_by`, which is well before that,
    may have been on its way, so it is skipped. `just_counted` are orders that the audit itself has
    had counted: they are exported without waiting for their events. An added row carries the
    instant at which its document was read: after every change in it and before every later one, so
    the newest row is always the right one.

    Costs one read for each that differs.
    """
    own = set(just_counted)
    ledger = dict(ledger_read)
    entries = len(ledger)
    newest: dict[str, datetime] = {}
    suspects: list[str] = []
    exported_count = 0
    for row in exported_rows:
        exported_count += 1
        if ledger.pop(row.order_id, None) != content_digest(row.data):
            suspects.append(row.order_id)
            newest[row.order_id] = row.timestamp
    lacking = set(ledger)
    differing: dict[str, list[Difference]] = {}
    added_ids: set[str] = set()
    for ids in parts(sorted({*suspects, *lacking, *own})):
        documents = store.ledger_documents(ids)
        changes = []
        for id in ids:
            document = documents[id]
            if id in own:
                changes.append(_change(document, newest.get(id)))
            elif document.written_at is None or document.written_at <= settled_by:
                differing[id] = [_difference(document, id in newest)]
                changes.append(_change(document, newest.get(id)))
        if repair and changes:
            warehouse.put(changes)
            added_ids.update(change.order_id for change in changes)
    report = check_report(
        Check.EXPORT_COMPLETE,
        list(differing.values()),
        expected=entries,
        found=exported_count,
        repaired=repair,
        checked_at=checked_at,
    )
    return ExportAudit(report=report, differing=frozenset(differing), added=frozenset(added_ids))


def _change(document: LedgerDocument, newest: datetime | None) -> ExportedChange:
    """Return a row that is newer than any existing one."""
    at = document.read_at
    return ExportedChange(
        order_id=document.order_id,
        name=document.name,
        timestamp=at if newest is None else max(at, newest + TICK),
        data=document.data,
    )


def _difference(document: LedgerDocument, is_exported: bool) -> Difference:
    state = "outdated" if is_exported else None
    expected = "current"
    if document.data is None:
        state, expected = "present", "absent"
    return Difference(
        document=f"export {document.order_id}", field="row", found=state, expected=expected
    )


def content_digest(data: str) -> bytes:
    """Return a digest that is equal for documents with the same content, whatever the order of
    fields."""
    try:
        content = json.loads(data)
    except ValueError:
        content = {"unreadable": data}
    if isinstance(content, dict):
        content.pop(RECORDED_AT, None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
