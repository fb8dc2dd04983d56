"""Cost of custom segments: no read, and at most one write, however many there are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import triggers
from functions.triggers import on_order_written
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.ageing import AgeingRun, age_segments
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from shared.services import Services
from tests.support.events import call_trigger, order_event
from tests.support.metered import Meter, metered
from tests.support.world import Order, customer_id

NOW = datetime.now(UTC)
TODAY = max(NOW - timedelta(hours=1), NOW.replace(hour=0, minute=0, second=0, microsecond=0))
"""An hour ago, or midnight: an order of yesterday that moves a customer today writes two days."""
SECRET = b"a secret that is only used in tests"
ORG = "org_north"
SEGMENTS = 20


def definition(number: int) -> dict[str, Any]:
    """Half of them are met by an order of p1 and left three days after it, half by spending."""
    if number % 2:
        return {"event": "ordered", "product": "p1", "when": {"inTheLastDays": 3}}
    return {"field": "totalSpent", "operator": "at_least", "value": 70 + number}


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    services = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: services)
    for number in range(SEGMENTS):
        define(services, f"cs_{number:012x}", definition(number))
    # An instance that has been up for a moment: it has the organisation's settings.
    services.organizations.resolve(ORG)
    services.organizations.settings(ORG)
    services.profiles().knows_anybody(ORG)
    return services


def define(services: Services, id: str, condition: Any) -> None:
    draft = Draft(name=id, description=None, definition=parse_definition(condition), filters=None)
    services.rules(ORG).change_custom_segment(
        id,
        lambda rules, before, at: new_segment(
            id, draft, before, rules.definitions, by="ann", at=at
        ),
    )


def place(client: firestore.Client, id: str, **changes: Any) -> Meter:
    values: dict[str, Any] = {
        "org": ORG,
        "email": "ada@example.org",
        "cents": 4000,
        "ordered_at": TODAY,
        "products": (("p2", 2500),),
    } | changes
    data = Order(**values).data()
    reference = client.collection(paths.ORDERS).document(id)
    before = reference.get().to_dict()
    reference.set(data)
    event = order_event(client, id, before, data)
    with metered(client) as meter:
        call_trigger(on_order_written, event)
    return meter


def cost(meter: Meter) -> tuple[int, int]:
    return meter.documents_read, meter.documents_written + meter.documents_deleted


def stored(client: firestore.Client) -> dict[str, Any]:
    key = customer_id(ORG, "ada@example.org").customer_key
    return client.document(paths.customer(ORG, key)).get().to_dict() or {}


def test_an_order_costs_what_it_costs_without_them(firestore_client: firestore.Client) -> None:
    first = place(firestore_client, "o1", ordered_at=NOW - timedelta(hours=3))
    changes_nothing = place(firestore_client, "o2", cents=100, ordered_at=NOW - timedelta(hours=2))
    enters_twenty = place(firestore_client, "o3", cents=9000, products=(("p1", 9000),))

    assert cost(first) == (3, 5)
    assert cost(changes_nothing) == (3, 4)
    assert len(stored(firestore_client)["custom_segments"]) == SEGMENTS
    # One step holds all that an order changes.
    assert cost(enters_twenty) == (3, 5)


def test_an_order_that_changes_both_kinds_of_segments_is_one_step(
    firestore_client: firestore.Client,
) -> None:
    place(firestore_client, "o1", ordered_at=NOW - timedelta(days=40))
    place(firestore_client, "o2", cents=100, ordered_at=NOW - timedelta(days=20))
    before = stored(firestore_client)

    both = place(firestore_client, "o3", cents=80_000, products=(("p1", 9000),))

    after = stored(firestore_client)
    assert before["segment"] != after["segment"]
    assert len(after["custom_segments"]) == SEGMENTS
    assert cost(both) == (3, 5)


def test_time_costs_two_reads_and_a_step_for_each_customer_who_changes(
    firestore_client: firestore.Client, services: Services
) -> None:
    people = [f"p{number}@example.org" for number in range(10)]
    for number, email in enumerate(people):
        products = (("p1", 100),) if number < 4 else (("p2", 100),)
        place(firestore_client, f"o{number}", email=email, products=products)
    leaves = TODAY + timedelta(days=3)

    def age(at: datetime) -> tuple[AgeingRun, Meter]:
        with metered(firestore_client) as meter:
            run = age_segments(
                services.due_customers,
                services.organizations,
                clock=lambda: at,
                stop_at=at + timedelta(hours=1),
            )
        return run, meter

    early, nothing = age(leaves - timedelta(microseconds=1))
    due, meter = age(leaves)

    assert (early.due, nothing.documents_written) == (0, 0)
    assert (due.due, due.moved) == (4, 4)
    # Found due, and read.
    assert meter.documents_read == 4 + 4
    # A customer and a step each; the counts and the day once for all of them.
    assert meter.documents_written == 2 * 4 + 2


def test_fifty_orders_cost_the_same_as_one(firestore_client: firestore.Client) -> None:
    for number in range(50):
        place(firestore_client, f"o{number}", ordered_at=NOW - timedelta(hours=60 - number))

    assert cost(place(firestore_client, "o99")) == (3, 4)
