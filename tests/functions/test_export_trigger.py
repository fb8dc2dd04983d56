"""Changes of the ledger, through the deployed trigger, into a real warehouse."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import bigquery, firestore
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from functions import triggers
from functions.triggers import on_ledger_written, on_order_written
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.errors import WarehouseError
from shared.kernel.settings import Settings
from shared.orders.packed_lines import readable_lines
from shared.services import Services
from shared.warehouse import tables
from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.support.events import call_trigger, document_event, order_event
from tests.support.examples import examples
from tests.support.metered import metered
from tests.support.world import Order

NOW = datetime.now(UTC)
SECRET = b"a secret that is only used in tests"
ORG = "org_north"


@pytest.fixture
def services(
    firestore_client: firestore.Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    built = replace(
        build_services(firestore_client, Settings(), SECRET), warehouse=lambda: warehouse
    )
    monkeypatch.setattr(triggers, "services", lambda: built)
    return built


def query(warehouse: Warehouse, text: str) -> list[Mapping[str, Any]]:
    client = bigquery_client(warehouse.dataset.project)
    configuration = bigquery.QueryJobConfig(default_dataset=warehouse.dataset)
    return [dict(row) for row in client.query(text, job_config=configuration).result()]


def exported(warehouse: Warehouse) -> list[Mapping[str, Any]]:
    return query(warehouse, f"SELECT * FROM {tables.CHANGELOG} ORDER BY timestamp, event_id")


def latest(warehouse: Warehouse) -> dict[str, Any]:
    """What the view says of each order: its document, or that it is deleted."""
    rows = query(warehouse, f"SELECT * FROM {tables.LATEST}")
    assert len({row["document_id"] for row in rows}) == len(rows)
    return {
        row["document_id"]: row["operation"]
        if row["operation"] == "DELETE"
        else json.loads(row["data"])
        for row in rows
    }


@dataclass(frozen=True)
class Write:
    """A write to the ledger."""

    order_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    at: datetime


class Shop:
    """Orders that are written and counted, with the writes to the ledger that this comes to."""

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
        """Delete the ledger entry, as somebody may by hand."""
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


@pytest.fixture
def shop(services: Services) -> Shop:
    return Shop(services.client)


def order(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "org": ORG,
        "email": "ada@example.org",
        "cents": 4000,
        "ordered_at": NOW - timedelta(days=3),
        "products": (("p1", 1500), ("p2", 2500)),
    } | changes
    return Order(**values).data()


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

    found = latest(warehouse)

    assert found.keys() == sequences.keys()
    for id, sequence in sequences.items():
        if max(sequence) == 3:
            assert found[id] == "DELETE"
        else:
            assert found[id]["amount_cents"] == AMOUNTS[max(sequence)]


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


PERSONAL = (
    "ada.lovelace@example.org",
    "Ada",
    "Lovelace",
    "5550100123",
    "(555) 010-0123",
    "12 Analytical Street",
    "1815-12-10",
)
WRITERS: Mapping[str, dict[str, Any]] = {
    "storefront": {
        "customer": {
            "name": "Ada Lovelace",
            "email": "Ada.Lovelace@example.org",
            "phone": "(555) 010-0123",
        },
        "customerEmail": "ada.lovelace@example.org",
        "couponCode": "ada.lovelace@example.org",
        "deliveryAddress": {"street": "12 Analytical Street", "name": "Ada Lovelace"},
        "notes": "Call Ada at 5550100123",
    },
    "point of sale": {
        "customerId": "ada.lovelace@example.org",
        "customerName": "Ada Lovelace",
        "customerPhone": "5550100123",
        "birthDate": "1815-12-10",
    },
    "checkout": {
        "userId": "u-1",
        "email": "ada.lovelace@example.org",
        "displayName": "Lovelace, Ada",
        "phone": "(555) 010-0123",
    },
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("broken", [False, True])
def test_no_personal_data_is_exported(
    shop: Shop, warehouse: Warehouse, writer: str, broken: bool
) -> None:
    data = {**order(email=None, broken=broken), **WRITERS[writer]}
    shop.put("o1", data)
    shop.put("o1", {**data, "status": "canceled"})
    shop.put("o1", None)
    for write in shop.writes:
        shop.deliver(write)

    assert_nothing_personal(warehouse, PERSONAL)


def assert_nothing_personal(warehouse: Warehouse, personal: Iterable[str]) -> None:
    rows = exported(warehouse)
    assert rows
    for row in rows:
        for column, cell in row.items():
            for word in personal:
                assert word.lower() not in str(cell).lower(), column


words = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F), min_size=6, max_size=9)


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=words,
    family=words,
    digits=st.integers(2_000_000_000, 9_999_999_999).map(str),
    writer=st.sampled_from(
        [
            lambda email, name, phone: {"customer": {"email": email, "name": name, "phone": phone}},
            lambda email, name, phone: {
                "customerEmail": email,
                "customerName": name,
                "customerPhone": phone,
            },
            lambda email, name, phone: {"email": email, "displayName": name, "phone": phone},
            lambda email, name, phone: {"customerId": email, "name": name, "phoneNumber": phone},
        ]
    ),
    status=st.sampled_from(["completed", "canceled", "submitted", "no such status"]),
)
@example(
    name="channel",
    family="counted",
    digits="2000000000",
    writer=lambda email, name, phone: {"email": email, "displayName": name, "phone": phone},
    status="completed",
)
def test_nobody_is_found_in_any_cell(
    shop: Shop,
    warehouse: Warehouse,
    name: str,
    family: str,
    digits: str,
    writer: Callable[[str, str, str], dict[str, Any]],
    status: str,
) -> None:
    email = f"{name}.{family}@example.org"
    delivered = len(shop.writes)
    for id, who in (
        ("o1", writer(email, f"{name} {family}", digits)),
        ("o2", writer("someone.else@example.org", "Someone Else", "2000000001")),
    ):
        shop.put(id, {**order(email=None, status=status), **who})
    for write in shop.writes[delivered:]:
        shop.deliver(write)

    # A name may be a word of the format, which the order of someone else has too.
    others = str([row for row in exported(warehouse) if row["document_id"] == "o2"]).lower()
    personal = [word for word in (email, name, family, digits) if word.lower() not in others]
    assert email in personal
    assert_nothing_personal(warehouse, personal)
