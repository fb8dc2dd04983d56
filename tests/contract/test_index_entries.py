"""Number of index entries of an ordinary customer, and of those that an order rewrites.

Firestore writes each with the document, takes 40,000 per document, and bills their storage. A
composite index has an entry for each value of its array field, so search words count most.
"""

from dataclasses import replace
from datetime import date, timedelta
from math import prod
from pathlib import Path
from typing import Any

from shared.firestore import paths
from shared.orders.fact import Contact
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals, Rule
from shared.segments.customer import Customer
from shared.segments.segment import Segment
from tests.contract.index_rules import CONTAINS, NAME, DeclaredIndex, IndexFile
from tests.support.world import NOW, customer_id

INDEXES = IndexFile.load(Path(__file__).parents[2] / "firestore.indexes.json")
ADA = Customer(
    id=customer_id("org_north", "ada.lovelace@example.org"),
    totals=OrderTotals(
        order_count=6,
        lifetime_value_cents=310_00,
        first_ordered_at=NOW - timedelta(days=200),
        last_ordered_at=NOW - timedelta(days=9),
    ),
    first_local_date=date(2026, 5, 7),
    category_cents=(("Flower", 210_00), ("Edibles", 100_00)),
    segment=Segment.LOYAL,
    rule=Rule.LOYAL,
    segment_since=NOW - timedelta(days=90),
    custom_segments=("cs_0123456789ab", "cs_ba9876543210"),
    next_transition_at=NOW + timedelta(days=21),
    transition_count=3,
    contact=Contact(
        display_name="Ada Lovelace", email="ada.lovelace@example.org", phone="+15550100123"
    ),
)


def value(document: dict[str, Any], path: str) -> Any:
    """Return a document's value at a path; None without one."""
    actual: Any = document
    for name in path.removesuffix(CONTAINS).split("."):
        actual = actual.get(name) if isinstance(actual, dict) else None
    return actual


def composite_entries(index: DeclaredIndex, document: dict[str, Any]) -> int:
    """One per element of its array."""
    fields = [field for field, _ in index.fields if field != NAME]
    return prod(len(value(document, each)) for each in fields if each.endswith(CONTAINS))


def composites() -> list[DeclaredIndex]:
    return [index for index in INDEXES.composites if index.collection == paths.CUSTOMERS]


def own_indexes(document: dict[str, Any]) -> int:
    """Of fields with an index of their own: two directions, or those that an override names."""
    count = 0
    for field in document:
        override = INDEXES.override_of(paths.CUSTOMERS, field)
        count += 2 if override is None else len(override)
    for collection, path in INDEXES.overrides:
        if collection == paths.CUSTOMERS and "." in path:
            count += len(value(document, path) or ())
    return count


def test_an_ordinary_customer_has_few_index_entries_and_an_order_rewrites_part_of_them() -> None:
    before = customer_document(ADA, NOW)
    totals = replace(ADA.totals, order_count=7, lifetime_value_cents=360_00, last_ordered_at=NOW)
    after = customer_document(replace(ADA, totals=totals), NOW)
    rewritten = [
        index
        for index in composites()
        if any(value(before, field) != value(after, field) for field, _ in index.fields)
    ]

    assert len(before["contact"]["search"]) == 18
    assert sum(composite_entries(index, before) for index in composites()) == 281
    assert sum(composite_entries(index, before) for index in rewritten) == 187
    assert own_indexes(before) == 14
