"""Nights over orders that are exported once a module."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from google.cloud import firestore

from shared.nightly.question import Scan
from shared.warehouse.answers import NightTables
from shared.warehouse.warehouse import Warehouse
from tests.computation.nights import (
    Night,
    before_the_first_night,
    built,
    export_orders,
)
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.own_data import own_client, own_warehouse


@pytest.fixture(scope="module")
def exported(bigquery_host: str) -> Iterator[Warehouse]:
    """The orders, for tests that add none."""
    with own_warehouse() as warehouse:
        export_orders(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def computed(firestore_emulator: str, exported: Warehouse) -> Documents:
    """Return the documents after the first night."""
    with own_client() as client:
        assert before_the_first_night(client, exported).run() == "complete"
        return documents_of(client)


@pytest.fixture
def night(firestore_client: firestore.Client, exported: Warehouse) -> Night:
    return before_the_first_night(firestore_client, exported)


@pytest.fixture
def second(firestore_client: firestore.Client, exported: Warehouse, computed: Documents) -> Night:
    """The night after the first."""
    write_copy(computed, firestore_client)
    return Night(built(firestore_client, exported))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of questions whose queries fail."""
    names: set[str] = set()
    ask = NightTables.ask

    def ask_or_fail(tables: NightTables, facts: str, scan: Scan, now: datetime) -> None:
        if scan.name in names:
            raise ConnectionError("with some detail")
        ask(tables, facts, scan, now)

    monkeypatch.setattr(NightTables, "ask", ask_or_fail)
    return names
