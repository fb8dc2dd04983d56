"""The rules that decide which index a query needs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import And, Client, FieldFilter, Or, Query
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.types import StructuredQuery
from google.cloud.firestore_v1.vector import Vector

from tests.contract.index_rules import (
    BOTH,
    CompositeIndex,
    DeclaredIndex,
    Direction,
    FieldIndex,
    IndexFile,
    Sort,
    UnknownQueryError,
    required_field_indexes,
    required_index,
)

ASC, DESC = Direction.ASCENDING, Direction.DESCENDING
DOWN = Query.DESCENDING
A, B, C = (FieldFilter(name, "==", 1) for name in "abc")
ABOVE_D = FieldFilter("d", ">", 1)

Shape = Callable[[Any], Query]


@pytest.fixture
def client() -> Client:
    return Client(project="demo-none", credentials=AnonymousCredentials())


def sent(query: Query) -> StructuredQuery:
    return query._to_protobuf()


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (lambda q: q.limit(3), {}),
        (lambda q: q.order_by("__name__"), {}),
        (lambda q: q.where(filter=A), {"a": BOTH}),
        (lambda q: q.where(filter=A).order_by("__name__"), {"a": BOTH}),
        (
            lambda q: q.where(filter=A).order_by("a", direction=DOWN).order_by("__name__"),
            {"a": BOTH},
        ),
        (lambda q: q.where(filter=A).where(filter=B).where(filter=C), dict.fromkeys("abc", BOTH)),
        (lambda q: q.where(filter=FieldFilter("a", "==", None)), {"a": BOTH}),
        (lambda q: q.order_by("d"), {"d": {ASC}}),
        (lambda q: q.order_by("d", direction=DOWN), {"d": {DESC}}),
        (
            lambda q: q.order_by("d", direction=DOWN).order_by("__name__", direction=DOWN),
            {"d": {DESC}},
        ),
        (lambda q: q.where(filter=ABOVE_D), {"d": {ASC}}),
        (lambda q: q.where(filter=ABOVE_D).where(filter=FieldFilter("d", "<=", 9)), {"d": {ASC}}),
        (lambda q: q.where(filter=ABOVE_D).order_by("d", direction=DOWN), {"d": {DESC}}),
        (lambda q: q.order_by("d").order_by("__name__").order_by("e"), {"d": {ASC}}),
    ],
)
def test_fields_own_indexes_are_enough(
    client: Client, shape: Shape, fields: dict[str, set[Direction]]
) -> None:
    for source, group in ((client.collection("x"), False), (client.collection_group("x"), True)):
        query = sent(shape(source))
        assert required_index(query) is None
        assert required_field_indexes(query) == {
            FieldIndex(
                collection="x",
                collection_group=group,
                field=field,
                directions=frozenset(directions),
            )
            for field, directions in fields.items()
        }


@pytest.mark.parametrize(
    ("shape", "equalities", "sorts"),
    [
        (lambda q: q.where(filter=A).order_by("d"), "a", [("d", ASC)]),
        (lambda q: q.where(filter=A).order_by("d", direction=DOWN), "a", [("d", DESC)]),
        (lambda q: q.where(filter=A).where(filter=ABOVE_D), "a", [("d", ASC)]),
        (lambda q: q.where(filter=And([B, And([A, ABOVE_D])])), "ab", [("d", ASC)]),
        (
            lambda q: q.where(filter=A).order_by("d").order_by("__name__"),
            "a",
            [("d", ASC)],
        ),
        (
            lambda q: q.where(filter=A).order_by("d").order_by("__name__", direction=DOWN),
            "a",
            [("d", ASC), ("__name__", DESC)],
        ),
        (
            lambda q: q.where(filter=A).order_by("__name__", direction=DOWN),
            "a",
            [("__name__", DESC)],
        ),
        (lambda q: q.order_by("__name__", direction=DOWN), "", [("__name__", DESC)]),
        (lambda q: q.order_by("d").order_by("e", direction=DOWN), "", [("d", ASC), ("e", DESC)]),
        (
            lambda q: q.where(filter=FieldFilter("e", "<", 1)).where(filter=ABOVE_D),
            "",
            [("d", ASC), ("e", ASC)],
        ),
        (
            lambda q: q.where(filter=ABOVE_D).order_by("e", direction=DOWN),
            "",
            [("e", DESC), ("d", DESC)],
        ),
    ],
)
def test_a_composite_index_is_needed(
    client: Client, shape: Shape, equalities: str, sorts: list[Sort]
) -> None:
    for source, group in ((client.collection("x"), False), (client.collection_group("x"), True)):
        query = sent(shape(source))
        assert required_index(query) == CompositeIndex(
            collection="x",
            collection_group=group,
            equalities=frozenset(equalities),
            sorts=tuple(sorts),
        )
        assert required_field_indexes(query) == frozenset()


def test_a_list_that_is_to_contain_something_stands_first_in_its_index(
    client: Client, tmp_path: Path
) -> None:
    query = client.collection("x").where(filter=FieldFilter("l", "array_contains", 1))
    required = required_index(sent(query.where(filter=A).where(filter=ABOVE_D).order_by("d")))
    assert required == CompositeIndex(
        collection="x",
        collection_group=False,
        equalities=frozenset("a"),
        sorts=(("d", ASC),),
        contains=frozenset("l"),
    )
    alone = required_index(sent(query.order_by("d", direction=DOWN)))
    assert alone is not None
    assert (alone.contains, alone.sorts) == ({"l"}, (("d", DESC),))

    path = tmp_path / "firestore.indexes.json"
    index = {
        "collectionGroup": "x",
        "queryScope": "COLLECTION",
        "fields": [
            {"fieldPath": "l", "arrayConfig": "CONTAINS"},
            {"fieldPath": "a", "order": "ASCENDING"},
            {"fieldPath": "d", "order": "ASCENDING"},
        ],
    }
    path.write_text(json.dumps({"indexes": [index], "fieldOverrides": []}))
    (declared,) = IndexFile.load(path).composites
    assert declared.serves(required)
    assert not declared.serves(alone)


@pytest.mark.parametrize(
    "shape",
    [
        lambda q: q.where(filter=FieldFilter("a", "in", [1, 2])),
        lambda q: q.where(filter=FieldFilter("a", "array_contains", 1)),
        lambda q: q.where(filter=FieldFilter("a", "!=", 1)),
        lambda q: q.where(filter=FieldFilter("a", "!=", None)),
        lambda q: q.where(filter=Or([A, B])),
        lambda q: q.where(filter=ABOVE_D).order_by("__name__"),
        lambda q: q.find_nearest("a", Vector([1.0]), 1, DistanceMeasure.COSINE),
    ],
)
def test_a_query_of_unknown_kind_is_not_guessed_at(client: Client, shape: Shape) -> None:
    with pytest.raises(UnknownQueryError):
        required_index(sent(shape(client.collection("x"))))


@pytest.mark.parametrize(
    ("fields", "serves"),
    [
        ([("a", ASC), ("b", ASC), ("d", DESC)], True),
        ([("b", DESC), ("a", ASC), ("d", DESC)], True),
        ([("a", ASC), ("b", ASC), ("d", DESC), ("__name__", DESC)], True),
        ([("a", ASC), ("b", ASC), ("d", DESC), ("__name__", ASC)], False),
        ([("a", ASC), ("b", ASC), ("d", ASC)], False),
        ([("a", ASC), ("d", DESC), ("b", ASC)], False),
        ([("a", ASC), ("b", ASC)], False),
        ([("a", ASC), ("d", DESC)], False),
        ([("a", ASC), ("b", ASC), ("d", DESC), ("e", ASC)], False),
        ([("a", ASC), ("b", ASC), ("c", ASC), ("d", DESC)], False),
    ],
)
def test_a_declared_index_serves_exactly_its_queries(fields: list[Sort], serves: bool) -> None:
    required = CompositeIndex(
        collection="x", collection_group=False, equalities=frozenset("ab"), sorts=(("d", DESC),)
    )
    declared = DeclaredIndex(collection="x", collection_group=False, fields=tuple(fields))
    assert declared.serves(required) is serves


@pytest.mark.parametrize(("collection", "group"), [("y", False), ("x", True)])
def test_a_declared_index_serves_no_other_collection_or_scope(collection: str, group: bool) -> None:
    required = CompositeIndex(
        collection="x", collection_group=False, equalities=frozenset("a"), sorts=(("d", ASC),)
    )
    declared = DeclaredIndex(
        collection=collection, collection_group=group, fields=(("a", ASC), ("d", ASC))
    )
    assert not declared.serves(required)


INDEX_FILE = """{
  "indexes": [],
  "fieldOverrides": [
    {"collectionGroup": "x", "fieldPath": "off", "indexes": []},
    {"collectionGroup": "x", "fieldPath": "off.but", "indexes": [
      {"queryScope": "COLLECTION", "order": "DESCENDING"}
    ]},
    {"collectionGroup": "x", "fieldPath": "group", "indexes": [
      {"queryScope": "COLLECTION_GROUP", "order": "ASCENDING"}
    ]}
  ]
}"""


@pytest.mark.parametrize(
    ("field", "group", "directions", "has"),
    [
        ("plain", False, {ASC}, True),
        ("plain", True, {ASC}, False),
        ("off", False, BOTH, False),
        ("off.inside", False, BOTH, False),
        ("official", False, BOTH, True),
        ("off.but", False, {DESC}, True),
        ("off.but", False, {ASC}, False),
        ("off.but", False, BOTH, True),
        ("group", True, {ASC}, True),
        ("group", True, {DESC}, False),
        ("group", False, {ASC}, False),
    ],
)
def test_an_override_replaces_the_indexes_that_a_field_has_by_itself(
    tmp_path: Path, field: str, group: bool, directions: set[Direction], has: bool
) -> None:
    path = tmp_path / "firestore.indexes.json"
    path.write_text(INDEX_FILE)
    needed = FieldIndex(
        collection="x", collection_group=group, field=field, directions=frozenset(directions)
    )
    assert IndexFile.load(path).has(needed) is has
    elsewhere = FieldIndex(collection="y", collection_group=False, field=field)
    assert IndexFile.load(path).has(elsewhere)
