"""The deployed trigger, called with real CloudEvents: what it writes, costs, and survives."""

import logging
from collections import Counter
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.functions.order_trigger.delivered import NOW, cost, deliver, documents, order, write
from tests.support.world import customer_id


def test_first_order_of_a_customer(firestore_client: firestore.Client) -> None:
    meter = deliver(firestore_client, write(firestore_client, "o1", order()))

    id = customer_id("org_north", "ada@example.org")
    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["customer_key"] == id.customer_key
    assert (customer["segment"], customer["order_count"]) == ("new", 1)
    assert customer["lifetime_value_cents"] == 4000
    assert customer["contact"]["email"] == "ada@example.org"
    assert customer["next_transition_at"] == NOW - timedelta(days=1) + timedelta(days=30)
    assert cost(meter) == (3, 5)
    assert meter.commits == 1


def test_new_order_without_a_change_of_segment_costs_3_reads_and_4_writes(
    firestore_client: firestore.Client,
) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order(2)))

    meter = deliver(firestore_client, write(firestore_client, "o2", order(1)))

    assert cost(meter) == (3, 4)


def test_an_order_by_a_placeholder_of_the_organisation_costs_no_more_and_is_nobodys(
    firestore_client: firestore.Client, services: Services
) -> None:
    """Hints are read by the same rules; a customer would be read for nothing otherwise."""
    settings = firestore_client.document(paths.analytics_settings("org_north"))
    settings.set({"placeholders": ["walkin@shop.example", 5, ""]})
    assert services.organizations.refreshed("org_north").problems[0].field == "placeholders[2]"

    named = order() | {"customer": {"email": "WalkIn@shop.example"}, "customerId": "5.0"}
    meter = deliver(firestore_client, write(firestore_client, "o1", named))
    assert cost(meter)[0] == 2
    assert not documents(firestore_client, paths.customers("org_north"))

    with_phone = named | {"customerPhone": "555-201-3344 x9"}
    meter = deliver(firestore_client, write(firestore_client, "o1", with_phone))
    assert cost(meter)[0] == 3
    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["order_count"] == 1


def test_each_kind_of_warning_is_logged_once_for_a_write_and_without_what_it_says(
    firestore_client: firestore.Client, caplog: pytest.LogCaptureFixture
) -> None:
    items = [{"productId": "p1", "price": price} for price in ("ada", "dear", 3)]
    with caplog.at_level(logging.INFO, logger="segments"):
        event = write(firestore_client, "o1", order() | {"items": [*items, "ada"]})
        deliver(firestore_client, event)
        deliver(firestore_client, event)

    warned = [
        record.__dict__["fields"]
        for record in caplog.records
        if record.getMessage() == "order_warned"
    ]
    assert warned == [
        {"order_id": "o1", "code": "items[]"},
        {"order_id": "o1", "code": "items[].price"},
    ]
    assert "ada" not in caplog.text


def test_new_order_that_changes_the_segment_costs_3_reads_and_at_most_6_writes(
    firestore_client: firestore.Client,
) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order(40)))
    deliver(firestore_client, write(firestore_client, "o2", order(20)))

    meter = deliver(firestore_client, write(firestore_client, "o3", order(1, cents=80_000)))

    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["segment"] == "vip"
    assert meter.documents_read == 3
    assert 5 <= meter.documents_written <= 6


def test_edit_of_nothing_that_counts_costs_1_write(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order(status="submitted")))

    meter = deliver(firestore_client, write(firestore_client, "o1", order(status="completed")))

    assert cost(meter) == (3, 1)


def test_edit_of_nothing_but_what_was_sold_costs_a_write_more(
    firestore_client: firestore.Client,
) -> None:
    """The additional write invalidates pages: no other document of the segment counts does."""
    deliver(firestore_client, write(firestore_client, "o1", order()))
    edited = order(products=(("p1", 1500), ("p3", 2500)))

    meter = deliver(firestore_client, write(firestore_client, "o1", edited))

    assert cost(meter) == (3, 4)  # the ledger, the customer, the day, the segment counts


def test_duplicates_cost_no_write(firestore_client: firestore.Client) -> None:
    created = write(firestore_client, "o1", order())
    deliver(firestore_client, created)
    assert cost(deliver(firestore_client, created)) == (3, 0)

    deleted = write(firestore_client, "o1", None)
    deliver(firestore_client, deleted)
    assert cost(deliver(firestore_client, deleted)) == (3, 0)
    assert cost(deliver(firestore_client, created)) == (3, 0)


def test_order_by_nobody_costs_2_reads_and_3_writes(firestore_client: firestore.Client) -> None:
    meter = deliver(firestore_client, write(firestore_client, "o1", order(email=None)))

    assert cost(meter) == (2, 3)


def test_an_order_of_a_customer_whose_document_is_gone_goes_on_from_the_steps(
    firestore_client: firestore.Client,
) -> None:
    """In version 0.3 a second customer began, and its first step replaced the recorded one."""
    deliver(firestore_client, write(firestore_client, "o1", order(70)))
    deliver(firestore_client, write(firestore_client, "o2", order(40)))
    customers = paths.customers("org_north")
    (key,) = documents(firestore_client, customers)
    steps = documents(firestore_client, paths.transitions("org_north"))
    firestore_client.document(f"{customers}/{key}").delete()

    meter = deliver(firestore_client, write(firestore_client, "o3", order(1)))

    (customer,) = documents(firestore_client, customers).values()
    assert (customer["order_count"], customer["lifetime_value_cents"]) == (3, 12_000)
    assert steps.items() <= documents(firestore_client, paths.transitions("org_north")).items()
    assert customer["transition_count"] > len(steps)
    totals = Counter[str]()
    for shard in documents(firestore_client, paths.segment_counts("org_north")).values():
        totals.update(shard.get("totals", {}))
    assert (totals["customers"], totals["orders"]) == (1, 3)
    # Read twice, then the steps, the two orders counted, and the latest of them for its contact.
    assert cost(meter)[0] == 2 * 3 + len(steps) + 2 + 2


def test_moving_an_order_to_another_customer_takes_one_more_document(
    firestore_client: firestore.Client,
) -> None:
    for number in (3, 2, 1):
        deliver(firestore_client, write(firestore_client, f"o{number}", order(number)))

    moved = write(firestore_client, "o2", order(2, email="bob@example.org"))
    meter = deliver(firestore_client, moved)

    assert meter.documents_read == 4
    assert meter.documents_written <= 6


def test_refund_and_deletion_of_the_only_order(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, write(firestore_client, "o1", order()))
    deliver(firestore_client, write(firestore_client, "o1", order(refunded_cents=1500)))
    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert customer["lifetime_value_cents"] == 2500

    deliver(firestore_client, write(firestore_client, "o1", None))

    (customer,) = documents(firestore_client, paths.customers("org_north")).values()
    assert (customer["segment"], customer["has_orders"]) == (None, False)
    assert customer["contact"] == {
        "display_name": None,
        "email": None,
        "phone": None,
        "addresses": [],
        "search": [],
        "sort_name": "",
    }
    assert customer["next_transition_at"] is None


def test_thresholds_of_the_organisation_in_both_stored_forms(
    firestore_client: firestore.Client, services: Services
) -> None:
    for org, stored in (
        ("org_map", {"segmentThresholds": {"vip_minLifetimeValue": 40, "new_maxDays": 1}}),
        ("org_dotted", {"segmentThresholds.vip_minLifetimeValue": 40}),
    ):
        settings_document = firestore_client.document(paths.loyalty_settings(org))
        # As the Admin SDK of the dashboard stores it: a dot in the name is part of the name.
        settings_document.create(stored)
        first, second = order(60, org=org), order(2, org=org)
        deliver(firestore_client, write(firestore_client, f"{org}-1", first))
        deliver(firestore_client, write(firestore_client, f"{org}-2", second))
        (customer,) = documents(firestore_client, paths.customers(org)).values()
        assert customer["segment"] == "vip"
        assert customer["reason"]["rule"] == "vip_lifetime_value"
