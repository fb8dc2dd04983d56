"""Changes of the ledger, through the deployed trigger, into a real warehouse."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import bigquery

from functions import triggers
from shared.firestore import paths
from shared.kernel.errors import WarehouseError
from shared.kernel.settings import Settings
from shared.orders.packed_lines import readable_lines
from shared.services import Services
from shared.warehouse import tables
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.functions.export_trigger.exported import NOW, ORG, Shop, exported, order, query
from tests.support.events import document_event
from tests.support.metered import metered


def latest(warehouse: Warehouse) -> dict[str, Any]:
    """Return the state of each order in the view: its document, or that it is deleted."""
    rows = query(warehouse, f"SELECT * FROM {tables.LATEST}")
    assert len({row["document_id"] for row in rows}) == len(rows)
    return {
        row["document_id"]: row["operation"]
        if row["operation"] == "DELETE"
        else json.loads(row["data"])
        for row in rows
    }


@pytest.fixture
def lived(shop: Shop) -> Shop:
    """An order that was placed, refunded in part, and deleted, and then its entry was too."""
    shop.put("o1", order())
    shop.put("o1", order(refunded_cents=1000))
    shop.put("o1", None)
    shop.delete_entry("o1")
    assert len(shop.writes) == 4
    return shop


AMOUNTS = (4000, 3000, None)
"""After each write that leaves an entry."""


def test_every_change_is_a_row(lived: Shop, warehouse: Warehouse) -> None:
    for write in lived.writes:
        lived.deliver(write)

    rows = exported(warehouse)
    assert [row["operation"] for row in rows] == ["CREATE", "UPDATE", "UPDATE", "DELETE"]
    assert [row["timestamp"] for row in rows] == [write.at for write in lived.writes]
    assert [row["event_id"] for row in rows] == [
        f"order_ledger/o1-{write.at.timestamp()}" for write in lived.writes
    ]
    name = f"projects/{lived.client.project}/databases/(default)/documents/order_ledger/o1"
    assert {(row["document_name"], row["document_id"], row["path_params"]) for row in rows} == {
        (name, "o1", None)
    }
    assert {row["old_data"] for row in rows} == {None}, "nothing reads it"
    assert rows[-1]["data"] is None
    assert tuple(json.loads(row["data"])["amount_cents"] for row in rows[:-1]) == AMOUNTS
    since = NOW - timedelta(days=3) - datetime(1970, 1, 1, tzinfo=UTC)
    assert json.loads(rows[0]["data"])["ordered_at"] == {
        "_seconds": since // timedelta(seconds=1),
        "_nanoseconds": since.microseconds * 1000,
    }


def test_in_whatever_sequence_and_however_often_they_are_delivered(
    lived: Shop, warehouse: Warehouse
) -> None:
    sequences = {f"x{n}": order for n, order in enumerate(permutations(range(4), 3))}
    for id, sequence in sequences.items():
        for number in (*sequence, sequence[0]):
            lived.deliver(lived.writes[number], id)

    actual = latest(warehouse)

    assert actual.keys() == sequences.keys()
    for id, sequence in sequences.items():
        if max(sequence) == 3:
            assert actual[id] == "DELETE"
        else:
            assert actual[id]["amount_cents"] == AMOUNTS[max(sequence)]


def test_a_warehouse_that_fails_has_the_event_delivered_again(
    lived: Shop, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = lived.writes
    lived.deliver(first)
    with monkeypatch.context() as patched:
        patched.setattr(bigquery.Client, "insert_rows_json", _unavailable)
        with pytest.raises(ServiceUnavailable):
            lived.deliver(second)
    assert latest(warehouse)["o1"]["amount_cents"] == 4000

    lived.deliver(second)

    assert latest(warehouse)["o1"]["amount_cents"] == 3000


def test_a_row_that_is_refused_has_the_event_delivered_again(
    lived: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        bigquery.Client, "insert_rows_json", lambda *args, **kwargs: [{"index": 0, "errors": []}]
    )
    with pytest.raises(WarehouseError):
        lived.deliver(lived.writes[0])


def _unavailable(*args: Any, **kwargs: Any) -> None:
    raise ServiceUnavailable("on purpose")


def test_an_installation_without_tables_gets_those_of_the_extension(
    lived: Shop, services: Services, bigquery_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = bigquery_client("demo-test")
    new = Warehouse(client, f"test_{uuid4().hex}", maximum_bytes_billed=10**9)
    monkeypatch.setattr(triggers, "services", lambda: replace(services, warehouse=lambda: new))
    try:
        for write in lived.writes[:2]:
            lived.deliver(write)
        assert latest(new)["o1"]["amount_cents"] == 3000
        table = client.get_table(new.dataset.table(tables.CHANGELOG))
        assert table.schema == tables.CHANGELOG_SCHEMA
        assert table.clustering_fields == ["document_id"]
        assert (table.time_partitioning.type_, table.time_partitioning.field) == (
            "DAY",
            "timestamp",
        )
    finally:
        client.delete_dataset(new.dataset, delete_contents=True)
        client.close()


def test_it_costs_no_read_and_no_write_of_a_document(lived: Shop) -> None:
    with metered(lived.client) as meter:
        for write in lived.writes:
            lived.deliver(write)
    assert not meter.calls
    assert (meter.documents_read, meter.documents_written, meter.documents_deleted) == (0, 0, 0)


def test_it_says_in_the_log_what_was_exported(
    lived: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="segments")
    lived.deliver(lived.writes[0])
    (record,) = caplog.records
    assert record.getMessage() == "change_exported"
    assert vars(record)["fields"] == {"order_id": "o1", "operation": "CREATE"}


def test_switched_off_nothing_is_exported_and_orders_are_counted(
    services: Services, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> Warehouse:
        raise AssertionError("nobody should ask for the warehouse")

    off = replace(
        services,
        settings=Settings.from_environment({"EXPORT_ENABLED": "false"}),
        warehouse=unreachable,
    )
    monkeypatch.setattr(triggers, "services", lambda: off)
    shop = Shop(services.client)

    shop.put("o1", order())
    for write in shop.writes:
        shop.deliver(write)

    assert exported(warehouse) == []
    (customer,) = services.client.collection(paths.customers(ORG)).stream()
    assert customer.get("lifetime_value_cents") == 4000


def test_the_edit_of_the_largest_order_is_small_enough_to_be_delivered(
    shop: Shop, warehouse: Warehouse
) -> None:
    """The platform delivers up to 512 KB, and an edit of 2,000 products took a megabyte."""
    words = ("Organic", "Whole", "Ground", "Roasted", "Coffee", "Almond", "Blend", "Family")
    items = [
        {"productId": f"sku-{n:06}", "name": f"{words[n % 8]} {words[n % 7]} {n} " * 4, "price": 2}
        for n in range(2_000)
    ]
    shop.put("o1", order() | {"items": items})
    shop.put("o1", order(cents=9000) | {"items": items})

    edit = shop.writes[-1]
    path = paths.ledger_entry("o1")
    event = document_event(shop.client, path, edit.before, edit.after, at=edit.at)
    assert len(event.get_data() or b"") < 512_000
    shop.deliver(edit)
    exported_lines = latest(warehouse)["o1"]["lines"]
    assert len(exported_lines) == 2_000
    assert exported_lines[7] == {
        "product_id": "sku-000007",
        "name": ("Family Organic 7 " * 4).strip(),
        "category": "Other",
        "quantity_milli": 1000,
        "amount_cents": 200,
    }


def test_an_entry_of_version_0_3_is_read_edited_and_exported(
    shop: Shop, warehouse: Warehouse
) -> None:
    shop.put("o1", order())
    reference = shop.client.document(paths.ledger_entry("o1"))
    stored = reference.get().to_dict() or {}
    lines = readable_lines(stored["lines"])
    assert len(lines) == 2
    reference.update({"lines": lines})

    shop.put("o1", order(cents=1500, products=(("p1", 1500),)))
    shop.deliver(shop.writes[-1])

    (row,) = exported(warehouse)
    assert json.loads(row["data"])["lines"] == lines[:1]
    (customer,) = shop.client.collection(paths.customers(ORG)).stream()
    assert customer.get("lifetime_value_cents") == 1500
    assert customer.get("category_spend") == [
        {"category": lines[0]["category"], "amount_cents": 1500}
    ]


def test_ids_beyond_ascii(shop: Shop, warehouse: Warehouse) -> None:
    shop.put("заказ №1", order())
    shop.deliver(shop.writes[0])
    assert list(latest(warehouse)) == ["заказ №1"]
