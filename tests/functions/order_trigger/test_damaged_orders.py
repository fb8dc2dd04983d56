"""Orders that cannot be counted: reported, never raised, never half written."""

import logging
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cloudevents.http import from_http
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.triggers import on_order_written
from shared.firestore import paths
from shared.reconciliation.ports import UNREADABLE
from shared.reconciliation.stores import firestore_ledger_store
from shared.reconciliation.stores.customer_codec import customer_document
from shared.reconciliation.stores.order_source import all_orders
from tests.functions.order_trigger.delivered import NOW, cost, deliver, documents, order, write
from tests.support.events import call_trigger, order_event
from tests.support.examples import examples
from tests.support.metered import After, Before, Plan, failing


def at_every(method: str, failure: Before | After) -> Plan:
    """Return a plan that fails each call of one method."""
    return lambda called, number: failure if called == method else None


def test_rejected_order_is_reported_without_personal_data_and_disappears_when_repaired(
    firestore_client: firestore.Client, caplog: pytest.LogCaptureFixture
) -> None:
    broken = order(broken=True)
    with caplog.at_level(logging.INFO, logger="segments"):
        meter = deliver(firestore_client, write(firestore_client, "o1", broken))

    (report,) = documents(firestore_client, paths.REJECTED).values()
    assert (report["code"], report["field"], report["org_id"]) == (
        "amount_invalid",
        "totals.total",
        "org_north",
    )
    assert "ada@" not in str(report) + caplog.text
    assert cost(meter)[1] == 2
    assert documents(firestore_client, paths.customers("org_north")) == {}

    deliver(firestore_client, write(firestore_client, "o1", order()))

    assert documents(firestore_client, paths.REJECTED) == {}
    assert len(documents(firestore_client, paths.customers("org_north"))) == 1


def test_counted_order_that_breaks_stops_counting(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order()))
    deliver(firestore_client, write(firestore_client, "o1", order(broken=True)))

    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["order_count"] == 0


@pytest.mark.parametrize(
    "id",
    [
        "with space",
        "ünïcödé-注文-🛒",
        "a.b.c",
        "percent%20encoded%2F",
        "quote'\"`back\\slash",
        "(parens)[brackets]{braces}",
        "*",
        "~~tilde~~",
        "x" * 700,
        "-1",
    ],
)
def test_order_ids_with_odd_characters(firestore_client: firestore.Client, id: str) -> None:
    event = write(firestore_client, id, order())

    assert cost(deliver(firestore_client, event)) == (3, 5)
    assert cost(deliver(firestore_client, event)) == (3, 0)
    assert list(documents(firestore_client, paths.LEDGER)) == [id]


@pytest.mark.parametrize("id", ["注文-1", "ünïcödé", "ends with a space "])
def test_order_ids_as_http_delivers_them(firestore_client: firestore.Client, id: str) -> None:
    """Headers arrive as Latin-1, without the blanks at their end."""
    event = write(firestore_client, id, order())
    headers = {
        f"ce-{name}": value.encode().decode("latin-1").strip()
        for name, value in event.get_attributes().items()
        if name != "datacontenttype"
    } | {"content-type": "application/protobuf"}

    received = from_http(headers, event.get_data())

    assert received["document"] != f"orders/{id}"
    assert cost(deliver(firestore_client, received)) == (3, 5)
    assert list(documents(firestore_client, paths.LEDGER)) == [id]


def test_an_order_that_refers_to_another_database_is_reported(
    firestore_client: firestore.Client,
) -> None:
    """The client library raises on such a document before anybody sees it."""
    foreign = firestore.Client(project="demo-elsewhere").document("orders/o1")
    event = write(firestore_client, "o1", order() | {"related": [{"order": foreign}]})

    deliver(firestore_client, event)

    assert documents(firestore_client, paths.REJECTED)["o1"]["code"] == "document_invalid"
    assert [raw.data for raw in all_orders(firestore_client)] == [UNREADABLE]
    deliver(firestore_client, write_anew(firestore_client, "o1", order()))
    assert documents(firestore_client, paths.REJECTED) == {}


def write_anew(client: firestore.Client, id: str, after: dict[str, Any]) -> Any:
    client.collection(paths.ORDERS).document(id).set(after)
    return order_event(client, id, None, after)


def test_an_order_too_large_for_the_ledger_is_reported(
    firestore_client: firestore.Client,
) -> None:
    random = Random(1)
    names = [b64encode(random.randbytes(140)).decode() for _ in range(1_950)]
    items = [{"name": name, "price": 1} for name in names]
    event = write(firestore_client, "o1", order() | {"items": items})

    deliver(firestore_client, event)

    assert documents(firestore_client, paths.REJECTED)["o1"]["code"] == "items_too_many"


def test_an_order_whose_customer_is_full_is_reported(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order()))
    event = write(firestore_client, "o2", order())

    def filled(customer: Any, recorded_at: datetime) -> dict[str, Any]:
        padding = "x" * 1_100_000 if customer.totals.order_count > 1 else ""
        return customer_document(customer, recorded_at) | {"padding": padding}

    monkeypatch.setattr(firestore_ledger_store, "customer_document", filled)
    deliver(firestore_client, event)

    assert documents(firestore_client, paths.REJECTED)["o2"]["code"] == "document_too_large"
    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["order_count"] == 1


def test_a_full_shard_of_a_day_gets_another_one_beside_it(
    firestore_client: firestore.Client,
) -> None:
    day = (NOW - timedelta(days=1)).date()
    for shard in range(4):
        path = paths.daily_shard("org_north", day, str(shard))
        full = {"date": day.isoformat(), "padding": "x" * 1_048_000}
        firestore_client.document(path).set(full)

    deliver(firestore_client, write(firestore_client, "o1", order()))

    days = documents(firestore_client, paths.daily_stats("org_north"))
    assert sum(document.get("orders", 0) for document in days.values()) == 1
    assert documents(firestore_client, paths.REJECTED) == {}


@pytest.mark.parametrize("content", [{}, {"orgId": "org_x"}, {"org_id": 7}, {"org_id": "a/b"}])
def test_an_alias_that_names_no_organisation_is_left_out(
    firestore_client: firestore.Client, content: dict[str, Any]
) -> None:
    firestore_client.document(paths.alias("shop_9")).set(content)

    deliver(
        firestore_client,
        write(firestore_client, "o1", order(org="org_north") | {"brandId": "shop_9"}),
    )

    assert documents(firestore_client, paths.LEDGER)["o1"]["org_id"] == "shop_9"


def test_an_order_of_300_products_writes_no_more_than_one_of_two(
    firestore_client: firestore.Client,
) -> None:
    """Its day took a document more for every 225 different products."""
    few = deliver(firestore_client, write(firestore_client, "o1", order()))
    products = tuple((f"p{n}", n) for n in range(300))
    many = deliver(firestore_client, write(firestore_client, "o2", order(products=products)))

    assert (many.documents_read, many.documents_written) == (3, 4)
    assert many.documents_written <= few.documents_written
    assert many.commits == 1
    days = documents(firestore_client, paths.daily_stats("org_north")).values()
    sold = [each["revenue_cents"] for day in days for each in day["categories"].values()]
    assert sum(sold) == 1500 + 2500 + sum(range(300))
    assert not any("products" in day for day in days)


hostile_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        st.binary(max_size=20),
        st.sampled_from(["__name__", "completed", "ada@example.org", "0x10", "1e400", "'; --"]),
        st.just(firestore.GeoPoint(1.5, -2.5)),
        st.datetimes(timezones=st.just(UTC)).filter(lambda value: value.year > 1),
    ),
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda value: not isinstance(value, list)), max_size=4),
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
                lambda key: not key.startswith("__")
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
FIELDS = [
    "orgId",
    "brandId",
    "customer",
    "status",
    "paymentStatus",
    "items",
    "totals",
    "createdAt",
    "userId",
    "coupon",
    "source",
    "campaignId",
]


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), hostile_values, min_size=1, max_size=5),
    keep=st.booleans(),
)
def test_malformed_orders_never_raise_and_never_half_write(
    firestore_client: firestore.Client, changes: dict[str, Any], keep: bool
) -> None:
    data = {**order(), **changes} if keep else changes
    event = write(firestore_client, "o1", data)

    call_trigger(on_order_written, event)

    ledger = firestore_client.document(paths.ledger_entry("o1")).get()
    rejected = firestore_client.document(paths.rejected_order("o1")).get()
    assert ledger.exists
    assert rejected.exists == (ledger.get("rejection") is not None)
    if ledger.get("counted"):
        assert ledger.get("amount_cents") >= 0
    assert cost(deliver(firestore_client, event))[1] == 0


def test_empty_document(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, write(firestore_client, "o1", {}))

    (report,) = documents(firestore_client, paths.REJECTED).values()
    assert (report["code"], report["org_id"]) == ("organization_missing", None)


def test_a_transient_failure_is_raised_so_that_the_event_comes_again(
    firestore_client: firestore.Client,
) -> None:
    event = write(firestore_client, "o1", order())
    for failure in (Before, After):
        for method in ("batch_get_documents", "commit"):
            with (
                failing(firestore_client, at_every(method, failure(ServiceUnavailable("down")))),
                pytest.raises(ServiceUnavailable),
            ):
                call_trigger(on_order_written, event)
    # The last commit took effect although its caller got an error.
    assert cost(deliver(firestore_client, event)) == (3, 0)
