"""Orders and rules through the real emulators to the dashboard's API and documents."""

import gzip
import json
import re
import subprocess
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.settings import customer_key_secret
from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from tests.browser.listening import Documents, listening, signed_in
from tests.e2e.calls import AGING, call, counts_of, eventually, get, order, place_orders, send
from tools.accounts import signed_in_token
from tools.demo.api import Api
from tools.demo.events import demo_events, write_events
from tools.demo.orders import DemoOrder
from tools.demo.rules import calls, show_rules
from tools.stack.firebase_cli import ROOT
from tools.stack.local_stack import PROJECT, FirebaseEmulators
from tools.stack.ports import HOST

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def test_our_functions_start_with_sign_in(emulators: FirebaseEmulators) -> None:
    assert {"age_segments", "api", "on_order_written"} <= set(emulators.functions)
    sign_up = urllib.request.Request(
        f"http://{HOST}:{emulators.ports.auth}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=any",
        data=b'{"returnSecureToken": true}',
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(sign_up, timeout=60) as response:
        assert json.load(response)["idToken"]
    status, problem = call(emulators, "/v1/nothing-here")
    assert (status, problem["type"]) == (404, "urn:segments:problem:path-not-found")


def test_an_order_reaches_the_api(emulators: FirebaseEmulators, aging: datetime) -> None:
    token = signed_in_token(emulators, AGING)
    assert call(emulators, "/v1/health")[1]["status"] == "ok"
    assert call(emulators, "/v1/segments")[0] == 401

    eventually(lambda: counts_of(get(emulators, "/v1/segments", token)), {"new": 1})
    (customer,) = call(emulators, "/v1/customers?segment=new", token)[1]["customers"]
    assert (customer["email"], customer["totalSpent"]) == ("ada@example.org", 40.0)
    assert datetime.fromisoformat(customer["nextTransitionAt"]) == aging
    overview = call(emulators, "/v1/analytics/overview", token)[1]
    assert (overview["totalRevenue"], overview["totalOrders"]) == (40.0, 1)
    assert (overview["salesByProduct"], overview["churnRate"]) == (None, None)


def test_another_organisation_and_other_roles_see_nothing(emulators: FirebaseEmulators) -> None:
    other = signed_in_token(emulators, {"role": "dispensary_admin", "orgId": "org_other"})
    shopper = signed_in_token(emulators, {"role": "customer", "orgId": "org_e2e"})

    assert call(emulators, "/v1/segments", other)[1]["totalCustomers"] == 0
    assert call(emulators, "/v1/segments?org=org_e2e", other)[0] == 404
    assert call(emulators, "/v1/segments", shopper)[0] == 403
    assert call(emulators, "/v1/segments", other + "x")[0] == 401


def test_a_page_of_localhost_may_call_and_gets_compressed_answers(
    emulators: FirebaseEmulators,
) -> None:
    request = urllib.request.Request(
        emulators.http_url("api") + "/v1/openapi.json",
        headers={"Origin": "http://localhost:3000", "Accept-Encoding": "gzip"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert response.headers["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(response.read()))["openapi"].startswith("3.1.")


def test_a_path_with_a_line_feed_gets_a_problem(emulators: FirebaseEmulators) -> None:
    status, problem = call(emulators, "/v1/segments%0A")

    assert (status, problem["type"]) == (404, "urn:segments:problem:path-not-found")


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


def test_a_custom_segment_holds_who_matches_and_takes_in_who_orders(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    org = "org_custom"
    claims = {"role": "brand_admin", "orgId": org}
    token = signed_in_token(emulators, claims)
    place_orders(emulators, shop, org, token)
    definition = {
        "all": [
            {
                "event": "ordered",
                "category": "Edibles",
                "atLeastTimes": 2,
                "when": {"inTheLastDays": 60},
            },
            {"field": "totalSpent", "operator": "at_least", "value": 100},
        ]
    }

    made = send(
        emulators,
        "/v1/custom-segments",
        token,
        body={"name": "Edibles regulars", "definition": definition},
    )

    assert made.status == 201
    path = f"/v1/custom-segments/{made.json['id']}"

    def evaluated() -> tuple[str, int, float]:
        shown = get(emulators, path, token)
        return shown["evaluation"]["status"], shown["customerCount"], shown["lifetimeValue"]

    eventually(evaluated, ("complete", 1, 150.0))

    def members() -> list[str]:
        actual = get(emulators, f"/v1/customers?segment={made.json['id']}", token)
        return sorted(customer["email"] for customer in actual["customers"])

    assert members() == ["bob@example.org"]
    key_of = CustomerKeyer(customer_key_secret(emulators.customer_key_secret))
    ada = paths.customer(org, key_of(org, Identity(IdentityKind.EMAIL, "ada@example.org")))
    with listening(
        [ada],
        project=PROJECT,
        emulator=f"{HOST}:{emulators.ports.firestore}",
        person=signed_in(emulators, claims),
    ) as browser:

        def segments_of(documents: Documents) -> list[list[str]]:
            return [state["custom_segments"] for state in documents.values()]

        browser.until(ada, lambda documents: segments_of(documents) == [[]])
        placed = shop.document(paths.order(f"{org} ada 2"))
        placed.set(order(datetime.now(UTC), 60.0, org))
        browser.until(ada, lambda documents: segments_of(documents) == [[made.json["id"]]])
    assert members() == ["ada@example.org", "bob@example.org"]
    assert evaluated() == ("complete", 2, 250.0)

    placed.delete()
    eventually(members, ["bob@example.org"])


def test_thresholds_put_in_force_sort_everybody_anew(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    org = "org_thresholds"
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org})
    place_orders(emulators, shop, org, token)
    path = "/v1/settings/thresholds"
    before = send(emulators, path, token)
    segments = get(emulators, "/v1/segments", token)
    assert counts_of(segments) == {"high_value": 1, "loyal": 1}
    body = {"thresholds": {**before.json["thresholds"], "vip_minLifetimeValue": 100}}
    assert send(emulators, path, token, body=body, If_Match='"another"').status == 412

    put = send(emulators, path, token, body=body, If_Match=before.etag or "")

    assert (put.status, put.json["version"]) == (200, 1)
    assert put.json["thresholdsVersion"] != before.json["thresholdsVersion"]

    def sorted_anew() -> tuple[Any, ...]:
        actual = get(emulators, f"{path}/status", token)
        return actual["status"], actual["processed"], actual["moved"], actual["outdated"]

    eventually(sorted_anew, ("complete", 2, 1, 0))
    segments = get(emulators, "/v1/segments", token)
    assert counts_of(segments) == {"vip": 1, "loyal": 1}
    assert (segments["thresholdsVersion"], segments["stale"]) == (
        put.json["thresholdsVersion"],
        False,
    )


def test_thresholds_that_the_dashboard_stores_are_taken_over(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    org = "org_dashboard"
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org})
    place_orders(emulators, shop, org, token)
    loyalty = shop.document(paths.loyalty_settings(org))

    def versions() -> list[tuple[Any, ...]]:
        actual = get(emulators, "/v1/settings/thresholds/versions", token)["versions"]
        return [
            (each["version"], each["source"], each["thresholds"]["vip_minLifetimeValue"])
            for each in actual
        ]

    def segments() -> tuple[dict[str, int], bool]:
        actual = get(emulators, "/v1/segments", token)
        return counts_of(actual), actual["stale"]

    loyalty.set({"segmentThresholds": {"vip_minLifetimeValue": 100}, "pointsPerDollar": 2})
    eventually(versions, [(1, "dashboard", 100)])
    eventually(segments, ({"vip": 1, "loyal": 1}, False))

    # A name with a dot in it, beside the map: it wins.
    loyalty.set({"segmentThresholds.vip_minLifetimeValue": 30}, merge=True)
    eventually(versions, [(2, "dashboard", 30), (1, "dashboard", 100)])
    eventually(segments, ({"vip": 2}, False))
    stored = loyalty.get().to_dict() or {}
    assert stored["segmentThresholds"]["vip_minLifetimeValue"] == 30
    assert stored["pointsPerDollar"] == 2
    assert "segmentThresholds.vip_minLifetimeValue" not in stored
    time.sleep(1)
    assert len(versions()) == 2, "what is taken over is not taken over again"


def test_the_schedule_goes_on_with_what_no_trigger_did(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    org = "org_scheduled"
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org})
    place_orders(emulators, shop, org, token)
    path = "/v1/settings/thresholds"
    before = send(emulators, path, token)
    body = {"thresholds": {**before.json["thresholds"], "vip_minLifetimeValue": 100}}
    with emulators.triggers_paused():
        put = send(emulators, path, token, body=body, If_Match=before.etag or "")
        assert put.status == 200
    status = get(emulators, f"{path}/status", token)
    assert (status["status"], status["processed"], status["outdated"]) == ("running", 0, 2)
    assert get(emulators, "/v1/segments", token)["stale"]

    emulators.run_schedule("reclassify_segments")

    def evaluated() -> tuple[str, int, int]:
        status = get(emulators, f"{path}/status", token)
        return status["status"], status["processed"], status["outdated"]

    eventually(evaluated, ("complete", 2, 0))
    segments = get(emulators, "/v1/segments", token)
    assert (counts_of(segments), segments["stale"]) == ({"vip": 1, "loyal": 1}, False)


def test_the_demo_shows_segments_and_every_call_it_prints_works(
    emulators: FirebaseEmulators, shop: firestore.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    org = "org_demo"
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org})
    place_orders(emulators, shop, org, token)
    api = Api(url=emulators.http_url("api"), token=token)

    segment_id = show_rules(api, "Edibles")

    printed = capsys.readouterr().out
    assert re.search(r"custom: Edibles regulars +│ +1 │ +\$150\.00", printed)
    assert re.search(r"preview: would move with VIP from \$300 +│ +0 │ +\$0\.00", printed)
    assert re.search(r"Slipping +│ +30 │ +– \(too few returns\)", printed)
    lines = calls(api, segment_id, "Edibles")
    assert len(lines) == len(set(lines)) == 24
    routes = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    asked = " ".join(lines)
    for route in routes:
        # A file is that of a list.
        if route.startswith("/v1/analytics") and not route.endswith(":export"):
            assert re.search(re.sub(r"\{\w+\}", "[^/]+", f'{route}[?"]'), asked), route
    # Pasted as they are, with a curl that fails where the API answers with an error.
    script = 'curl() { command curl --fail-with-body "$@" && echo; }\n'
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", "\n".join((*api.setup(), script + line))],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert org in done.stdout or "bob@example.org" in done.stdout


def test_the_demo_shows_a_funnel_of_events_that_the_trigger_counted(
    emulators: FirebaseEmulators, shop: firestore.Client
) -> None:
    org = "org_events"
    now = datetime.now(UTC)
    orders = [DemoOrder(f"demo_{n}", now - timedelta(days=n), {"brandId": org}) for n in range(8)]
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org})
    api = Api(url=emulators.http_url("api"), token=token)

    write_events(shop, api, demo_events(orders, org, now))

    funnel = api.get("/v1/analytics/funnel")
    assert [stage["count"] for stage in funnel["stages"]] == [4, 3, 2]
    assert [channel["channel"] for channel in funnel["channels"]] == ["online"]


def lifetime_value_cents(shards: Documents, segment: str) -> int:
    """Of a segment's customers, summed over the shards as the dashboard does."""
    return sum(
        shard.get("segments", {}).get(segment, {}).get("lifetime_value_cents", 0)
        for shard in shards.values()
    )


def test_the_log_of_the_stack_holds_no_personal_data(emulators: FirebaseEmulators) -> None:
    log = Path(emulators.server.log).read_text()

    for event in ("order_reconciled", "customers_reclassified", "tasks_dispatched"):
        assert event in log
    for personal in ("ada@example.org", "bob@example.org"):
        assert personal not in log
