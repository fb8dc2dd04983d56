"""The export for an audit: reads and repairs."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from shared.audit.findings import BusyCustomer, FindingKind, OrderFinding
from shared.audit.ports import (
    UNDATED,
    DayRange,
    ExportedChange,
    ExportedEntry,
    ExportSummary,
)
from shared.audit.sums import LedgerSums, Sum
from shared.nightly.question import ComputedOrganization, Parameter, Row
from shared.reconciliation.id_range import EVERY_ID, IdRange
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.export_backfill import loads
from shared.warehouse.warehouse import Warehouse

INSERT_BYTES = 3_000_000
"""Bytes of documents in one request. BigQuery takes 10 MB, and escaping may triple them."""
MOST_BUSY_CUSTOMERS = 20


class AuditedExport:
    """See `shared.audit.ports.AuditWarehouse`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def summary(self, org_id: str) -> ExportSummary:
        """One query over a few rows."""
        sums = {"counted": Sum(), "others": Sum()}
        customers, first_day = 0, None
        findings: list[OrderFinding] = []
        busy: list[BusyCustomer] = []
        for row in self._warehouse.rows("audit_summary", {"org_id": org_id}):
            kind, entries = row["kind"], row["entries"]
            if kind in sums:
                sums[kind] = Sum(number=entries, total=row["amount_cents"] or 0)
                if kind == "counted":
                    customers, first_day = row["customers"], row["local_date"]
            elif kind == "busy":
                each = BusyCustomer(customer_key=row["code"], day=row["local_date"], orders=entries)
                busy.append(each)
            else:
                finding = OrderFinding(
                    kind=FindingKind(kind),
                    code=row["code"],
                    orders=entries,
                    newest_order_ids=json.loads(row["order_ids"]),
                )
                findings.append(finding)
        kinds = list(FindingKind)
        return ExportSummary(
            sums=LedgerSums(counted=sums["counted"], others=sums["others"]),
            customers=customers,
            first_day=first_day,
            findings=tuple(sorted(findings, key=lambda each: kinds.index(each.kind))),
            busy_customers=tuple(busy[:MOST_BUSY_CUSTOMERS]),
        )

    def sums_of_months(self, org_id: str) -> Mapping[date | None, LedgerSums]:
        """One query over three columns of the organisation's entries."""
        by_month: defaultdict[date | None, dict[bool, Sum]] = defaultdict(dict)
        for row in self._warehouse.rows("audit_months", {"org_id": org_id}):
            total = Sum(number=row["entries"], total=row["amount_cents"] or 0)
            by_month[row["month"]][row["is_fact"]] = total
        return {
            month: LedgerSums(counted=sums.get(True, Sum()), others=sums.get(False, Sum()))
            for month, sums in by_month.items()
        }

    def exported(
        self, org_id: str, ids: IdRange = EVERY_ID, order_ids: Sequence[str] = ()
    ) -> Iterator[ExportedEntry]:
        """One query over the organisation's part of `order_entries`."""
        parameters: dict[str, Parameter] = {
            "org_id": org_id,
            "after": ids.after,
            "until": ids.until,
            "order_ids": list(order_ids),
        }
        yield from map(_exported_entry, self._warehouse.rows("audit_export", parameters))

    def exported_orders(self, org_id: str, order_ids: Sequence[str]) -> Iterator[ExportedEntry]:
        """One query over the same."""
        parameters = {"org_id": org_id, "order_ids": list(order_ids)}
        yield from map(_exported_entry, self._warehouse.rows("audit_exported_orders", parameters))

    def exported_days(self, org_id: str, days: DayRange) -> Iterator[ExportedEntry]:
        """One query over the same."""
        parameters: dict[str, Parameter] = {
            "org_id": org_id,
            "undated": int(days == UNDATED),
            "first_day": days.first or date.min,
            "last_day": days.end - timedelta(days=1) if days.end else date.max,
        }
        yield from map(_exported_entry, self._warehouse.rows("audit_exported_days", parameters))

    def newest(
        self, order_ids: Collection[str], since: datetime
    ) -> Mapping[str, ExportedEntry | None]:
        """One query over the rows of the changelog since then."""
        if not order_ids:
            return {}
        parameters: dict[str, Parameter] = {"since": since, "order_ids": sorted(order_ids)}
        return {
            row["order_id"]: None if row["data"] is None else _exported_entry(row)
            for row in self._warehouse.rows("audit_newest", parameters)
        }

    def put(self, changes: Sequence[ExportedChange]) -> None:
        """Stream the rows, in as many requests as necessary; adding them twice changes nothing."""
        for rows in loads(map(_row, changes), most_bytes=INSERT_BYTES):
            self._warehouse.append(rows)

    def distrust(self) -> None:
        """One call, which leaves a table of a name."""
        self._warehouse.distrust_bases()

    def customers(
        self, organization: ComputedOrganization, now: datetime, keys: IdRange = EVERY_ID
    ) -> Iterator[Row]:
        """One query over the typed tables."""
        return self._warehouse.rows(
            "audit_customers",
            {
                "now": now,
                "org_id": organization.org_id,
                "after": keys.after,
                "until": keys.until,
                "organizations": [organization.as_parameter()],
            },
        )

    def days(
        self, organization: ComputedOrganization, days: Sequence[date] | None = None
    ) -> Iterator[Row]:
        """One query over the typed tables."""
        day_names = None if days is None else ",".join(day.isoformat() for day in days)
        return self._warehouse.rows(
            "audit_days", {"org_id": organization.org_id, "days": day_names}
        )


def _exported_entry(row: Row) -> ExportedEntry:
    return ExportedEntry(order_id=row["order_id"], timestamp=row["timestamp"], data=row["data"])


def _row(change: ExportedChange) -> ChangelogRow:
    return ChangelogRow(
        timestamp=change.timestamp,
        event_id=f"audit-{change.order_id}-{change.timestamp.timestamp():.6f}",
        document_name=change.name,
        # An IMPORT would come before every change that is there already.
        operation="DELETE" if change.data is None else "UPDATE",
        data=change.data,
        document_id=change.order_id,
        path_params=None,
    )
