"""One order from a plain client through the real emulators to the dashboard's API and documents."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from google.cloud import firestore

from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from shared.settings import customer_key_secret
from shared.storage import paths
from tests.browser.listening import Documents, listening, signed_in
from tools.accounts import signed_in_token
from tools.local_stack import PROJECT, FirebaseEmulators, firebase_emulators
from tools.ports import HOST, Ports, free_ports

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

PATIENCE_SECONDS = 60
T = TypeVar("T")


@pytest.fixture(scope="module")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirebaseEmulators]:
    """The whole stack with the project's own functions, on ports of its own."""
    functions, firestore_port, auth, bigquery = free_ports(4)
    ports = Ports(functions=functions, firestore=firestore_port, auth=auth, bigquery=bigquery)
    with firebase_emulators(ports, log_folder=tmp_path_factory.mktemp("stack")) as emulators:
        yield emulators


@pytest.fixture
def shop(
    emulators: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    """The shop's own connection to the database."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"{HOST}:{emulators.ports.firestore}")
    client = firestore.Client(project=PROJECT)
    yield client
    client.close()


def call(
    emulators: FirebaseEmulators, path: str, token: str | None = None
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(emulators.http_url("api") + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def eventually(read: Callable[[], T], expected: T) -> None:
    """The trigger runs some time after the write."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == expected


def order(ordered_at: datetime, total: float, org: str = "org_e2e") -> dict[str, Any]:
    return {
        "brandId": org,
        "customer": {"email": "ada@example.org", "name": "Ada"},
        "items": [
            {
                "productId": "p1",
                "name": "Gummies",
                "category": "edible",
                "qty": 2,
                "price": total / 2,
            }
        ],
        "totals": {"total": total},
        "status": "completed",
        "createdAt": ordered_at,
    }


def test_an_order_reaches_the_api_and_time_moves_its_customer(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    token = signed_in_token(emulators, {"role": "brand", "orgId": "org_e2e"})
    now = datetime.now(UTC)
    assert call(emulators, "/v1/health")[1]["status"] == "ok"
    assert call(emulators, "/v1/segments")[0] == 401

    placed = shop.collection(paths.ORDERS).document("e2e 1")
    placed.set(order(now - timedelta(days=29, hours=23, minutes=59, seconds=30), 40.0))

    def counts() -> dict[str, int]:
        status, answer = call(emulators, "/v1/segments", token)
        assert status == 200
        return {row["id"]: row["count"] for row in answer["segments"] if row["count"]}

    eventually(counts, {"new": 1})
    (customer,) = call(emulators, "/v1/customers?segment=new", token)[1]["customers"]
    assert (customer["email"], customer["totalSpent"]) == ("ada@example.org", 40.0)
    overview = call(emulators, "/v1/analytics/overview", token)[1]
    assert (overview["totalRevenue"], overview["totalOrders"]) == (40.0, 1)
    assert overview["salesByProduct"][0]["productName"] == "Gummies"
    assert overview["churnRate"] is None

    due = datetime.fromisoformat(customer["nextTransitionAt"])
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds() + 0.5))
    emulators.run_schedule("age_segments")

    assert counts() == {"slipping": 1}
    emulators.run_schedule("roll_up")
    rolled_up = call(emulators, "/v1/analytics/overview", token)[1]
    assert (rolled_up["totalRevenue"], rolled_up["salesByProduct"]) == (
        40.0,
        overview["salesByProduct"],
    )

    shop.collection(paths.ORDERS).document("e2e 2").set(order(now, 60.0))
    eventually(lambda: call(emulators, "/v1/analytics/overview", token)[1]["totalRevenue"], 100.0)
    placed.delete()
    eventually(lambda: call(emulators, "/v1/analytics/overview", token)[1]["totalRevenue"], 60.0)
    assert counts() == {"new": 1}


def test_another_organisation_and_other_roles_see_nothing(emulators: FirebaseEmulators) -> None:
    other = signed_in_token(emulators, {"role": "dispensary_admin", "orgId": "org_other"})
    shopper = signed_in_token(emulators, {"role": "customer", "orgId": "org_e2e"})

    assert call(emulators, "/v1/segments", other)[1]["totalCustomers"] == 0
    assert call(emulators, "/v1/segments?org=org_e2e", other)[0] == 404
    assert call(emulators, "/v1/segments", shopper)[0] == 403
    assert call(emulators, "/v1/segments", other + "x")[0] == 401


def test_a_browser_that_listens_is_told_of_an_order(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    member = signed_in(emulators, {"role": "brand_member", "orgId": "org_live"})
    key_of = CustomerKeyer(customer_key_secret(emulators.customer_key_secret))
    ada = Identity(IdentityKind.EMAIL, "ada@example.org")
    counts, customer, *others = [
        path
        for org in ("org_live", "org_elsewhere")
        for path in (paths.segment_counts(org), paths.customer(org, key_of(org, ada)))
    ]
    orders = shop.collection(paths.ORDERS)
    with listening(
        [counts, customer, *others],
        project=PROJECT,
        emulator=f"{HOST}:{emulators.ports.firestore}",
        person=member,
    ) as browser:
        for path in (counts, customer):
            assert browser.until(path, lambda _: True).documents == {}
        for path in others:
            assert browser.error(path) == "permission-denied"

        now = datetime.now(UTC)
        orders.document("elsewhere").set(order(now, 70.0, "org_elsewhere"))
        orders.document("live 1").set(order(now, 40.0, "org_live"))
        browser.until(counts, lambda shards: lifetime_value_cents(shards, "new") == 40_00)
        browser.until(customer, bool)

        orders.document("live 2").set(order(now - timedelta(days=31), 500.0, "org_live"))
        told = browser.until(counts, lambda shards: lifetime_value_cents(shards, "vip") == 540_00)
        assert lifetime_value_cents(told.documents, "new") == 0
        browser.until(
            customer,
            lambda documents: [state["segment"] for state in documents.values()] == ["vip"],
        )
        eventually(lambda: bool(shop.document(others[1]).get().exists), True)
    for path in others:
        assert [message.documents for message in browser.messages(path)] == [{}]


def lifetime_value_cents(shards: Documents, segment: str) -> int:
    """Of a segment's customers, summed over the shards as the dashboard does."""
    return sum(
        shard.get("segments", {}).get(segment, {}).get("lifetime_value_cents", 0)
        for shard in shards.values()
    )


def test_the_log_of_the_stack_holds_no_personal_data(emulators: FirebaseEmulators) -> None:
    log = Path(emulators.server.log).read_text()

    assert "order_reconciled" in log
    assert "ada@example.org" not in log
