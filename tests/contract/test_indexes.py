"""firestore.indexes.json against every query the product makes.

The emulator answers any query; in production one without its index fails. So everything that asks
Firestore something is run here, and each query that was sent is held against the file.
"""

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore

from shared.audit import store as audit_store
from shared.firestore import changes, paths, query_chunks
from shared.funnel import event_store as event_source
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly import night_store as night_book
from shared.products import unused_sales_store as unused_sales
from shared.reconciliation.stores import (
    due_customers,
    due_orders,
    firestore_ledger_store,
    order_source,
    reclassification_store,
)
from shared.services import Services
from shared.warehouse import ledger_source
from tests.contract.exercises.orders import (
    all_orders_are_read,
    an_organization_is_audited,
    an_organization_is_rebuilt,
    nights_are_dispatched,
    orders_come_and_go,
    product_sales_are_published,
    results_are_published,
    sessions_are_counted,
    the_ledger_is_exported,
    time_passes,
)
from tests.contract.exercises.pages import (
    calls_are_limited,
    insights_are_made,
    pages_are_shown,
    the_past_is_shown,
)
from tests.contract.exercises.settings import (
    campaigns_are_made,
    rules_change,
    the_dashboards_customers_are_read,
)
from tests.contract.index_rules import (
    CONTAINS,
    IndexFile,
    alternatives,
    required_field_indexes,
    required_index,
)
from tests.support.metered import RecordedQuery, metered
from tests.support.own_data import own_project_id
from tests.support.world import SECRET

ROOT = Path(__file__).parents[2]
INDEXES = IndexFile.load(ROOT / "firestore.indexes.json")
PRODUCT = ("functions", "shared", "tools")


EXERCISES: Sequence[Callable[[Services], None]] = (
    orders_come_and_go,
    time_passes,
    product_sales_are_published,
    rules_change,
    sessions_are_counted,
    the_dashboards_customers_are_read,
    campaigns_are_made,
    results_are_published,
    nights_are_dispatched,
    pages_are_shown,
    the_past_is_shown,
    insights_are_made,
    calls_are_limited,
    an_organization_is_rebuilt,
    all_orders_are_read,
    an_organization_is_audited,
    the_ledger_is_exported,
)
"""Run in this order on one database. Add whatever asks Firestore something new."""


Documents = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def exercised(firestore_emulator: str) -> Iterator[tuple[list[RecordedQuery], Documents]]:
    """Every query of the product, and the documents that were there after each exercise."""
    client = firestore.Client(project=own_project_id("indexes"))
    services = build_services(client, Settings(), SECRET)
    queries: list[RecordedQuery] = []
    documents: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patched:
        for module in (
            audit_store,
            due_customers,
            due_orders,
            event_source,
            ledger_source,
            night_book,
            order_source,
            reclassification_store,
            unused_sales,
        ):
            patched.setattr(module, "PAGE_SIZE", 1)
        patched.setattr(query_chunks, "CHUNK_SIZE", 1)
        patched.setattr(firestore_ledger_store, "RETURNS_PAGE", 1)
        for exercise in EXERCISES:
            with metered(client) as meter:
                exercise(services)
            queries += [
                replace(recorded, query=alternative)
                for recorded in meter.queries
                for alternative in alternatives(recorded.query)
            ]
            for collection in {collection for collection, _ in INDEXES.overrides}:
                for snapshot in client.collection_group(collection).stream():
                    documents[collection].append(snapshot.to_dict() or {})
    yield queries, documents
    client.close()


@pytest.fixture(scope="module")
def queries(exercised: tuple[list[RecordedQuery], Documents]) -> list[RecordedQuery]:
    return exercised[0]


@pytest.fixture(scope="module")
def documents(exercised: tuple[list[RecordedQuery], Documents]) -> Documents:
    return exercised[1]


def test_every_query_has_its_index(queries: list[RecordedQuery]) -> None:
    for recorded in queries:
        required = required_index(recorded.query, recorded.summed)
        if required is not None:
            assert any(declared.serves(required) for declared in INDEXES.composites), required
        for needed in required_field_indexes(recorded.query, recorded.summed):
            assert INDEXES.has(needed), needed


def test_every_composite_index_serves_a_query(queries: list[RecordedQuery]) -> None:
    required = [required_index(recorded.query, recorded.summed) for recorded in queries]
    unused = [
        declared
        for declared in INDEXES.composites
        if not any(index is not None and declared.serves(index) for index in required)
    ]
    assert unused == []


def test_no_composite_index_is_there_twice() -> None:
    assert len(set(INDEXES.composites)) == len(INDEXES.composites)


def test_every_index_that_an_override_adds_serves_a_query(queries: list[RecordedQuery]) -> None:
    needed = [
        index
        for recorded in queries
        for index in required_field_indexes(recorded.query, recorded.summed)
    ]
    unused = [
        added
        for override in INDEXES.overrides.values()
        for added in override
        if not any(
            (added.collection, added.collection_group, added.field)
            == (index.collection, index.collection_group, index.field)
            and added.directions & index.directions
            for index in needed
        )
    ]
    assert unused == []


def test_every_override_names_a_field_that_is_stored(documents: Documents) -> None:
    unknown = [
        (collection, field)
        for collection, field in INDEXES.overrides
        if not any(_holds(document, field) for document in documents[collection])
    ]
    assert unknown == []


def _holds(document: Any, path: str) -> bool:
    name, _, rest = path.partition(".")
    return (
        isinstance(document, dict)
        and name in document
        and (not rest or _holds(document[name], rest))
    )


WRITTEN_WITH_ORDERS_AND_SESSIONS = frozenset(
    {
        paths.CUSTOMERS,
        paths.DAILY_STATS,
        paths.FUNNEL_MONTHS,
        paths.FUNNEL_SESSIONS,
        paths.LEDGER,
        paths.SEGMENT_COUNTS,
        paths.TRANSITIONS,
    }
)


QUERIED_BY_THE_DASHBOARD = {("insights", "expiresAt"), ("insights", "lastUpdated")}
"""An earlier dashboard looks for its own cards by these: an index is for the whole collection."""


def test_no_field_has_an_index_that_no_query_needs(
    queries: list[RecordedQuery], documents: Documents
) -> None:
    """Every index entry is written with its document. Maps and lists can hit the limit of entries
    per document; days and instants, which only grow, limit a collection to 500 writes per second,
    as its index is written at one end. Other fields matter where documents are written often."""
    needed = QUERIED_BY_THE_DASHBOARD | {
        (index.collection, index.field.removesuffix(CONTAINS))
        for recorded in queries
        for index in required_field_indexes(recorded.query, recorded.summed)
    }
    actual = {
        (collection, field)
        for collection, stored in documents.items()
        for document in stored
        for field, value in document.items()
        if collection in WRITTEN_WITH_ORDERS_AND_SESSIONS
        or isinstance(value, dict | list | datetime)
    }
    assert {each for each in actual - needed if INDEXES.override_of(*each) is None} == set()


def test_what_is_added_up_has_an_index() -> None:
    """Firestore adds a field up from its index, which each field has unless it is left out."""
    for collection in (paths.SEGMENT_COUNTS, paths.FUNNEL_MONTHS):
        assert INDEXES.override_of(collection, changes.FIELD) is None


def test_sessions_and_rate_limits_are_forgotten_by_a_policy() -> None:
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
    policies = [
        (each["collectionGroup"], each["fieldPath"]) for each in overrides if each.get("ttl")
    ]
    assert policies == [(paths.FUNNEL_SESSIONS, "expires_at"), (paths.RATE_LIMITS, "full_at")]


def test_every_place_that_runs_a_query_was_exercised(queries: list[RecordedQuery]) -> None:
    called = {caller for recorded in queries for caller in recorded.callers}
    missed = [
        f"{path.relative_to(ROOT)}:{lines.start}"
        for folder in PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        for lines in _places(ast.parse(path.read_text()))
        if called.isdisjoint((str(path), line) for line in lines)
    ]
    assert missed == []


def _places(module: ast.Module) -> Iterator[range]:
    """Lines of the statements in which a query is run; of a loop or the like, those of its head."""
    for statement in ast.walk(module):
        if not isinstance(statement, ast.stmt):
            continue
        head = [node for node in ast.iter_child_nodes(statement) if not isinstance(node, ast.stmt)]
        runs_query = any(
            isinstance(node, ast.Attribute)
            and node.attr == "stream"
            and ast.unparse(node.value) != "request"  # the body of a call
            for part in head
            for node in ast.walk(part)
        )
        if runs_query:
            end = max(getattr(part, "end_lineno", None) or statement.lineno for part in head)
            yield range(statement.lineno, end + 1)


def test_queries_are_found_in_the_product() -> None:
    source = "for a in b.stream():\n    c()\nd = (\n    e.stream()\n)\nf()\n"
    assert list(_places(ast.parse(source))) == [range(1, 2), range(3, 5)]
