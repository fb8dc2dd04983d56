"""Indexes that a query needs in production: the emulator answers every query without any.

Firestore's rules, as far as this product's queries go:

* Every field has an index of its own within its collection, in both directions, and none across
  the collections of one name (a collection group). An override replaces that, for a map with all
  that is in it.
* Filters by equality alone, on any number of fields, merge the fields' own indexes. A filter by
  `in` is a filter by equality, once per value.
* A query with OR is one query for each alternative; see `alternatives`.
* A range on one field, or an order by one field, and nothing else, takes that field's own index in
  the direction of the order.
* Anything more takes a composite index: first the fields compared for equality, in any order and
  either direction, then the fields sorted by, each in its direction. Fields with a range that are
  not sorted by come last, by name, in the direction of the last order.
* The fields that an aggregation adds up are read from the index too: after all others, where they
  are not there anyway. So they take a composite index beside any other field.
* An order by a field that is compared for equality changes nothing.
* `array_contains`, of one value or any of some, is a comparison for equality with an index that
  says CONTAINS of the field.
* Every index ends with the document's name in the direction of its last field (ascending where
  there is none), which is also how a query sorts that does not say. A query that sorts by name the
  other way takes a composite index that says so.
* A composite index needs no index of its own of any of its fields.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from google.cloud.firestore_v1.types import StructuredQuery

NAME = "__name__"
CONTAINS = "[]"
"""Marks a field whose elements are compared, behind its name."""


class Direction(StrEnum):
    """Direction of a field in an index or an order, as index files spell it."""

    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


BOTH = frozenset(Direction)

Sort = tuple[str, Direction]
"""A field and the direction in which it is sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeIndex:
    """A composite index, as far as it matters to a query."""

    collection: str
    collection_group: bool
    equalities: frozenset[str]
    sorts: tuple[Sort, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIndex:
    """A field's own index, in any one of some directions."""

    collection: str
    collection_group: bool
    field: str
    directions: frozenset[Direction] = BOTH


class UnknownQueryError(Exception):
    """A query of a kind whose rules are not written down here yet."""


def alternatives(query: StructuredQuery) -> list[StructuredQuery]:
    """Return the queries that a query stands for: one for each alternative of a top-level OR."""
    composite = query.where.composite_filter
    if "where" not in query or composite.op != StructuredQuery.CompositeFilter.Operator.OR:
        return [query]
    actual = []
    for each in composite.filters:
        one = StructuredQuery(query)
        one.where = each
        actual.append(one)
    return actual


def required_index(query: StructuredQuery, summed: Sequence[str] = ()) -> CompositeIndex | None:
    """The composite index that a query needs; None where fields' own indexes are enough.

    `summed` are the fields that an aggregation adds up. Raises UnknownQueryError.
    """
    index = _shape(query, summed)
    alone = not index.equalities and len(index.sorts) == 1 and index.sorts[0][0] != NAME
    return None if alone or not index.sorts else index


def required_field_indexes(
    query: StructuredQuery, summed: Sequence[str] = ()
) -> frozenset[FieldIndex]:
    """The fields' own indexes that a query needs; none where it needs a composite one.

    Raises UnknownQueryError.
    """
    if required_index(query, summed) is not None:
        return frozenset()
    index = _shape(query, summed)
    needed = dict.fromkeys(index.equalities, BOTH)
    needed |= {field: frozenset({direction}) for field, direction in index.sorts}
    return frozenset(
        FieldIndex(
            collection=index.collection,
            collection_group=index.collection_group,
            field=field,
            directions=directions,
        )
        for field, directions in needed.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredIndex:
    """A composite index as declared."""

    collection: str
    collection_group: bool
    fields: tuple[Sort, ...]

    def serves(self, required: CompositeIndex) -> bool:
        """Whether queries that need `required` can use this one."""
        first = len(required.equalities)
        return (
            self.collection == required.collection
            and self.collection_group == required.collection_group
            and {field for field, _ in self.fields[:first]} == required.equalities
            and _without_implied_name(self.fields[first:]) == required.sorts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """The contents of firestore.indexes.json."""

    composites: Sequence[DeclaredIndex]
    overrides: Mapping[tuple[str, str], frozenset[FieldIndex]]
    """By collection and field: the only indexes of its own that the field has."""

    @classmethod
    def load(cls, path: Path) -> "IndexFile":
        """Read a file. Raises KeyError or ValueError for unknown content."""
        content = json.loads(path.read_text())
        composites = [
            DeclaredIndex(
                collection=entry["collectionGroup"],
                collection_group=_is_group(entry["queryScope"]),
                fields=tuple(map(_declared_field, entry["fields"])),
            )
            for entry in content["indexes"]
        ]
        overrides = {
            (entry["collectionGroup"], entry["fieldPath"]): frozenset(
                _declared_field_index(entry, each) for each in entry["indexes"]
            )
            for entry in content["fieldOverrides"]
        }
        return cls(composites=composites, overrides=overrides)

    def has(self, needed: FieldIndex) -> bool:
        """Whether a field has such an index of its own."""
        override = self.override_of(needed.collection, needed.field)
        if override is None:
            return not needed.collection_group
        return any(
            index.collection_group == needed.collection_group
            and index.field.endswith(CONTAINS) == needed.field.endswith(CONTAINS)
            and index.directions & needed.directions
            for index in override
        )

    def override_of(self, collection: str, field: str) -> frozenset[FieldIndex] | None:
        """The override that governs a field: its own, or that of the map it is in."""
        parts = field.removesuffix(CONTAINS).split(".")
        for length in range(len(parts), 0, -1):
            override = self.overrides.get((collection, ".".join(parts[:length])))
            if override is not None:
                return override
        return None


def _declared_field_index(entry: Mapping[str, Any], index: Mapping[str, str]) -> FieldIndex:
    contains = index.get("arrayConfig") == "CONTAINS"
    return FieldIndex(
        collection=entry["collectionGroup"],
        collection_group=_is_group(index["queryScope"]),
        field=entry["fieldPath"] + (CONTAINS if contains else ""),
        directions=BOTH if contains else frozenset({Direction(index["order"])}),
    )


_EQUAL = {
    StructuredQuery.FieldFilter.Operator.EQUAL,
    StructuredQuery.FieldFilter.Operator.IN,
}
_RANGES = {
    StructuredQuery.FieldFilter.Operator.LESS_THAN,
    StructuredQuery.FieldFilter.Operator.LESS_THAN_OR_EQUAL,
    StructuredQuery.FieldFilter.Operator.GREATER_THAN,
    StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL,
}
_CONTAINS = {
    StructuredQuery.FieldFilter.Operator.ARRAY_CONTAINS,
    StructuredQuery.FieldFilter.Operator.ARRAY_CONTAINS_ANY,
}
_EQUAL_UNARY = {StructuredQuery.UnaryFilter.Operator.IS_NULL}


def _shape(query: StructuredQuery, summed: Sequence[str]) -> CompositeIndex:
    """The index that would answer the query by itself, whether or not it has to be composite."""
    if len(query.from_) != 1 or "find_nearest" in query:
        raise UnknownQueryError(str(query))
    equalities: set[str] = set()
    ranges: set[str] = set()
    if "where" in query:
        _collect(query.where, equalities, ranges)
    sorts = [
        (order.field.field_path, Direction(order.direction.name))
        for order in query.order_by
        if order.field.field_path not in equalities
    ]
    direction = sorts[-1][1] if sorts else Direction.ASCENDING
    unsorted = ranges - {field for field, _ in sorts}
    if unsorted and NAME in (field for field, _ in sorts):
        raise UnknownQueryError(str(query))
    sorts += [(field, direction) for field in sorted(unsorted)]
    actual = equalities.union(field for field, _ in sorts)
    sorts += [(field, direction) for field in summed if field not in actual]
    return CompositeIndex(
        collection=query.from_[0].collection_id,
        collection_group=query.from_[0].all_descendants,
        equalities=frozenset(equalities),
        sorts=_without_implied_name(sorts),
    )


def _collect(filter: StructuredQuery.Filter, equalities: set[str], ranges: set[str]) -> None:
    kind: Any = StructuredQuery.Filter.pb(filter).WhichOneof("filter_type")
    if kind == "composite_filter":
        if filter.composite_filter.op == StructuredQuery.CompositeFilter.Operator.OR:
            alike, between = _alternatives(filter)
            equalities |= alike
            ranges |= between
            return
        for each in filter.composite_filter.filters:
            _collect(each, equalities, ranges)
        return
    condition = filter.field_filter if kind == "field_filter" else filter.unary_filter
    field = condition.field.field_path
    if condition.op in _CONTAINS:
        equalities.add(field + CONTAINS)
        return
    if field == NAME or condition.op not in _EQUAL | _RANGES | _EQUAL_UNARY:
        raise UnknownQueryError(str(filter))
    (ranges if condition.op in _RANGES else equalities).add(field)


def _alternatives(filter: StructuredQuery.Filter) -> tuple[set[str], set[str]]:
    """The fields that each alternative compares for equality, and by a range: the same for all."""
    compared: list[tuple[set[str], set[str]]] = []
    for each in filter.composite_filter.filters:
        compared.append((set(), set()))
        _collect(each, *compared[-1])
    if any(fields != compared[0] for fields in compared):
        raise UnknownQueryError(str(filter))
    return compared[0]


def _without_implied_name(sorts: Sequence[Sort]) -> tuple[Sort, ...]:
    fields = [field for field, _ in sorts]
    if NAME not in fields:
        return tuple(sorts)
    # Names are unique: nothing behind them decides anything.
    place = fields.index(NAME)
    implied = sorts[place - 1][1] if place else Direction.ASCENDING
    return tuple(sorts[: place if sorts[place][1] == implied else place + 1])


def _declared_field(entry: Mapping[str, str]) -> Sort:
    if "arrayConfig" in entry:
        if entry["arrayConfig"] != "CONTAINS":
            raise ValueError(entry["arrayConfig"])
        return entry["fieldPath"] + CONTAINS, Direction.ASCENDING
    return entry["fieldPath"], Direction(entry["order"])


def _is_group(scope: str) -> bool:
    if scope not in ("COLLECTION", "COLLECTION_GROUP"):
        raise ValueError(scope)
    return scope == "COLLECTION_GROUP"
