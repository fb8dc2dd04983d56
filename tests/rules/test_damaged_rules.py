"""Damaged rules of one organisation hold up no other."""

import logging
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.errors import UnreadableRulesError
from shared.kernel.settings import Settings
from shared.reconciliation.ageing import age_segments
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.firestore_world import count_order
from tests.support.reclassify import run_all
from tests.support.world import SECRET, Order, customer_id

NOW = utc_now()
DAMAGED, WHOLE = "org_north", "org_south"


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """Two organisations with a customer each; then the rules of one are damaged."""
    services = build_services(firestore_client, Settings(settings_refresh_seconds=0), SECRET)
    for org in (DAMAGED, WHOLE):
        count_order(services, org, NOW - timedelta(days=40))
        services.rules(org).save_thresholds(
            Thresholds(slipping_min_days=20, at_risk_min_days=30),
            by="ann",
            source=ThresholdSource.API,
        )
    firestore_client.document(paths.segment_rules(DAMAGED)).update({"definitions": b"damaged"})
    return services


def segment(client: firestore.Client, org: str) -> str:
    key = customer_id(org, "ada@example.org").customer_key
    actual: str = client.document(paths.customer(org, key)).get().get("segment")
    return actual


def test_reclassification_goes_on_elsewhere_and_is_not_called_done(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="segments")

    rest = run_all(services.reclassifier(), utc_now() + timedelta(minutes=1))

    assert rest == 2
    assert (segment(firestore_client, DAMAGED), segment(firestore_client, WHOLE)) == (
        "slipping",
        "at_risk",
    )
    assert "rules_unreadable" in {record.getMessage() for record in caplog.records}


def test_time_goes_on_elsewhere(firestore_client: firestore.Client, services: Services) -> None:
    later = utc_now() + timedelta(days=90)

    run = age_segments(
        services.due_customers,
        services.organizations,
        clock=lambda: later,
        stop_at=later + timedelta(hours=1),
    )

    assert (run.due, run.moved, run.put_off) == (2, 1, 1)
    assert (segment(firestore_client, DAMAGED), segment(firestore_client, WHOLE)) == (
        "slipping",
        "churned",
    )


def test_an_order_waits_until_its_rules_are_repaired(
    firestore_client: firestore.Client, services: Services
) -> None:
    order = Order(org=DAMAGED, email="ada@example.org", cents=100, ordered_at=NOW)
    firestore_client.document(paths.order("late")).set(order.data())

    with pytest.raises(UnreadableRulesError):
        services.reconciler.reconcile("late")
    firestore_client.document(paths.segment_rules(DAMAGED)).delete()
    services.reconciler.reconcile("late")

    assert segment(firestore_client, DAMAGED) == "loyal"
