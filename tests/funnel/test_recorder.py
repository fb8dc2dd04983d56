"""Events of the shop through the deployed trigger and the backfill: each session counted once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore

from functions import triggers
from functions.triggers import on_event_written
from shared.firestore import paths
from shared.firestore.changes import changes, session_changes
from shared.funnel import event_store as event_source
from shared.funnel.recorder_store import FunnelRecorder, RawEvent
from shared.funnel.store import FunnelReader
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.services import Services
from tests.funnel.visits import (
    NOW,
    ORG,
    TODAY,
    cost,
    counts,
    deliver,
    delivery,
    expected,
    happened,
    shop_event,
    stored,
    without_session,
)
from tests.support.events import call_trigger, document_event
from tests.support.firestore_world import ELSEWHERE
from tests.support.metered import After, Before, failing, metered
from tests.support.world import Order
from tools.funnel_backfill import run_funnel_backfill

SECRET = b"a secret that is only used in tests"


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    services = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: services)
    services.organizations.resolve(ORG)
    services.organizations.settings(ORG)
    return services


def test_the_way_of_one_session(firestore_client: firestore.Client) -> None:
    client = firestore_client
    first = deliver(client, delivery(client, shop_event(at=NOW - timedelta(minutes=9)), "e1"))
    again = deliver(client, delivery(client, shop_event(at=NOW - timedelta(minutes=8)), "e2"))
    started = deliver(client, delivery(client, shop_event("checkout.started"), "e3"))
    paid = deliver(client, delivery(client, shop_event("checkout.paid", channel="web"), "e4"))

    assert [cost(meter) for meter in (first, again, started, paid)] == [
        (1, 2),
        (1, 0),
        (1, 2),
        (1, 2),
    ]
    day = (NOW - timedelta(minutes=9)).date()
    assert counts(client) == {(day, "online"): (1, 1, 1)}


def test_nothing_of_an_event_is_kept_but_a_key(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, delivery(firestore_client, shop_event(session="secret_session")))

    (session,) = stored(firestore_client)
    assert "secret_session" not in str(session)
    assert "ada@example.org" not in str(session)
    assert len(session["id"]) == 32
    assert session["expires_at"] > NOW + timedelta(days=400)


def test_a_late_earlier_event_moves_the_session_to_its_day(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    deliver(client, delivery(client, shop_event("checkout.paid"), "e1"))
    early = NOW - timedelta(days=3)
    deliver(client, delivery(client, shop_event(at=early, channel="store"), "e2"))

    assert counts(client) == {(early.date(), "in_store"): (1, 1, 1)}


def test_days_are_those_of_the_organisation(
    firestore_client: firestore.Client, services: Services
) -> None:
    analytics = firestore_client.document(paths.analytics_settings("org_far"))
    analytics.set({"timeZone": "Pacific/Auckland"})
    late = datetime(TODAY.year, TODAY.month, TODAY.day, 13, tzinfo=UTC) - timedelta(days=2)
    event = delivery(firestore_client, shop_event(at=late), org="org_far")
    deliver(firestore_client, event)

    assert counts(firestore_client, "org_far") == {
        (late.date() + timedelta(days=1), "unknown"): (1, 0, 0)
    }

    analytics.set({"timeZone": "UTC"})
    services.organizations.refreshed("org_far")
    paid = shop_event("checkout.paid", at=late + timedelta(minutes=1))
    deliver(firestore_client, delivery(firestore_client, paid, "e2", "org_far"))

    assert counts(firestore_client, "org_far") == {
        (late.date() + timedelta(days=1), "unknown"): (1, 1, 1)
    }


def test_a_window_knows_whether_events_were_counted_before_it(
    firestore_client: firestore.Client,
) -> None:
    reader = FunnelReader(firestore_client, ORG)
    first = TODAY - timedelta(days=70)
    deliver(firestore_client, delivery(firestore_client, shop_event(at=NOW - timedelta(days=70))))

    for day in (first, first + timedelta(days=1), TODAY):
        before = reader.sessions(day, TODAY)
        assert before.measured_before is (day > first)
        assert list(before.days) == ([first] if day == first else [])
    assert not reader.sessions(first - timedelta(days=90), first).measured_before


def test_an_alias_counts_for_its_organisation(firestore_client: firestore.Client) -> None:
    firestore_client.document(paths.alias("shop")).set({"org_id": ORG})
    deliver(firestore_client, delivery(firestore_client, shop_event(), org="shop"))
    deliver(firestore_client, delivery(firestore_client, shop_event("checkout.paid")))

    assert counts(firestore_client) == {(TODAY, "unknown"): (1, 1, 1)}
    assert counts(firestore_client, "shop") == {}


def test_the_same_session_id_at_two_organisations_is_two_sessions(
    firestore_client: firestore.Client,
) -> None:
    for org in (ORG, "org_south"):
        deliver(firestore_client, delivery(firestore_client, shop_event(), org=org))

    assert len({session["id"] for session in stored(firestore_client)}) == 2
    assert counts(firestore_client, "org_south") == {(TODAY, "unknown"): (1, 0, 0)}


def test_an_order_completed_pays_for_a_session_and_is_none_by_itself(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    deliver(client, delivery(client, shop_event("order.completed", "till"), "e1"))
    deliver(client, delivery(client, shop_event("order.completed", "pickup"), "e2"))
    assert counts(client) == {}

    deliver(client, delivery(client, shop_event("checkout.started", "pickup"), "e3"))

    assert counts(client) == {(TODAY, "unknown"): (1, 1, 1)}


def test_events_without_a_session_are_counted_once_each(
    firestore_client: firestore.Client,
) -> None:
    for id in ("e1", "e2", "e1"):
        deliver(firestore_client, delivery(firestore_client, shop_event(session=None), id))

    assert counts(firestore_client) == {}
    assert without_session(firestore_client) == 2


@pytest.mark.parametrize(
    "data",
    [
        shop_event("subscription.updated"),
        shop_event(at=NOW - timedelta(days=366)),
        shop_event(at=NOW + timedelta(days=3)),
        {},
        {"type": ["cart.updated"], "data": 1},
    ],
)
def test_what_is_passed_over_costs_nothing(
    firestore_client: firestore.Client, data: dict[str, Any] | None
) -> None:
    assert cost(deliver(firestore_client, delivery(firestore_client, data))) == (0, 0)
    assert list(stored(firestore_client)) == []


def test_an_event_that_is_deleted_stays_counted(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, delivery(firestore_client, shop_event()))
    gone = document_event(firestore_client, f"{paths.events(ORG)}/e1", shop_event(), None)

    assert cost(deliver(firestore_client, gone)) == (0, 0)

    assert counts(firestore_client) == {(TODAY, "unknown"): (1, 0, 0)}


@pytest.mark.parametrize("failure", [Before, After])
def test_a_commit_whose_answer_is_lost_is_not_counted_again(
    firestore_client: firestore.Client, failure: type[Before] | type[After]
) -> None:
    event = delivery(firestore_client, shop_event("checkout.paid"))
    lost = failure(ServiceUnavailable("lost"))

    def plan(method: str, number: int) -> Before | After | None:
        return lost if method == "commit" else None

    with failing(firestore_client, plan), pytest.raises(ServiceUnavailable):
        call_trigger(on_event_written, event)
    deliver(firestore_client, event)

    assert counts(firestore_client) == {(TODAY, "unknown"): (1, 1, 1)}


def test_pages_are_recomputed_only_where_a_number_changes(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    seen = [session_changes(client, ORG)]
    for data in (
        shop_event(at=NOW),
        shop_event(at=NOW),
        shop_event(at=NOW - timedelta(microseconds=1)),
        shop_event("checkout.paid"),
    ):
        deliver(client, delivery(client, data))
        seen.append(session_changes(client, ORG))

    assert seen == [0, 1, 1, 1, 2]
    assert changes(client, ORG) == 0


def test_an_order_and_a_session_write_no_common_document(
    firestore_client: firestore.Client, services: Services
) -> None:
    """Or visitors would make the commits of orders fail, whatever shard these go to."""
    client, by_orders, by_sessions = firestore_client, set(), set()
    for number in range(4 * services.settings.counter_shards):
        client.document(paths.order(f"o{number}")).set(
            Order(org=ORG, email="ada@example.org", cents=4000, ordered_at=NOW).data()
        )
        with metered(client) as orders:
            services.reconciler.reconcile(f"o{number}")
        by_orders |= orders.written
        event = shop_event("checkout.paid", f"s{number}")
        by_sessions |= deliver(client, delivery(client, event, f"e{number}")).written

    assert len(by_orders & shards(paths.segment_counts(ORG), client)) == 4
    assert len(by_sessions & shards(paths.funnel_months(ORG), client)) == 4
    assert by_orders & by_sessions == set()


def shards(collection: str, client: firestore.Client) -> set[str]:
    return {snapshot.reference.path for snapshot in client.collection(collection).stream()}


def test_many_deliveries_at_once_in_any_order_count_each_session_once(
    firestore_client: firestore.Client,
) -> None:
    random = Random(1)
    events = happened(random)
    deliveries = [
        delivery(firestore_client, data, f"e{number}")
        for number, data in enumerate(events)
        for _ in range(random.choice([1, 1, 2]))
    ]
    random.shuffle(deliveries)
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda event: call_trigger(on_event_written, event), deliveries))

    assert counts(firestore_client) == expected(events)
    assert without_session(firestore_client) == sum(
        data["data"]["sessionId"] is None and data["type"] != "order.completed" for data in events
    )


def test_the_backfill_counts_what_the_triggers_did_not(
    firestore_client: firestore.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With events under an alias, some delivered before, and again; also while it runs."""
    monkeypatch.setattr(event_source, "PAGE_SIZE", 40)
    firestore_client.document(paths.alias("shop")).set({"org_id": ORG})
    random = Random(2)
    events = happened(random)
    batch = firestore_client.batch()
    for number, data in enumerate(events):
        org = random.choice([ORG, "shop"])
        batch.set(firestore_client.document(f"{paths.events(org)}/e{number:03}"), data)
        if random.random() < 0.3:
            call_trigger(on_event_written, delivery(firestore_client, data, f"e{number:03}", org))
    batch.commit()

    with ThreadPoolExecutor(2) as executor:
        runs = list(executor.map(lambda _: run_funnel_backfill(services, ORG), range(2)))
    again = run_funnel_backfill(services, ORG)

    assert [read for read, _ in runs] == [150, 150]
    assert again == (150, 0)
    assert counts(firestore_client) == expected(events)
    assert without_session(firestore_client) == sum(
        data["data"]["sessionId"] is None and data["type"] != "order.completed" for data in events
    )


def test_the_backfill_counts_events_with_references_as_the_trigger_does(
    firestore_client: firestore.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_source, "PAGE_SIZE", 3)
    ids: dict[str, Any] = {"sessionId": None, "cartId": "s1"}
    events: list[dict[str, Any]] = [
        shop_event(session="s0"),
        {**shop_event("checkout.started"), "refId": ELSEWHERE},
        {**shop_event(), "data": {**ids, "sessionId": ELSEWHERE, "channel": "web"}},
        {**shop_event(), "timestamp": ELSEWHERE},
        {**shop_event(), "type": ELSEWHERE},
        {**shop_event(), "data": ELSEWHERE},
        shop_event(session="s2"),
    ]
    for number, data in enumerate(events):
        firestore_client.document(f"{paths.events(ORG)}/e{number}").set(data)
    backfilled = run_funnel_backfill(services, ORG)
    actual = counts(firestore_client), without_session(firestore_client)

    written = sum(
        deliver(firestore_client, delivery(firestore_client, data, f"e{number}")).documents_written
        for number, data in enumerate(events)
    )

    assert backfilled[0] == len(events)
    assert (counts(firestore_client), without_session(firestore_client)) == actual
    assert written == 0
    assert sum(stages[0] for stages in actual[0].values()) == 3
    assert actual[1] == 1


def test_the_number_of_shards_may_change(
    firestore_client: firestore.Client, services: Services
) -> None:
    events = happened(Random(3), 60)
    for number, data in enumerate(events):
        recorder = FunnelRecorder(
            firestore_client, services.organizations, SECRET, shards=1 + number % 5
        )
        raw = RawEvent(claimed_id=ORG, event_id=f"e{number}", data=data, created_at=NOW)
        recorder.record([raw])
        recorder.record([replace(raw, claimed_id="a/b")])

    assert counts(firestore_client) == expected(events)
