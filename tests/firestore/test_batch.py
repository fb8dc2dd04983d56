"""Batches that make their messages themselves: the library's, whatever is put in."""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore import Increment
from hypothesis import given
from hypothesis import strategies as st

from shared.firestore.batch import Batch
from shared.segments.segment import Segment

CLIENT = firestore.Client(project="demo-batch", credentials=AnonymousCredentials())
DOCUMENT = CLIENT.document("shops/acme")
READ_AT = DatetimeWithNanoseconds(2026, 3, 1, nanosecond=123_456_789, tzinfo=UTC)
AS_READ = CLIENT.write_option(last_update_time=READ_AT)

NAMES = st.text(min_size=1, max_size=5) | st.sampled_from(["a", "a_b", "a-b", "a`\\b", "_1", "1"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(Segment)
    | st.binary(max_size=5)
    | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]))
    | st.just(READ_AT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)
INCREMENTS = st.recursive(
    VALUES | st.integers(-9, 9).map(Increment) | st.floats(-1, 1).map(Increment),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
Put = Callable[[firestore.WriteBatch], object]


def writes(batch: firestore.WriteBatch, put: Put) -> list[Any]:
    """The messages that are sent, or the kind of error that says why there are none."""
    try:
        put(batch)
    except (TypeError, ValueError) as error:
        return [type(error)]
    return list(batch._write_pbs)


def same_as_the_library(put: Put) -> bool:
    return writes(Batch(CLIENT), put) == writes(CLIENT.batch(), put)


@given(DOCUMENTS)
def test_created_documents_are_sent_as_the_library_sends_them(document: dict[str, Any]) -> None:
    assert same_as_the_library(lambda batch: batch.create(DOCUMENT, document))


@given(DOCUMENTS)
def test_replaced_documents_are_sent_as_the_library_sends_them(document: dict[str, Any]) -> None:
    assert same_as_the_library(lambda batch: batch.set(DOCUMENT, document))


@given(st.dictionaries(NAMES | st.just("a.b"), VALUES, max_size=5))
def test_updates_are_sent_as_the_library_sends_them(document: dict[str, Any]) -> None:
    assert same_as_the_library(lambda batch: batch.update(DOCUMENT, document, option=AS_READ))
    assert same_as_the_library(lambda batch: batch.update(DOCUMENT, document))


@given(st.dictionaries(NAMES, INCREMENTS, max_size=5))
def test_increments_are_sent_as_the_library_sends_them(document: dict[str, Any]) -> None:
    assert same_as_the_library(lambda batch: batch.set(DOCUMENT, document, merge=True))


@pytest.mark.parametrize(
    "value",
    [
        firestore.SERVER_TIMESTAMP,
        firestore.DELETE_FIELD,
        firestore.ArrayUnion(["x"]),
        firestore.Maximum(7),
        firestore.GeoPoint(1, 2),
        DOCUMENT,
        Increment(1),
        object(),
    ],
)
def test_what_only_the_library_knows_is_left_to_it(value: object) -> None:
    document = {"a": {"b": value}, "c": 1}
    for put in (
        lambda batch: batch.create(DOCUMENT, document),
        lambda batch: batch.set(DOCUMENT, document),
        lambda batch: batch.set(DOCUMENT, document, merge=True),
        lambda batch: batch.set(DOCUMENT, document, merge=["c"]),
        lambda batch: batch.update(DOCUMENT, document, option=AS_READ),
    ):
        assert same_as_the_library(put)
