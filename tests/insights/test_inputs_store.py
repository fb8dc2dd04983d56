"""Inputs of facts as read from Firestore: predictions and campaigns, on the emulator."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.campaigns.performance.lift_question import NAME as CAMPAIGN_LIFT
from shared.campaigns.performance.measurement import Effect, MeasurementState
from shared.campaigns.performance.measurement_fields import measurement_fields
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.insights.inputs_store import InputReader
from shared.insights.numbers import Availability, ShopNumbers
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.predictions.model import RecencyRule
from shared.predictions.risk import RiskLevel
from shared.reconciliation.stores.customer_codec import customer
from shared.services import Services
from tests.insights.measured_shop import (
    HELD_OUT,
    MONTH_CENTS,
    PAID,
    TREATED,
    UNCLEAR,
    measurement,
    publish_campaigns,
    publish_forecast,
    publish_model,
)
from tests.predictions.models import published
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago

LAST_NIGHT = NOW - timedelta(hours=9)
MODEL = published(RecencyRule(probabilities=(0.1,) * 6 + (0.9,) * 4))
"""Critical from 224 days of silence on."""


def read(services: Services) -> ShopNumbers:
    settings = services.organizations.refreshed(ORG)
    return InputReader.of(services.client, ORG).read(settings, NOW).numbers


def ordered(shop: Shop) -> None:
    """Seven who ordered once long ago, and two who keep ordering."""
    for number in range(7):
        shop.order(f"gone{number}@example.org", 40 + number, at=days_ago(300 + number))
    for number in range(2):
        for ago in (40, 30, 20, 10, 1):
            shop.order(f"regular{number}@example.org", 25, at=days_ago(ago))


def test_what_the_model_in_force_expects_is_that_of_the_customers_and_of_the_night(
    services: Services, shop: Shop, firestore_client: firestore.Client
) -> None:
    publish_model(services, ORG, MODEL)
    ordered(shop)
    publish_forecast(firestore_client, ORG, MODEL, LAST_NIGHT)
    documents = firestore_client.collection(paths.customers(ORG)).stream()
    predictions = [customer(each.to_dict() or {}).prediction for each in documents]
    worth = {
        level: [
            each.ltv_cents for each in predictions if each and each.risk is level and each.ltv_cents
        ]
        for level in RiskLevel
    }

    source = read(services).predictions

    assert source.availability is Availability.CURRENT
    assert (source.computed_at, source.document) == (
        LAST_NIGHT,
        paths.result(ORG, "predictions"),
    )
    actual = source.content
    assert actual is not None
    assert actual.critical == len(worth[RiskLevel.CRITICAL]) == 7
    assert actual.critical_cents == sum(worth[RiskLevel.CRITICAL])
    assert actual.all_cents == sum(map(sum, worth.values())) > actual.critical_cents
    assert actual.month is not None
    assert (actual.month.isoformat(), actual.month_cents) == ("2026-12-01", MONTH_CENTS)


def taken_out(services: Services) -> None:
    publish_model(services, ORG, MODEL)
    services.rules(ORG).publish_model(lambda in_force: None)


def of_churn_alone(services: Services) -> None:
    publish_model(services, ORG, replace(MODEL, value=None))


@pytest.mark.parametrize("in_force", [taken_out, of_churn_alone])
def test_without_a_model_that_predicts_revenue_in_force_nothing_is_expected(
    services: Services,
    shop: Shop,
    firestore_client: firestore.Client,
    in_force: Callable[[Services], None],
) -> None:
    """The result of the night is that of a model that was in force."""
    in_force(services)
    ordered(shop)
    publish_forecast(firestore_client, ORG, MODEL, LAST_NIGHT)

    source = read(services).predictions

    assert (source.availability, source.content) == (Availability.NOT_COMPUTED, None)


def test_while_customers_are_still_to_be_scored_nothing_is_expected(
    services: Services, shop: Shop, firestore_client: firestore.Client
) -> None:
    ordered(shop)
    publish_model(services, ORG, MODEL)
    publish_forecast(firestore_client, ORG, MODEL, LAST_NIGHT)

    source = read(services).predictions

    assert (source.availability, source.content) == (Availability.STALE, None)


def test_campaigns_are_read_that_are_there_and_whose_window_closed_lately(
    services: Services, firestore_client: firestore.Client
) -> None:
    publish_campaigns(firestore_client, ORG, LAST_NIGHT, paid="Come Back", unclear="Flash Sale")

    actual = read(services).campaigns.content

    assert actual is not None
    by_id = {each.measurement.campaign_id: each for each in actual}
    assert by_id.keys() == {PAID, UNCLEAR}
    assert (by_id[PAID].name, by_id[PAID].treated, by_id[PAID].held_out) == (
        "Come Back",
        TREATED,
        HELD_OUT,
    )
    assert by_id[PAID].paid
    assert not by_id[UNCLEAR].paid

    paid = CampaignStore(firestore_client, ORG).campaign(PAID)
    assert paid is not None
    CampaignStore(firestore_client, ORG).delete(paid)
    long_ago, open_still = (
        measurement(UNCLEAR, Effect(), LAST_NIGHT - timedelta(days=38)),
        measurement(UNCLEAR, Effect(), LAST_NIGHT, MeasurementState.PRELIMINARY),
    )
    for each in (long_ago, open_still):
        gone = measurement(PAID, Effect(), LAST_NIGHT - timedelta(days=10))
        entries = [measurement_fields(gone), measurement_fields(each)]
        attempt = attempt_at(NOW, due_at=NOW)
        ResultWriter(firestore_client).publish(
            ORG, Result(name=CAMPAIGN_LIFT, entries=entries), attempt, 7
        )
        with metered(firestore_client) as meter:
            assert read(services).campaigns.content == ()
        assert meter.documents_read < 45
