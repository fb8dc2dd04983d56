"""Predictions in the customers' documents: right after every write, and for no further cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import triggers
from functions.triggers import on_order_written
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.predictions.model import BaseRate, PublishedModel
from shared.predictions.scoring import score
from shared.reconciliation.ageing import AgeingRun, age_segments
from shared.reconciliation.counters import SegmentCountsDelta
from shared.reconciliation.stores.counter_codec import segment_counts_delta
from shared.reconciliation.stores.customer_codec import customer
from shared.segments.customer import Customer
from shared.services import Services
from tests.predictions.models import published
from tests.support.events import call_trigger, order_event
from tests.support.metered import Meter, metered
from tests.support.world import Order, customer_id
from tools.stack.firebase_cli import ROOT

NOW = datetime.now(UTC)
TODAY = max(NOW - timedelta(hours=1), NOW.replace(hour=0, minute=0, second=0, microsecond=0))
"""An hour ago, or midnight: an order of yesterday writes the counters of two days."""
SECRET = b"a secret that is only used in tests"
ORG = "org_north"
ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    services = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: services)
    return services


def publish(services: Services, model: PublishedModel | None) -> None:
    """Put a model in force, and have this instance know it."""
    services.rules(ORG).publish_model(lambda in_force: model)
    services.organizations.refreshed(ORG)
    services.organizations.resolve(ORG)


def place(client: firestore.Client, id: str, **changes: Any) -> Meter:
    values: dict[str, Any] = {"org": ORG, "email": ADA, "cents": 4000, "ordered_at": TODAY}
    data = Order(**(values | changes)).data()
    reference = client.collection(paths.ORDERS).document(id)
    before = reference.get().to_dict()
    reference.set(data)
    event = order_event(client, id, before, data)
    with metered(client) as meter:
        call_trigger(on_order_written, event)
    return meter


def cost(meter: Meter) -> tuple[int, int]:
    return meter.documents_read, meter.documents_written + meter.documents_deleted


def document(client: firestore.Client, email: str = ADA) -> dict[str, Any]:
    key = customer_id(ORG, email).customer_key
    return client.document(paths.customer(ORG, key)).get().to_dict() or {}


def stored(client: firestore.Client, email: str = ADA) -> Customer:
    return customer(document(client, email))


def counts(client: firestore.Client) -> SegmentCountsDelta:
    actual = SegmentCountsDelta()
    for shard in client.collection(paths.segment_counts(ORG)).stream():
        actual.add(segment_counts_delta(shard.to_dict() or {}))
    return actual.without_zeros()


def steps(client: firestore.Client) -> int:
    return len(list(client.collection(paths.transitions(ORG)).stream()))


def age(services: Services, at: datetime) -> tuple[AgeingRun, Meter]:
    with metered(services.client) as meter:
        run = age_segments(
            services.due_customers,
            services.organizations,
            clock=lambda: at,
            stop_at=at + timedelta(hours=1),
        )
    return run, meter


def test_an_order_costs_what_it_costs_without_a_model(
    firestore_client: firestore.Client, services: Services
) -> None:
    publish(services, published())
    # Kept as settings are.
    services.profiles().knows_anybody(ORG)

    first = place(firestore_client, "o1", ordered_at=TODAY - timedelta(seconds=9))
    second = place(firestore_client, "o2")
    edited = place(firestore_client, "o2", cents=9_000)

    assert (cost(first), cost(second), cost(edited)) == ((3, 5), (3, 4), (3, 4))
    assert document(firestore_client)["churn_risk"] is not None


def test_each_write_stores_what_is_scored_then(
    firestore_client: firestore.Client, services: Services
) -> None:
    model = published(horizon_days=30)
    publish(services, model)

    def assert_right() -> None:
        actual = stored(firestore_client)
        expected = score(model, actual, datetime.now(UTC))
        assert expected
        assert expected.value
        assert actual.prediction
        assert (actual.prediction.risk, actual.prediction.ltv_cents) == (
            expected.level,
            expected.value.cents,
        )
        assert actual.next_transition_at is not None
        assert expected.next_change_at is None or (
            actual.next_transition_at <= expected.next_change_at
        )
        assert document(firestore_client)["churn_risk"] == expected.level.value
        assert document(firestore_client)["predicted_ltv_cents"] == expected.value.cents
        assert counts(firestore_client).risks == {
            expected.level.value: {
                "customers": 1,
                "lifetime_value_cents": actual.totals.lifetime_value_cents,
                "predicted_ltv_cents": expected.value.cents,
            }
        }

    place(firestore_client, "o1", ordered_at=NOW - timedelta(days=80))
    assert_right()
    lonely = stored(firestore_client).prediction
    place(firestore_client, "o2", ordered_at=NOW - timedelta(days=2))
    assert_right()
    place(firestore_client, "o3", cents=-1500, ordered_at=NOW - timedelta(days=1))
    assert_right()
    place(firestore_client, "o3", cents=-1500, ordered_at=NOW, status="canceled")
    place(firestore_client, "o2", ordered_at=NOW - timedelta(days=2), status="canceled")
    assert_right()
    assert stored(firestore_client).prediction == lonely
    place(firestore_client, "o1", ordered_at=NOW - timedelta(days=80), status="canceled")
    assert stored(firestore_client).prediction is None
    assert counts(firestore_client).risks == {}


def test_a_publication_costs_a_read_and_a_write_per_customer_and_is_no_step(
    firestore_client: firestore.Client, services: Services
) -> None:
    people = [f"p{number}@example.org" for number in range(7)]
    for number, email in enumerate(people):
        place(firestore_client, f"o{number}", email=email)
    before, silent = steps(firestore_client), stored(firestore_client, people[0])
    assert silent.prediction is None
    publish(services, published())
    # What an order of one of them does meanwhile, the pages find done.
    place(firestore_client, "meanwhile", email=people[0])

    with metered(firestore_client) as meter:
        services.reclassifier().take_up(ORG, datetime.now(UTC) + timedelta(minutes=1))

    # Everybody, who is read, and written but for the one found done; then what docs/costs.md adds:
    # a write of counters for each hundred, and the work itself.
    assert meter.documents_read == len(people) + 10
    assert meter.documents_written == len(people) - 1 + 1 + 3
    keys = {customer_id(ORG, email).customer_key for email in people}
    written = [path for path in meter.written if path.rpartition("/")[2] in keys]
    assert len(written) == len(people) - 1
    assert steps(firestore_client) == before
    levels = [stored(firestore_client, email).prediction for email in people]
    assert all(levels)
    assert sum(level["customers"] for level in counts(firestore_client).risks.values()) == 7
    revision = services.organizations.refreshed(ORG).rules.revision
    assert {stored(firestore_client, email).rules_revision for email in people} == {revision}

    publish(services, None)
    services.reclassifier().take_up(ORG, datetime.now(UTC) + timedelta(minutes=1))
    assert counts(firestore_client).risks == {}
    assert document(firestore_client, people[0])["churn_risk"] is None


def test_what_publications_cost_is_documented() -> None:
    costs = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    for customers in (10_000, 100_000, 1_000_000):
        reads, writes = customers + 10, customers + customers // 100 + 3
        assert f"| {customers:,} | {reads:,} | {writes:,} |" in costs


def test_a_silent_day_writes_only_those_who_change(
    firestore_client: firestore.Client, services: Services
) -> None:
    model = published(horizon_days=30)
    publish(services, model)
    people = [f"p{number}@example.org" for number in range(6)]
    for number, email in enumerate(people):
        placed = TODAY - timedelta(hours=20 * number)
        place(firestore_client, f"o{number}", email=email, ordered_at=placed)
    before = steps(firestore_client)
    due = {stored(firestore_client, email).next_transition_at for email in people}
    assert None not in due
    soonest = min(at for at in due if at)

    early, nothing = age(services, soonest - timedelta(microseconds=1))
    run, meter = age(services, soonest)

    assert (early.due, nothing.documents_written) == (0, 0)
    assert (run.due, run.moved) == (1, 1)
    assert meter.documents_read == 2
    # The customer, and the shard of the counts.
    assert meter.documents_written == 2
    assert steps(firestore_client) == before
    for email in people:
        actual = stored(firestore_client, email)
        expected = score(model, actual, soonest)
        assert expected
        assert actual.prediction
        assert actual.prediction.risk is expected.level


def test_an_equal_model_is_not_published_again(
    firestore_client: firestore.Client, services: Services
) -> None:
    publish(services, published())
    revision = services.organizations.refreshed(ORG).rules.revision

    publish(services, published())
    assert services.organizations.refreshed(ORG).rules.revision == revision
    assert services.organizations.refreshed(ORG).rules.model == published()

    publish(services, published(BaseRate(probability=0.5), None))
    assert services.organizations.refreshed(ORG).rules.revision == revision + 1


def test_customers_and_rules_of_0_3_have_no_prediction(
    firestore_client: firestore.Client, services: Services
) -> None:
    place(firestore_client, "o1")
    written = document(firestore_client)
    for field in ("churn_risk", "predicted_ltv_cents", "prediction_features"):
        del written[field]
    assert customer(written).prediction is None
    services.rules(ORG).publish_model(lambda model: published())
    rules = firestore_client.document(paths.segment_rules(ORG))
    rules.update({"model": firestore.DELETE_FIELD})
    assert services.organizations.refreshed(ORG).rules.model is None
