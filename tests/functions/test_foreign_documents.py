"""Documents at other paths, in collections of the same names, move and stop nothing."""

from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.settings import Settings
from shared.reconciliation.ageing import AgeingRun, age_segments
from shared.reconciliation.stores import due_customers, reclassification_store
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.firestore_world import ELSEWHERE
from tests.support.reclassify import run_all
from tests.support.world import SECRET, Order

NOW = utc_now()
ORG, OTHER = "org_north", "org_south"
OTHER_PATHS = (
    "{name}",
    "users/mallory/{name}",
    f"users/mallory/notes/{ORG}/{{name}}",
    f"tenants/{ORG}/notes/{ORG}/{{name}}",
)
"""Collections of a name that are no organisation's."""


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """Two organisations with a customer each, who ordered 40 days ago."""
    services = build_services(firestore_client, Settings(settings_refresh_seconds=0), SECRET)
    for org in (ORG, OTHER):
        order = Order(
            org=org,
            email="ada@example.org",
            cents=4000,
            ordered_at=NOW - timedelta(days=40),
            products=(("p1", 4000),),
        )
        firestore_client.document(paths.order(org)).set(order.data())
        services.reconciler.reconcile(org)
    return services


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents elsewhere fill whole pages before those of the organisations."""
    for module in (due_customers, reclassification_store):
        monkeypatch.setattr(module, "PAGE_SIZE", 2)


def put_elsewhere(
    client: firestore.Client, name: str, *documents: dict[str, Any]
) -> list[firestore.DocumentReference]:
    references = []
    for path in OTHER_PATHS:
        for number, document in enumerate(documents):
            reference = client.document(f"{path.format(name=name)}/x{number}")
            reference.set(document)
            references.append(reference)
    return references


def own(client: firestore.Client, collection: str) -> firestore.DocumentReference:
    (snapshot,) = client.collection(collection).stream()
    reference: firestore.DocumentReference = snapshot.reference
    return reference


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    return [vars(record)["fields"] for record in caplog.records if record.getMessage() == event]


def age(services: Services, *, days: int = 30) -> AgeingRun:
    later = NOW + timedelta(days=days)
    return age_segments(
        services.due_customers,
        services.organizations,
        clock=lambda: later,
        stop_at=later + timedelta(hours=1),
    )


def test_customers_elsewhere_neither_age_nor_hold_up_anybody(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    reference = own(firestore_client, paths.customers(ORG))
    long_ago = {
        "next_transition_at": NOW - timedelta(days=400),
        "ageing": {"shard": 0, "try_at": NOW - timedelta(days=400)},
    }
    copy = {**(reference.get().to_dict() or {}), **long_ago}
    put = put_elsewhere(
        firestore_client,
        paths.CUSTOMERS,
        copy,
        long_ago,
        {**long_ago, "picture": ELSEWHERE},
    )

    run = age(services)

    assert run == AgeingRun(due=2, moved=2, conflicts=0, put_off=0, complete=True)
    assert reference.get().get("segment") == "at_risk"
    assert {each.get(["next_transition_at"]).get("next_transition_at") for each in put} == {
        long_ago["next_transition_at"]
    }
    assert told(caplog, "foreign_documents") == [{"collection": paths.CUSTOMERS}]


def test_time_is_up_among_customers_elsewhere(
    firestore_client: firestore.Client, services: Services
) -> None:
    put_elsewhere(firestore_client, paths.CUSTOMERS, {"ageing": {"shard": 0, "try_at": NOW}})

    run = age_segments(
        services.due_customers, services.organizations, clock=lambda: NOW, stop_at=NOW
    )

    assert run == AgeingRun(due=0, moved=0, conflicts=0, put_off=0, complete=False)


def test_a_customer_that_says_to_be_another_one_or_cannot_be_decoded_holds_up_nobody(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = own(firestore_client, paths.customers(OTHER)).get().to_dict() or {}
    long_ago = {
        "next_transition_at": NOW - timedelta(days=400),
        "ageing": {"shard": 0, "try_at": NOW - timedelta(days=400)},
    }
    claims = firestore_client.document(paths.customer(ORG, theirs["customer_key"]))
    claims.set({**theirs, **long_ago})
    damaged = firestore_client.document(paths.customer(ORG, "damaged"))
    damaged.set({**theirs, **long_ago, "picture": ELSEWHERE})

    run = age(services)

    assert (run.due, run.moved, run.put_off) == (4, 2, 2)
    assert {each["document"] for each in told(caplog, "customer_unreadable")} == {
        claims.path,
        damaged.path,
    }


def test_what_is_unsettled_elsewhere_holds_up_no_reclassification(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    put_elsewhere(
        firestore_client,
        paths.ANALYTICS,
        {"settled": False},
        {"settled": False, "org_id": ORG},
        {"settled": False, "picture": ELSEWHERE},
    )
    services.rules(ORG).save_thresholds(
        Thresholds(slipping_min_days=20, at_risk_min_days=30), by="ann", source=ThresholdSource.API
    )

    rest = run_all(services.reclassifier(), utc_now() + timedelta(minutes=1))

    assert rest == 1  # It can only be settled later.
    assert own(firestore_client, paths.customers(ORG)).get().get("segment") == "at_risk"
    assert told(caplog, "foreign_documents") == [{"collection": paths.ANALYTICS}]
