"""The size of an order in an event, against the encoding of the client library."""

from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1 import GeoPoint
from google.cloud.firestore_v1._helpers import encode_dict
from google.cloud.firestore_v1.types import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.orders.event_size import LARGE_BYTES, MAX_EVENT_BYTES, event_bytes
from tests.support.examples import examples

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | st.datetimes(timezones=st.just(UTC)),
    lambda values: st.lists(values) | st.dictionaries(st.text(min_size=1), values),
)


def encoded_bytes(fields: dict[str, Any]) -> int:
    return int(Document(fields=encode_dict(fields))._pb.ByteSize())


# A document holds dozens of values, each of which counts by itself.
@settings(max_examples=examples(40))
@given(st.dictionaries(st.text(min_size=1), _values))
def test_a_document_is_never_larger(fields: dict[str, Any]) -> None:
    assert encoded_bytes(fields) <= event_bytes(fields)


def test_a_place_and_a_text_in_many_bytes_are_not_larger() -> None:
    for fields in ({"at": GeoPoint(47.1, 8.5)}, {"é": "ø" * 20_000}):
        assert encoded_bytes(fields) <= event_bytes(fields)


def test_text_that_cannot_be_encoded_is_measured_all_the_same() -> None:
    assert event_bytes({"\ud800": "\ud800"}) > 0


def test_an_update_of_an_order_that_is_not_large_is_delivered() -> None:
    item = {"productId": "p1234", "name": "Blue Dream 3.5g", "qty": 1, "price": 35.5}
    order = {"createdAt": datetime.now(UTC), "items": [item] * 2_900}
    assert event_bytes(order) <= LARGE_BYTES
    assert event_bytes(order) < 1.02 * encoded_bytes(order)
    assert 2 * encoded_bytes(order) < MAX_EVENT_BYTES
