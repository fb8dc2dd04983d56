"""The newest state of each order, typed, from rows in any order."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.cloud import bigquery

from shared.warehouse.answers import NightTables
from shared.warehouse.client import bigquery_client
from shared.warehouse.tables import CHANGELOG, CHANGELOG_SCHEMA
from shared.warehouse.typed_tables import FACTS_KEPT, with_facts
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import fact_row, order_counts, organization

AT = datetime(2026, 3, 8, 9, 59, 59, 123456, tzinfo=UTC)
FLOWER = ("p1", "Blue", "Flower", 1000, 500)


@pytest.fixture
def dataset(warehouse: Warehouse) -> bigquery.DatasetReference:
    return warehouse.dataset


def table(warehouse: Warehouse, name: str) -> list[Mapping[str, Any]]:
    configuration = bigquery.QueryJobConfig(default_dataset=warehouse.dataset)
    text = with_facts(f"SELECT * FROM {name} ORDER BY 1", warehouse.facts)
    return [dict(row) for row in warehouse.client.query(text, job_config=configuration).result()]


def amounts(warehouse: Warehouse) -> dict[str, int]:
    warehouse.refresh_facts()
    return {row["order_id"]: row["amount_cents"] for row in table(warehouse, "order_facts")}


def test_the_changelog_is_the_extensions(
    warehouse: Warehouse, dataset: bigquery.DatasetReference
) -> None:
    actual = bigquery_client(dataset.project).get_table(dataset.table(CHANGELOG))
    assert actual.schema == CHANGELOG_SCHEMA
    assert [(field.name, field.field_type, field.mode) for field in actual.schema] == [
        ("timestamp", "TIMESTAMP", "REQUIRED"),
        ("event_id", "STRING", "REQUIRED"),
        ("document_name", "STRING", "REQUIRED"),
        ("operation", "STRING", "REQUIRED"),
        ("data", "STRING", "NULLABLE"),
        ("old_data", "STRING", "NULLABLE"),
        ("document_id", "STRING", "NULLABLE"),
        ("path_params", "STRING", "NULLABLE"),
    ]
    assert all(field.description for field in actual.schema)
    assert actual.time_partitioning.field == "timestamp"
    assert actual.time_partitioning.type_ == "DAY"
    assert actual.clustering_fields == ["document_id"]


def test_preparing_again_keeps_what_is_there(
    warehouse: Warehouse, dataset: bigquery.DatasetReference
) -> None:
    warehouse.append([fact_row("o1", ordered_at=AT)])
    warehouse.prepare()
    assert amounts(warehouse) == {"o1": 1000}


def test_facts_of_some_organisations_hold_no_others(warehouse: Warehouse) -> None:
    warehouse.append(
        [
            fact_row(f"{org_id}{number}", org_id=org_id, ordered_at=AT, lines=[FLOWER])
            for org_id in ("north", "south", "west")
            for number in (1, 2)
        ]
    )
    shops = [organization(org_id, today=AT.date()) for org_id in ("north", "west")]
    warehouse.facts = NightTables(warehouse).make_facts(shops)
    for name in ("order_facts", "customers", "baskets"):
        assert {row["org_id"] for row in table(warehouse, name)} == {"north", "west"}


def test_types_and_precision(warehouse: Warehouse, dataset: bigquery.DatasetReference) -> None:
    warehouse.append(
        [
            fact_row(
                "o1",
                ordered_at=AT,
                local_date=date(2026, 3, 7),
                customer=None,
                campaign_id="spring",
                lines=[FLOWER],
            )
        ]
    )
    warehouse.refresh_facts()
    assert table(warehouse, "order_facts") == [
        {
            "order_id": "o1",
            "org_id": "org",
            "customer_key": None,
            "ordered_at": AT,
            "local_date": date(2026, 3, 7),
            "amount_cents": 1000,
            "is_return": False,
            "channel": "web",
            "campaign_id": "spring",
            "category": "Flower",
        }
    ]
    assert table(warehouse, "order_lines") == [
        {
            "order_id": "o1",
            "org_id": "org",
            "customer_key": None,
            "ordered_at": AT,
            "local_date": date(2026, 3, 7),
            "product_id": "p1",
            "name": "Blue",
            "category": "Flower",
            "quantity_milli": 1000,
            "amount_cents": 500,
            "is_return": False,
            "in_basket": True,
        }
    ]


def test_nothing_that_came_back_is_in_a_basket(warehouse: Warehouse) -> None:
    """Of a return not even the replacement; of an order its purchases."""
    given_back, taken = ("p1", "Blue", "Flower", -1000, -500), ("p2", "Green", "Flower", 2000, 300)
    warehouse.append(
        [
            fact_row("exchange", ordered_at=AT, amount_cents=0, lines=[given_back, taken]),
            fact_row("return", ordered_at=AT, amount_cents=-200, lines=[given_back, taken]),
        ]
    )
    warehouse.refresh_facts()
    facts = {row["order_id"]: row["is_return"] for row in table(warehouse, "order_facts")}
    lines = {
        (row["order_id"], row["product_id"]): (row["is_return"], row["in_basket"])
        for row in table(warehouse, "order_lines")
    }
    assert facts == {"exchange": False, "return": True}
    assert lines == {
        ("exchange", "p1"): (False, False),
        ("exchange", "p2"): (False, True),
        ("return", "p1"): (True, False),
        ("return", "p2"): (True, False),
    }
    assert order_counts(warehouse) == {"org": 1}


def test_duplicates_late_rows_imports_and_deletes(
    warehouse: Warehouse, dataset: bigquery.DatasetReference
) -> None:
    newest = fact_row("o1", ordered_at=AT, amount_cents=3, timestamp=AT + timedelta(seconds=3))
    warehouse.append([newest, newest])
    warehouse.append(
        [fact_row("o1", ordered_at=AT, amount_cents=2, timestamp=AT + timedelta(seconds=2))]
    )
    warehouse.load([fact_row("o1", ordered_at=AT, amount_cents=1, operation="IMPORT")])
    warehouse.load([fact_row("o2", ordered_at=AT, amount_cents=5, operation="IMPORT")])
    warehouse.load([fact_row("o2", ordered_at=AT, amount_cents=5, operation="IMPORT")])
    warehouse.append([fact_row("gone", ordered_at=AT)])
    warehouse.append(
        [fact_row("gone", ordered_at=AT, operation="DELETE", timestamp=AT + timedelta(seconds=1))]
    )
    warehouse.append([fact_row("void", ordered_at=AT, counted=False)])
    assert amounts(warehouse) == {"o1": 3, "o2": 5}
    assert order_counts(warehouse) == {"org": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("local_date", "soon"),
        ("local_date", "2026-13-01"),
        ("local_date", None),
        ("amount_cents", "much"),
        ("amount_cents", None),
        ("ordered_at", {"_seconds": 2**60, "_nanoseconds": 0}),
        ("ordered_at", {"_seconds": 0, "_nanoseconds": -1}),
        ("ordered_at", "yesterday"),
        ("org_id", None),
        ("lines", [{"product_id": "p1", "quantity_milli": "many", "amount_cents": "much"}]),
    ],
)
def test_a_row_that_cannot_be_read_holds_up_no_other(
    warehouse: Warehouse, dataset: bigquery.DatasetReference, field: str, value: object
) -> None:
    row = fact_row("odd", ordered_at=AT, lines=[FLOWER])
    assert row.data is not None
    odd = replace(row, data=json.dumps({**json.loads(row.data), field: value}))
    warehouse.append([odd, fact_row("o1", org_id="other", ordered_at=AT)])
    actual = amounts(warehouse)
    assert actual.pop("o1") == 1000
    assert not actual or field == "lines"


def test_a_product_on_several_lines_is_one_row(
    warehouse: Warehouse, dataset: bigquery.DatasetReference
) -> None:
    warehouse.append(
        [
            fact_row(
                "o1",
                ordered_at=AT,
                lines=[FLOWER, ("p2", "Tin", "Edibles", 1, 1), ("p1", "Other", "X", 500, 250)],
            ),
            fact_row("o2", ordered_at=AT, lines=[FLOWER]),
            fact_row("void", ordered_at=AT, lines=[FLOWER], counted=False),
        ]
    )
    warehouse.refresh_facts()
    rows = {
        (row["order_id"], row["product_id"]): (
            row["name"],
            row["quantity_milli"],
            row["amount_cents"],
        )
        for row in table(warehouse, "order_lines")
    }
    assert rows == {
        ("o1", "p1"): ("Blue", 1500, 750),
        ("o1", "p2"): ("Tin", 1, 1),
        ("o2", "p1"): ("Blue", 1000, 500),
    }


def test_facts_stay_as_they_were_made(warehouse: Warehouse) -> None:
    warehouse.append([fact_row("o1", ordered_at=AT, amount_cents=1)])
    before = warehouse.refresh_facts()
    warehouse.append([fact_row("o2", ordered_at=AT, amount_cents=2)])
    assert amounts(warehouse) == {"o1": 1, "o2": 2}
    warehouse.facts = before
    assert order_counts(warehouse) == {"org": 1}


def test_facts_are_deleted_when_no_night_can_need_them(warehouse: Warehouse) -> None:
    now = AT
    ageing = Warehouse(
        warehouse.client,
        warehouse.dataset.dataset_id,
        maximum_bytes_billed=10**9,
        clock=lambda: now,
    )
    first = ageing.refresh_facts()
    now += FACTS_KEPT
    second = ageing.refresh_facts()
    now += timedelta(seconds=1)
    third = ageing.refresh_facts()
    rest = {table.table_id for table in ageing.client.list_tables(ageing.dataset)}
    assert f"order_facts_{first}" not in rest
    assert {f"order_facts_{second}", f"order_lines_{third}", CHANGELOG} <= rest


def test_nothing_exported_yet(warehouse: Warehouse, dataset: bigquery.DatasetReference) -> None:
    warehouse.refresh_facts()
    assert table(warehouse, "order_facts") == table(warehouse, "order_lines") == []
    assert order_counts(warehouse) == {}
    assert warehouse.load([]) == 0
