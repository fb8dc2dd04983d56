"""The rules that decide which index a query needs."""

from collections.abc import Callable, Iterable
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
    alternatives,
    required_field_indexes,
    required_index,
)

ASC, DESC = Direction.ASCENDING, Direction.DESCENDING
DOWN = Query.DESCENDING
A, B, C = (FieldFilter(name, "==", 1) for name in "abc")
ABOVE_D = FieldFilter("d", ">", 1)
BELOW_D = FieldFilter("d", "<", 9)

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
        (lambda q: q.where(filter=Or([A, FieldFilter("a", "==", None)])), {"a": BOTH}),
        (
            lambda q: q.where(filter=Or([ABOVE_D, And([ABOVE_D, BELOW_D])])).order_by("d"),
            {"d": {ASC}},
        ),
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


def test_each_alternative_takes_its_own_index(client: Client) -> None:
    whole = client.collection("x")
    either = sent(whole.where(filter=Or([And([A, ABOVE_D]), B])).order_by("d"))
    required = [required_index(query) for query in alternatives(either)]
    assert [index and (index.equalities, index.sorts) for index in required] == [
        (frozenset("a"), (("d", ASC),)),
        (frozenset("b"), (("d", ASC),)),
    ]
    both = sent(whole.where(filter=And([A, B])))
    assert alternatives(both) == [both]
    assert alternatives(sent(whole.limit(1))) == [sent(whole.limit(1))]


def test_what_is_added_up_is_read_from_the_index(client: Client) -> None:
    whole = client.collection("x")

    assert required_index(sent(whole.limit(3)), ["v"]) is None
    assert required_index(sent(whole.where(filter=FieldFilter("v", ">", 1))), ["v"]) is None
    for query, equalities, sorts in (
        (whole.where(filter=A), "a", [("v", ASC)]),
        (whole.where(filter=FieldFilter("a", "in", [1, 2])), "a", [("v", ASC)]),
        (whole.where(filter=ABOVE_D), "", [("d", ASC), ("v", ASC)]),
        (whole.where(filter=A).where(filter=ABOVE_D), "a", [("d", ASC), ("v", ASC)]),
        (whole.where(filter=A).where(filter=FieldFilter("v", ">", 1)), "a", [("v", ASC)]),
    ):
        index = required_index(sent(query), ["v"])
        assert index is not None
        assert (index.equalities, index.sorts) == (frozenset(equalities), tuple(sorts))


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
        (
            lambda q: q.where(filter=FieldFilter("a", "array_contains", 1)).where(filter=ABOVE_D),
            ["a[]"],
            [("d", ASC)],
        ),
        (
            lambda q: q.where(filter=FieldFilter("a", "array_contains_any", [1, 2])).order_by(
                "__name__", direction=DOWN
            ),
            ["a[]"],
            [("__name__", DESC)],
        ),
    ],
)
def test_a_composite_index_is_needed(
    client: Client, shape: Shape, equalities: Iterable[str], sorts: list[Sort]
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


@pytest.mark.parametrize(
    "shape",
    [
        lambda q: q.where(filter=FieldFilter("a", "not-in", [1, 2])),
        lambda q: q.where(filter=FieldFilter("a", "!=", 1)),
        lambda q: q.where(filter=FieldFilter("a", "!=", None)),
        lambda q: q.where(filter=Or([A, B])),
        lambda q: q.where(filter=Or([ABOVE_D, FieldFilter("d", "==", None)])),
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


def test_an_index_of_elements_is_no_index_of_the_whole_field(tmp_path: Path) -> None:
    path = tmp_path / "firestore.indexes.json"
    path.write_text(INDEX_FILE)
    (declared,) = IndexFile.load(path).composites
    for field, serves in (("tags[]", True), ("tags", False)):
        required = CompositeIndex(
            collection="x",
            collection_group=False,
            equalities=frozenset({field}),
            sorts=(("d", ASC),),
        )
        assert declared.serves(required) is serves


def test_other_indexes_of_elements_are_not_understood(tmp_path: Path) -> None:
    path = tmp_path / "firestore.indexes.json"
    path.write_text(INDEX_FILE.replace("CONTAINS", "OTHER"))
    with pytest.raises(ValueError, match="OTHER"):
        IndexFile.load(path)


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
  "indexes": [
    {"collectionGroup": "x", "queryScope": "COLLECTION", "fields": [
      {"fieldPath": "tags", "arrayConfig": "CONTAINS"}, {"fieldPath": "d", "order": "ASCENDING"}
    ]}
  ],
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
