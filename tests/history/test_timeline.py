"""GET /v1/customers/{customerKey}/timeline: orders and steps in one list, page by page."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago, item, key_of

ADA = key_of("ada@example.org")
PATH = f"/v1/customers/{ADA}/timeline"


def pages(dashboard: Dashboard, size: int, path: str = PATH) -> list[list[dict[str, Any]]]:
    actual: list[list[dict[str, Any]]] = []
    token: dict[str, object] = {}
    while True:
        answer = dashboard.get(path, {"pageSize": size, **token})
        actual.append(answer["entries"])
        if answer["nextPageToken"] is None:
            return actual
        token = {"pageToken": answer["nextPageToken"]}


def brief(entry: dict[str, Any]) -> tuple[str, str]:
    """Return an entry in short."""
    if entry["kind"] == "order":
        assert entry["step"] is None
        assert entry["order"]["orderedAt"] == entry["at"]
        return "order", entry["order"]["orderId"]
    assert entry["order"] is None
    step = entry["step"]
    assert step["effectiveAt"] == entry["at"]
    return "step", f"{step['from'] or 'none'}>{step['to'] or 'none'}"


def test_orders_and_steps_are_merged_newest_first(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(id="first", at=days_ago(100), total=20, items=[item("p1", 20)])
    shop.order(id="void", at=days_ago(50), status="canceled")
    shop.order(id="second", at=days_ago(5))

    answer = dashboard.get(PATH)

    assert (answer["orgId"], answer["customerKey"]) == (ORG, ADA)
    assert answer["nextPageToken"] is None
    entries = answer["entries"]
    assert [brief(entry) for entry in entries] == [
        ("step", "churned>loyal"),
        ("order", "second"),
        ("step", "at_risk>churned"),
        ("step", "slipping>at_risk"),
        ("order", "void"),
        ("step", "new>slipping"),
        ("step", "none>new"),
        ("order", "first"),
    ]
    assert entries[0]["step"] == {
        "number": 5,
        "from": "churned",
        "to": "loyal",
        "entered": [],
        "left": [],
        "effectiveAt": "2026-11-18T12:00:00Z",
        "recordedAt": "2026-11-23T12:00:00Z",
        "cause": "An order was placed, changed or taken back.",
        "orderId": "second",
    }
    assert (entries[2]["step"]["cause"], entries[2]["step"]["orderId"]) == ("Time passed.", None)
    assert (entries[4]["order"]["counted"], entries[4]["order"]["exclusion"]) == (
        False,
        "cancelled",
    )
    assert entries[7]["order"]["items"][0]["productId"] == "p1"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_every_entry_is_on_exactly_one_page(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, size: int
) -> None:
    for days in (200, 100, 100, 99, 20, 20, 3):
        shop.order(at=days_ago(days), status="completed" if days != 99 else "canceled")
    (whole,) = pages(dashboard, 200)

    with metered(firestore_client) as meter:
        actual = pages(dashboard, size)

    assert sum(actual, []) == whole
    assert [len(page) for page in actual[:-1]] == [size] * (len(actual) - 1)
    assert meter.documents_read <= len(actual) * 2 * (size + 1)


def test_a_page_costs_at_most_twice_its_size_and_two(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    for number in range(12):
        shop.order(at=days_ago(70 * number))
    shop.put_customers(1)
    for path, size in ((PATH, 1), (PATH, 5), (f"/v1/customers/{0:032x}/timeline", 1)):
        with metered(firestore_client) as meter:
            dashboard.get(path, {"pageSize": size})
        assert meter.documents_read <= 2 * (size + 1)
        assert sum(meter.calls.values()) <= 3


def test_custom_segments_are_shown(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.order()
    step = firestore_client.document(paths.transition(ORG, ADA, 1))
    step.update({"entered": ["cs_0123456789ab"], "left": ["cs_ba9876543210"]})

    entry = dashboard.get(PATH)["entries"][0]

    assert entry["step"]["entered"] == ["cs_0123456789ab"]
    assert entry["step"]["left"] == ["cs_ba9876543210"]


def test_what_comes_meanwhile_does_not_shift_the_pages(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(id="first", at=days_ago(100))
    shop.order(id="void", at=days_ago(95), status="canceled")
    (whole,) = pages(dashboard, 50)
    firsts = [dashboard.get(PATH, {"pageSize": size}) for size in range(1, 6)]

    shop.order(id="second", at=NOW - timedelta(minutes=1))
    shop.order(id="late", at=days_ago(65), status="canceled")

    for first in firsts:
        rest = dashboard.get(PATH, {"pageToken": first["nextPageToken"]})["entries"]
        known = [entry for entry in rest if brief(entry) != ("order", "late")]
        assert first["entries"] + known == whole
        instants = [entry["at"] for entry in first["entries"] + rest]
        assert instants == sorted(instants, reverse=True)


def test_a_customer_without_orders_that_count_still_has_a_past(
    dashboard: Dashboard, shop: Shop
) -> None:
    order_id = shop.order(at=days_ago(3))
    shop.order(id=order_id, at=days_ago(3), status="canceled")

    assert [brief(entry) for entry in dashboard.get(PATH)["entries"]] == [
        ("step", "new>none"),
        ("step", "none>new"),
        ("order", order_id),
    ]


def test_an_order_with_the_longest_id_can_be_paged_over(dashboard: Dashboard, shop: Shop) -> None:
    for letter in "ab":
        shop.order(id="\u4e16" * 400 + letter, at=days_ago(1))

    actual = pages(dashboard, 1)

    assert len(actual) == 3


@pytest.mark.parametrize("key", ["nobody", "..", "__x__", "a" * 2000, key_of("b@example.org")])
def test_an_unknown_customer_is_404(dashboard: Dashboard, shop: Shop, key: str) -> None:
    shop.order(status="canceled", customer={"email": "b@example.org"})
    shop.order("b@example.org", org=OTHER)

    response = dashboard.call(f"/v1/customers/{key}/timeline")

    assert_problem(response, 404, "not-found")


def test_a_token_is_of_no_use_for_another_customer(dashboard: Dashboard, shop: Shop) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        shop.order(email, at=days_ago(100))
    token = dashboard.get(PATH, {"pageSize": 1})["nextPageToken"]
    other = f"/v1/customers/{key_of('bob@example.org')}/timeline"

    for path, sent in ((other, token), (PATH, token[:-1]), (PATH, "x")):
        assert_problem(
            dashboard.call(path, {"pageToken": sent}), 400, "invalid-parameter", ["pageToken"]
        )


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_a_page_has_a_size(dashboard: Dashboard, size: str) -> None:
    response = dashboard.call(PATH, {"pageSize": size})
    assert_problem(response, 400, "invalid-parameter", ["pageSize"])
