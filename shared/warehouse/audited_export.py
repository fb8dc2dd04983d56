"""The export as an audit reads and mends it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.audit.findings import MOST_ORDERS_A_DAY, BusyCustomer
from shared.audit.ports import ExportedChange, ExportedEntry
from shared.nightly.question import ComputedOrganization, Row
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.export_backfill import loads
from shared.warehouse.warehouse import Warehouse

INSERT_BYTES = 3_000_000
"""Of documents in one request. BigQuery takes 10 MB, and escaping may make three of one."""


class AuditedExport:
    """See `shared.audit.ports.AuditWarehouse`."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def exported(self, org_id: str) -> Iterator[ExportedEntry]:
        """One query over the organisation's part of `order_entries`."""
        yield from map(_exported, self._warehouse.rows("audit_export", {"org_id": org_id}))

    def exported_orders(self, org_id: str, order_ids: Sequence[str]) -> Iterator[ExportedEntry]:
        """One query over the same."""
        asked = {"org_id": org_id, "order_ids": list(order_ids)}
        yield from map(_exported, self._warehouse.rows("audit_exported_orders", asked))

    def put(self, changes: Sequence[ExportedChange]) -> None:
        """Stream them, in as many requests as it takes; adding them twice changes nothing."""
        for rows in loads(map(_row, changes), most_bytes=INSERT_BYTES):
            self._warehouse.append(rows)

    def refresh_facts(self) -> None:
        """Make the typed tables anew."""
        self._warehouse.refresh_facts()

    def customers(self, organization: ComputedOrganization, now: datetime) -> Iterator[Row]:
        """One query over the typed tables."""
        return self._warehouse.rows(
            "audit_customers",
            {
                "now": now,
                "org_id": organization.org_id,
                "organizations": [organization.as_parameter()],
            },
        )

    def busy_customers(self, org_id: str) -> list[BusyCustomer]:
        """One query over three columns of the typed tables."""
        rows = self._warehouse.rows(
            "audit_busy_customers", {"org_id": org_id, "most_orders": MOST_ORDERS_A_DAY}
        )
        return [
            BusyCustomer(
                customer_key=row["customer_key"], day=row["local_date"], orders=row["orders"]
            )
            for row in rows
        ]

    def days(self, organization: ComputedOrganization) -> Iterator[Row]:
        """One query over the typed tables."""
        return self._warehouse.rows("audit_days", {"org_id": organization.org_id})


def _exported(row: Row) -> ExportedEntry:
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
