"""Whatever a document holds, reading it ends in a storable order or in a rejection."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.kernel.instants import parse_instant
from shared.kernel.money import MAX_CENTS, parse_cents
from shared.orders.category import canonical_category
from shared.orders.fact import NormalizedOrder, Rejection
from tests.orders.documents import (
    legacy_web_order,
    outcome_of,
    payment_intent_order,
    pilot_seed_order,
    pos_sync_order,
    pos_webhook_order,
    sandbox_seed_order,
    shipping_checkout_order,
    web_checkout_order,
)

WRITERS = (
    pos_sync_order,
    pos_webhook_order,
    web_checkout_order,
    shipping_checkout_order,
    legacy_web_order,
    payment_intent_order,
    pilot_seed_order,
    sandbox_seed_order,
)
# Personal data planted in the fields made for it, and never to be seen outside the contact.
CANARY_EMAIL = "canary.person@canary-mail.example"
CANARY_NAME = "Canary Birdwhistle"
CANARY_PHONE = "(555) 019-8877"
CANARIES = ("canary", "birdwhistle", "019-8877", "5550198877")
PERSONAL_FIELDS = {
    "customer": {
        "name": CANARY_NAME,
        "email": CANARY_EMAIL,
        "phone": CANARY_PHONE,
        "firstName": CANARY_NAME,
        "lastName": CANARY_NAME,
        "uid": CANARY_EMAIL,
    },
    "customerName": CANARY_NAME,
    "customerEmail": CANARY_EMAIL,
    "customerPhone": CANARY_PHONE,
    "email": CANARY_EMAIL,
    "phone": CANARY_PHONE,
    "firstName": CANARY_NAME,
    "lastName": CANARY_NAME,
    "userId": CANARY_EMAIL,
    "customerId": CANARY_PHONE,
    "shippingAddress": {"name": CANARY_NAME},
}


# A document with hundreds of values may take longer than the default on a busy machine.
unhurried = settings(deadline=None)


class GeoPoint:
    """A value of a type of the database's own."""


any_text = st.text(st.characters(), max_size=40)  # surrogates included
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(),
    any_text,
    st.binary(max_size=20),
    st.datetimes(timezones=st.none() | st.just(UTC) | st.timezones()),
    st.builds(GeoPoint),
    st.sampled_from(["9" * 5000, "\x00", "\ud800", "__proto__", "a/b", "()", "$", "1,", 10**400]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


def paths_of(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of every field in a document, at every depth."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from paths_of(inner, (*path, key))


OTHER_FIELDS = (
    ("orgId",),
    ("status",),
    ("paymentStatus",),
    ("refundedAmount",),
    ("totalAmount",),
    ("orderedAt",),
    ("lineItems",),
    ("campaignId",),
    ("campaign",),
    ("couponCode",),
    ("channel",),
    ("type",),
    ("source",),
)


@st.composite
def spoiled_orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order of a known writer with hostile values in some of its fields."""
    document = draw(st.sampled_from(WRITERS))()
    paths = [*paths_of(document), *OTHER_FIELDS]
    for path in draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4)):
        holder: Any = document
        for key in path[:-1]:
            holder = holder[key] if _holds(holder, key) else None
        if isinstance(holder, dict) or _holds(holder, path[-1]):
            holder[path[-1]] = draw(values)
    return document


def _holds(holder: object, key: object) -> bool:
    if isinstance(holder, list):
        return isinstance(key, int) and key < len(holder)
    return isinstance(holder, dict) and key in holder


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_in(key)
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)


def assert_storable(outcome: NormalizedOrder | Rejection) -> None:
    for text in texts_in(asdict(outcome)):
        assert len(text.encode("utf-8")) <= 4 * 640
    if isinstance(outcome, Rejection):
        return
    fact = outcome.fact
    assert abs(fact.amount_cents) <= MAX_CENTS
    assert 1980 <= fact.ordered_at.year < 2200
    assert len(fact.warnings) <= 20
    ids = [line.product_id for line in fact.lines]
    assert ids == sorted(set(ids))
    for line in fact.lines:
        assert abs(line.amount_cents) <= MAX_CENTS
        assert abs(line.quantity_milli) <= 10**12
        assert line.quantity_milli or line.amount_cents
        assert 0 < len(line.product_id) <= 128
        assert line.name
        assert line.category
    assert fact.channel in ("online", "in_store", "unknown")


@unhurried
@given(st.text(max_size=20), values)
def test_any_value_at_all_is_read_or_rejected(order_id: str, document: object) -> None:
    assert_storable(outcome_of(document, order_id))


@unhurried
@given(st.sampled_from(["order_1", "alleaves_1"]), spoiled_orders())
def test_a_spoiled_order_is_read_or_rejected(order_id: str, document: dict[str, Any]) -> None:
    assert_storable(outcome_of(document, order_id))


@unhurried
@given(st.sampled_from(["order_1", "alleaves_1"]), spoiled_orders())
def test_personal_data_stays_in_the_contact(order_id: str, document: dict[str, Any]) -> None:
    outcome = outcome_of(document | PERSONAL_FIELDS, order_id)
    seen = repr(outcome).lower()
    if isinstance(outcome, NormalizedOrder):
        assert outcome.fact.customer_key is not None
        assert outcome.contact.email == CANARY_EMAIL
    assert not any(canary in seen for canary in CANARIES)


@unhurried
@given(spoiled_orders())
def test_reading_twice_gives_the_same(document: dict[str, Any]) -> None:
    assert outcome_of(document) == outcome_of(document)


@unhurried
@given(st.integers(min_value=-MAX_CENTS, max_value=MAX_CENTS))
def test_written_amounts_are_read_back(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert parse_cents(f"{amount:.2f}") == cents
    assert parse_cents(f"{amount:,.2f} USD") == cents
    assert parse_cents(f"-${-amount:,.2f}" if cents < 0 else f"${amount:,.2f}") == cents
    assert parse_cents(f"({-amount:,.2f})" if cents < 0 else f"{amount}") == cents
    assert parse_cents(float(amount)) == cents


@unhurried
@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2199, 12, 31)))  # noqa: DTZ001
def test_written_instants_are_read_back(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    milliseconds = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert parse_instant(instant.isoformat()) == instant
    assert parse_instant(round(milliseconds.timestamp() * 1000)) == milliseconds
    assert parse_instant({"_seconds": int(instant.timestamp()), "_nanoseconds": 0}) == (
        instant.replace(microsecond=0)
    )


@unhurried
@given(values)
def test_every_category_has_a_name(value: object) -> None:
    category = canonical_category(value)
    assert 0 < len(category) <= 100
    assert category.encode("utf-8")
    assert "_" not in category


@given(st.text(max_size=120) | st.text(alphabet="aſßŉﬁΣσς'’.&_/ İǰflowerbudoil", max_size=120))
@example("ßalat")
@example("ﬁsh")
@example("ŉ braai")
@example("α.σ")
@example("&" * 33 + " budget")
def test_the_name_of_a_category_is_its_own_name(value: str) -> None:
    category = canonical_category(value)
    assert canonical_category(category) == category


def test_a_document_a_thousand_levels_deep_is_read_or_rejected() -> None:
    deep: object = "bottom"
    for _ in range(1000):
        deep = {"totals": deep, "items": [deep]}
    assert isinstance(outcome_of({"orgId": "o", "createdAt": deep, "totals": deep}), Rejection)
