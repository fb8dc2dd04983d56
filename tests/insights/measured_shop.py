"""A model in force with its forecast, and measured campaigns, as nights leave them."""

from dataclasses import replace
from datetime import datetime, timedelta

from google.cloud import firestore

from shared.campaigns.campaign import Campaign, CampaignStatus, Economics
from shared.campaigns.performance.lift_question import NAME as CAMPAIGN_LIFT
from shared.campaigns.performance.measurement import (
    ArmTotals,
    Effect,
    Measurement,
    MeasurementState,
    Remedy,
    Unmeasurable,
)
from shared.campaigns.performance.measurement_fields import measurement_fields
from shared.campaigns.store import CampaignStore
from shared.nightly.result import Result, attempt_at
from shared.nightly.result_store import ResultWriter
from shared.predictions.evidence.refit import Decision
from shared.predictions.fitting import Fit
from shared.predictions.forecast import Expected
from shared.predictions.model import PublishedModel
from shared.predictions.result import month_ends, predictions_result
from shared.services import Services
from tests.campaigns.crm import put_campaign

PAID, UNCLEAR = "sc_00000000000a", "sc_00000000000b"
TREATED, HELD_OUT = 40, 12
MONTH_CENTS = 1_250_00
"""Forecast of each month, from today's customers and new ones together."""
WORTH_MOST = 900_000_00
"""Money at stake of a card that has to be among the first."""


def publish_model(services: Services, org_id: str, model: PublishedModel) -> None:
    """Put a model in force: who orders from now on is scored under it."""
    services.rules(org_id).publish_model(lambda in_force: model)
    services.organizations.refreshed(org_id)


def publish_forecast(
    client: firestore.Client, org_id: str, model: PublishedModel, at: datetime
) -> None:
    """Store the result of a night with that model."""
    ends = month_ends(at.date())
    expected = [
        Expected(
            days=(end - at.date()).days,
            existing_cents=(MONTH_CENTS - 250_00) * number,
            new_cents=250_00 * number,
        )
        for number, end in enumerate(ends, start=1)
    ]
    fit = Fit(
        model=model,
        decision=Decision(publish=True, reason="No model was in force."),
        expected=tuple(expected),
    )
    result = predictions_result(fit, model, customers=40, horizon_days=90, today=at.date())
    ResultWriter(client).publish(org_id, result, attempt_at(at, due_at=at), 7)


def publish_campaigns(
    client: firestore.Client, org_id: str, at: datetime, *, paid: str, unclear: str
) -> None:
    """Store two campaigns of these names with their results: one paid, one cannot be judged."""
    gain = WORTH_MOST / TREATED
    effects = {
        PAID: (paid, Effect(difference=2 * gain, low=gain, high=3 * gain, coverage=0.95)),
        UNCLEAR: (
            unclear,
            Effect(
                coverage=0.88,
                reason=Unmeasurable.LOW_COVERAGE,
                remedies=(Remedy.LARGER_HOLDOUT,),
            ),
        ),
    }
    sent_at = at - timedelta(days=10)
    for id, (name, _) in effects.items():
        _put_sent(client, org_id, id, name, sent_at)
    entries = [
        measurement_fields(measurement(id, effect, sent_at)) for id, (_, effect) in effects.items()
    ]
    result = Result(name=CAMPAIGN_LIFT, entries=entries)
    ResultWriter(client).publish(org_id, result, attempt_at(at, due_at=at), 7)


def measurement(
    id: str, revenue: Effect, sent_at: datetime, state: MeasurementState = MeasurementState.FINAL
) -> Measurement:
    """Return a night's measurement of a campaign."""
    return Measurement(
        campaign_id=id,
        goal="winback",
        sent_at=sent_at,
        window_days=7,
        measured_at=sent_at + timedelta(days=8),
        restated_at=None,
        state=state,
        is_sample=False,
        treated=ArmTotals(customers=TREATED),
        held_out=ArmTotals(customers=HELD_OUT),
        revenue=revenue,
        orders=revenue,
        segments=(),
        days=(),
    )


def _put_sent(client: firestore.Client, org_id: str, id: str, name: str, sent_at: datetime) -> None:
    put_campaign(client, org_id, id, name=name, keys=[f"{number:032x}" for number in range(3)])

    def sent(before: Campaign) -> Campaign:
        counts = before.counts
        assert counts is not None
        return replace(
            before,
            plan=replace(before.plan, economics=Economics(cost_cents=WORTH_MOST // 2)),
            status=CampaignStatus.SENT,
            sent_at=sent_at,
            counts=replace(counts, treated=TREATED, held_out=HELD_OUT),
        )

    CampaignStore(client, org_id).change(id, sent)
