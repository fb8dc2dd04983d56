"""Rows of the changelog are those of the Firestore extension, column by column."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.cloud.firestore import GeoPoint
from hypothesis import given
from hypothesis import strategies as st

from shared.orders.fact import Exclusion, OrderFact, OrderLine, Rejection, RejectionCode
from shared.orders.packed_lines import readable_lines
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.stores.ledger_codec import ledger_document, ledger_entry
from shared.warehouse.changelog import (
    EPOCH,
    ChangelogRow,
    changed_row,
    document_json,
    document_name,
    imported_row,
)

AT = datetime(2026, 3, 8, 9, 59, 59, 123456, tzinfo=UTC)
NAME = "projects/shop/databases/(default)/documents/order_ledger/o1"


def test_a_creation() -> None:
    assert changed_row(NAME, event_id="e1", at=AT, existed=False, after={"n": 1}) == ChangelogRow(
        timestamp=AT,
        event_id="e1",
        document_name=NAME,
        operation="CREATE",
        data='{"n":1}',
        document_id="o1",
        path_params=None,
    )


def test_an_update() -> None:
    row = changed_row(NAME, event_id="e1", at=AT, existed=True, after={"n": 2})
    assert (row.operation, row.data) == ("UPDATE", '{"n":2}')


def test_a_deletion() -> None:
    row = changed_row(NAME, event_id="e1", at=AT, existed=True, after=None)
    assert (row.operation, row.data) == ("DELETE", None)


def test_an_import_comes_before_everything() -> None:
    row = imported_row(NAME, {"n": 1})
    assert (row.operation, row.timestamp, row.event_id) == ("IMPORT", EPOCH, "")
    assert (row.data, row.document_id) == ('{"n":1}', "o1")


def test_an_empty_document_is_not_a_missing_one() -> None:
    row = changed_row(NAME, event_id="e1", at=AT, existed=True, after={})
    assert (row.operation, row.data) == ("UPDATE", "{}")


def test_names_of_documents() -> None:
    assert document_name("shop", "order_ledger/o1") == NAME


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (-(2**63), "-9223372036854775808"),
        (1.5, "1.5"),
        (float("nan"), "null"),
        (float("-inf"), "null"),
        ('"\\ \n\u2028 é 花', '"\\"\\\\ \\n\u2028 é 花"'),
        ([1, [], {}], "[1,[],{}]"),
        (EPOCH, '{"_nanoseconds":0,"_seconds":0}'),
        (AT, '{"_nanoseconds":123456000,"_seconds":1772963999}'),
        (
            AT.astimezone(timezone(timedelta(hours=9))),
            '{"_nanoseconds":123456000,"_seconds":1772963999}',
        ),
        (EPOCH - timedelta(microseconds=1), '{"_nanoseconds":999999000,"_seconds":-1}'),
        (
            DatetimeWithNanoseconds(2026, 3, 8, nanosecond=123456789, tzinfo=UTC),
            '{"_nanoseconds":123456789,"_seconds":1772928000}',
        ),
        (
            DatetimeWithNanoseconds(2026, 3, 8, microsecond=123456, tzinfo=UTC),
            '{"_nanoseconds":123456000,"_seconds":1772928000}',
        ),
        # What no ledger entry holds.
        (b"bytes", "null"),
        (GeoPoint(1, 2), "null"),
    ],
)
def test_kinds_of_values(value: Any, expected: str) -> None:
    assert document_json({"v": value, "deep": [{"v": value}]}) == (
        f'{{"deep":[{{"v":{expected}}}],"v":{expected}}}'
    )


instants = st.integers(-62_135_596_800 * 10**6, 253_402_300_799 * 10**6).map(
    lambda microseconds: EPOCH + timedelta(microseconds=microseconds)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole = st.integers(-(2**63), 2**63 - 1)
lines = st.builds(
    OrderLine,
    product_id=texts,
    name=texts,
    category=texts,
    quantity_milli=whole,
    amount_cents=whole,
)
facts = st.builds(
    OrderFact,
    org_id=texts,
    customer_key=st.none() | texts,
    ordered_at=instants,
    local_date=st.dates(),
    amount_cents=whole,
    lines=st.lists(lines, max_size=3).map(tuple),
    channel=texts,
    campaign_id=st.none() | texts,
    coupon_code=st.none() | texts,
    exclusion=st.none() | st.sampled_from(Exclusion),
    warnings=st.lists(texts, max_size=2).map(tuple),
)
rejections = st.builds(
    Rejection, code=st.sampled_from(RejectionCode), field=texts, org_id=st.none() | texts
)
entries = st.builds(
    LedgerEntry,
    order_id=st.just("o1"),
    source_version=instants,
    order_exists=st.booleans(),
    fact=st.none() | facts,
    rejection=st.none() | rejections,
)


def read(value: Any) -> Any:
    """Return the value of a document's JSON, as the warehouse reads it."""
    if isinstance(value, dict) and value.keys() == {"_seconds", "_nanoseconds"}:
        assert 0 <= value["_nanoseconds"] < 10**9
        return EPOCH + timedelta(
            seconds=value["_seconds"], microseconds=value["_nanoseconds"] // 1000
        )
    if isinstance(value, dict):
        return {key: read(each) for key, each in value.items()}
    return [read(each) for each in value] if isinstance(value, list) else value


@given(entry=entries, recorded_at=instants)
def test_every_ledger_entry_comes_back_as_it_was(entry: LedgerEntry, recorded_at: datetime) -> None:
    document = ledger_document(entry, recorded_at)
    actual = read(json.loads(document_json(document)))
    assert actual == {**document, "lines": readable_lines(document["lines"])}
    assert ledger_entry("o1", actual) == ledger_entry("o1", document)


@given(entry=entries, recorded_at=instants)
def test_one_document_has_one_spelling(entry: LedgerEntry, recorded_at: datetime) -> None:
    document = ledger_document(entry, recorded_at)
    assert document_json(document) == document_json(dict(reversed(document.items())))


@given(value=instants, nanosecond=st.integers(0, 999_999_999))
def test_no_digit_of_an_instant_is_lost(value: datetime, nanosecond: int) -> None:
    precise = DatetimeWithNanoseconds(
        *value.replace(microsecond=0).timetuple()[:6], nanosecond=nanosecond, tzinfo=UTC
    )
    actual = json.loads(document_json({"at": precise}))["at"]
    whole_seconds = (value.replace(microsecond=0) - EPOCH) // timedelta(seconds=1)
    assert actual == {"_seconds": whole_seconds, "_nanoseconds": nanosecond}
