"""Whether the export holds exactly what the ledger says now."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.audit.parts import parts
from shared.audit.ports import AuditStore, AuditWarehouse, ExportedChange, LedgerDocument
from shared.audit.report import Check, CheckReport, check_report
from shared.reconciliation.differences import Difference

RECORDED_AT = "recorded_at"
"""Says when an entry was written, not what: entries are also written again as they are."""
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit:
    """What the check of the export found and did."""

    report: CheckReport
    changed: bool
    """Whether rows were added, so that what was made of the export is out of date."""


def audit_export(
    org_id: str,
    store: AuditStore,
    warehouse: AuditWarehouse,
    just_counted: Iterable[str],
    *,
    settled_by: datetime,
    checked_at: datetime,
    repair: bool,
) -> ExportAudit:
    """Compare the export with the ledger, and add the rows that it lacks.

    The export is read as of when the typed tables were last made. A ledger entry written after
    `settled_by`, which is well before that, may have been on its way, so it is not looked at.
    `just_counted` are orders that the audit itself has had counted: they are exported without
    waiting for their events. A row that is added is as of when its document was read: that is after
    every change in it and before every later one, so the newest row is always the right one.

    Costs one read per ledger entry and one more for each that differs; no read per exported row.
    """
    own = set(just_counted)
    ledger = {
        document.order_id: _print(document.data)
        for document in store.ledger(org_id)
        if document.data is not None
    }
    entries = len(ledger)
    newest: dict[str, datetime] = {}
    suspects: list[str] = []
    exported = 0
    for row in warehouse.exported(org_id):
        exported += 1
        if ledger.pop(row.order_id, None) != _print(row.data):
            suspects.append(row.order_id)
            newest[row.order_id] = row.timestamp
    lacking = set(ledger)
    differing: list[list[Difference]] = []
    changed = False
    for ids in parts(sorted({*suspects, *lacking, *own})):
        documents = store.ledger_documents(ids)
        changes = []
        for id in ids:
            document = documents[id]
            if id in own:
                changes.append(_change(document, newest.get(id)))
            elif document.written_at is None or document.written_at <= settled_by:
                differing.append([_difference(document, id in newest)])
                changes.append(_change(document, newest.get(id)))
        if repair and changes:
            warehouse.put(changes)
            changed = True
    report = check_report(
        Check.EXPORT_COMPLETE,
        differing,
        expected=entries,
        found=exported,
        repaired=repair,
        checked_at=checked_at,
    )
    return ExportAudit(report=report, changed=changed)


def _change(document: LedgerDocument, newest: datetime | None) -> ExportedChange:
    """A row that is newer than any that may be there."""
    at = document.read_at
    return ExportedChange(
        order_id=document.order_id,
        name=document.name,
        timestamp=at if newest is None else max(at, newest + TICK),
        data=document.data,
    )


def _difference(document: LedgerDocument, is_exported: bool) -> Difference:
    found = "outdated" if is_exported else None
    expected = "current"
    if document.data is None:
        found, expected = "present", "absent"
    return Difference(
        document=f"export {document.order_id}", field="row", found=found, expected=expected
    )


def _print(data: str) -> bytes:
    """Equal for documents with the same content, however their fields are ordered."""
    try:
        content = json.loads(data)
    except ValueError:
        content = {"unreadable": data}
    if isinstance(content, dict):
        content.pop(RECORDED_AT, None)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
