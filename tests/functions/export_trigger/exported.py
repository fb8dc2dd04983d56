"""A shop whose ledger is exported, and what the warehouse has of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud import bigquery, firestore
from hypothesis import strategies as st

from functions.triggers import on_ledger_written, on_order_written
from shared.firestore import paths
from shared.warehouse import tables
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.support.events import call_trigger, document_event, order_event
from tests.support.world import Order

NOW = datetime.now(UTC)
SECRET = b"a secret that is only used in tests"
ORG = "org_north"


def query(warehouse: Warehouse, text: str) -> list[Mapping[str, Any]]:
    client = bigquery_client(warehouse.dataset.project)
    configuration = bigquery.QueryJobConfig(default_dataset=warehouse.dataset)
    return [dict(row) for row in client.query(text, job_config=configuration).result()]


def exported(warehouse: Warehouse) -> list[Mapping[str, Any]]:
    return query(warehouse, f"SELECT * FROM {tables.CHANGELOG} ORDER BY timestamp, event_id")


@dataclass(frozen=True)
class Write:
    """A write to the ledger."""

    order_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime


class Shop:
    """Orders that are written and counted, with the resulting writes to the ledger."""

    def __init__(self, client: firestore.Client) -> None:
        self.client = client
        self.writes: list[Write] = []

    def put(self, id: str, after: dict[str, Any] | None) -> None:
        """Write or delete an order, and deliver its event."""
        reference = self.client.document(paths.order(id))
        before = reference.get().to_dict()
        if after is None:
            reference.delete()
        else:
            reference.set(after)
        ledger = self._ledger(id)
        call_trigger(on_order_written, order_event(self.client, id, before, after))
        self._note(id, ledger)

    def delete_entry(self, id: str) -> None:
        """Delete the ledger entry, as may happen by hand."""
        before = self._ledger(id)
        self.client.document(paths.ledger_entry(id)).delete()
        self._note(id, before)

    def deliver(self, write: Write, order_id: str | None = None) -> None:
        """Deliver the event of a write, of another order on demand."""
        path = paths.ledger_entry(order_id or write.order_id)
        event = document_event(self.client, path, write.before, write.after, at=write.at)
        call_trigger(on_ledger_written, event)

    def _ledger(self, id: str) -> dict[str, Any] | None:
        return self.client.document(paths.ledger_entry(id)).get().to_dict()

    def _note(self, id: str, before: dict[str, Any] | None) -> None:
        after = self._ledger(id)
        if after != before:
            at = NOW + timedelta(microseconds=len(self.writes))
            self.writes.append(Write(id, before, after, at))


def order(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "org": ORG,
        "email": "ada@example.org",
        "cents": 4000,
        "ordered_at": NOW - timedelta(days=3),
        "products": (("p1", 1500), ("p2", 2500)),
    } | changes
    return Order(**values).data()


words = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F), min_size=6, max_size=9)
