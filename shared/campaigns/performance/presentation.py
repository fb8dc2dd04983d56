"""The performance of campaigns as the API shows it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any

from shared.campaigns.campaign import Campaign
from shared.campaigns.performance import answers as models
from shared.campaigns.performance.measurement import (
    ArmTotals,
    Effect,
    Measurement,
    SegmentEffect,
)
from shared.campaigns.performance.performance import (
    Profit,
    Statistics,
    average_cents,
    credited_profit,
    expectation,
    given_away_cents,
    incremental_profit,
    rates,
)
from shared.contacts.profile import Channel
from shared.reconciliation.counters import CampaignDelta
from shared.web.units import units, units_or_none

NO_SEGMENT = ""
PERCENT = 100
CENTS = 100


def performance_fields(
    campaign: Campaign,
    counters: CampaignDelta,
    measurement: Measurement | None,
    time_zone: tzinfo,
) -> dict[str, Any]:
    """Everything about a campaign but what every answer about a nightly result says."""
    counts = campaign.counts
    treated = counts.treated if counts else 0
    window = timedelta(days=campaign.plan.window_days)
    return {
        "campaign_id": campaign.id,
        "name": campaign.plan.name,
        "campaign_status": campaign.status,
        "sent_at": campaign.sent_at,
        "window_days": campaign.plan.window_days,
        "window_ends_at": campaign.sent_at and campaign.sent_at + window,
        "treated": treated,
        "held_out": counts.held_out if counts else 0,
        "messages": models.MessageCounts(**_messages(counters.events)),
        "channels": [
            models.ChannelMessages(channel=channel, **_messages(counters.channels[channel.value]))
            for channel in Channel
            if channel.value in counters.channels
        ],
        "credited": _credited(counters.credit),
        "incremental": _incremental(measurement, treated) if measurement else None,
        "segments": _segments(counters, measurement),
        "days": _days(counters.days, measurement, time_zone),
        "economics": _economics(campaign, counters, measurement, treated),
    }


def stats(org_id: str, statistics: Statistics) -> models.CampaignStats:
    """The overview."""
    return models.CampaignStats(
        org_id=org_id,
        total=statistics.total,
        active=statistics.active,
        scheduled=statistics.scheduled,
        sent=statistics.sent,
        drafts=statistics.drafts,
        avg_open_rate=_percent(statistics.average_open_rate),
        avg_click_rate=_percent(statistics.average_click_rate),
        total_revenue=units(statistics.revenue_cents),
    )


def measured_lifts(measurements: Sequence[Measurement]) -> list[models.MeasuredLift]:
    """These, which are final and measurable, the last sent first."""
    return [
        models.MeasuredLift(
            campaign_id=each.campaign_id,
            sent_at=each.sent_at,
            treated=each.treated.customers,
            per_customer=_money(each.revenue.difference),
            low=_money(each.revenue.low),
            high=_money(each.revenue.high),
        )
        for each in sorted(measurements, key=lambda each: each.sent_at, reverse=True)
    ]


def expected_lift(measurements: Sequence[Measurement]) -> models.ExpectedLift | None:
    """Return the average lift of the measurements; None for fewer than three."""
    expected = expectation([each.revenue for each in measurements])
    if expected is None:
        return None
    return models.ExpectedLift(
        campaigns=len(measurements),
        per_customer=_money(expected.cents),
        low=_money(expected.low_cents),
        high=_money(expected.high_cents),
    )


def _messages(events: Mapping[str, int]) -> dict[str, Any]:
    message_rates = rates(events)
    kinds = ("sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
    return {
        **{kind: events.get(kind, 0) for kind in kinds},
        "delivery_rate": message_rates.delivery,
        "bounce_rate": message_rates.bounce,
        "open_rate": message_rates.opened,
        "click_rate": message_rates.click,
        "click_to_open_rate": message_rates.click_to_open,
        "complaint_rate": message_rates.complaint,
        "unsubscribe_rate": message_rates.unsubscribe,
    }


def _credited(credit: Mapping[str, int]) -> models.Credited:
    orders, cents = credit.get("orders", 0), credit.get("revenue_cents", 0)
    engaged, engaged_cents = credit.get("engaged_orders", 0), credit.get("engaged_revenue_cents", 0)
    return models.Credited(
        orders=orders,
        revenue=units(cents),
        average_order_value=units_or_none(average_cents(cents, orders)),
        engaged_orders=engaged,
        engaged_revenue=units(engaged_cents),
        engaged_average_order_value=units_or_none(average_cents(engaged_cents, engaged)),
    )


def _incremental(measurement: Measurement, treated: int) -> models.Incremental:
    return models.Incremental(
        state=measurement.state,
        measured_at=measurement.measured_at,
        restated_at=measurement.restated_at,
        is_sample=measurement.is_sample,
        treated=_arm(measurement.treated),
        held_out=_arm(measurement.held_out),
        revenue=_lift(measurement.revenue, treated, CENTS),
        orders=_lift(measurement.orders, treated, 1),
    )


def _segments(
    counters: CampaignDelta, measurement: Measurement | None
) -> list[models.SegmentPerformance]:
    measured: dict[str, SegmentEffect] = {
        each.segment or NO_SEGMENT: each for each in (measurement.segments if measurement else ())
    }
    counted = {name or NO_SEGMENT: counts for name, counts in counters.segments.items()}
    result = []
    for name in sorted({*measured, *counted}):
        counts: Mapping[str, int] = counted.get(name, {})
        effect = measured.get(name)
        result.append(
            models.SegmentPerformance(
                segment=name or None,
                messages=models.MessageCounts(**_messages(counts)),
                credited=_credited(counts),
                treated=_arm(effect.treated) if effect else None,
                held_out=_arm(effect.held_out) if effect else None,
                revenue=_lift(effect.revenue, effect.treated.customers, CENTS) if effect else None,
            )
        )
    return result


def _days(
    credited: Mapping[str, Mapping[str, int]],
    measurement: Measurement | None,
    time_zone: tzinfo,
) -> list[models.DayPerformance]:
    measured_days = {each.day for each in measurement.days} if measurement else set[date]()
    nothing: Mapping[str, int] = {}
    credit = {date.fromisoformat(day): counts for day, counts in credited.items()}
    result = []
    for day in sorted({*measured_days, *credit}):
        own = credit.get(day, nothing)
        both = measurement.on(day, time_zone) if measurement else None
        result.append(
            models.DayPerformance(
                day=day,
                credited_orders=own.get("orders", 0),
                credited_revenue=units(own.get("revenue_cents", 0)),
                treated_orders=both.treated_orders if both else None,
                treated_revenue=units(both.treated_cents) if both else None,
                held_out_orders=both.held_out_orders if both else None,
                held_out_revenue=units(both.held_out_cents) if both else None,
            )
        )
    return result


def _economics(
    campaign: Campaign, counters: CampaignDelta, measurement: Measurement | None, treated: int
) -> models.CampaignEconomics:
    money = campaign.plan.economics
    credited_cents = counters.credit.get("revenue_cents", 0)
    effect = measurement.revenue if measurement else None
    return models.CampaignEconomics(
        cost=units_or_none(money.cost_cents),
        margin=money.margin,
        discount=money.discount,
        given_away=units_or_none(given_away_cents(credited_cents, money)),
        credited=_return(credited_profit(credited_cents, money)),
        incremental=_return(incremental_profit(effect, treated, counters, money)),
    )


def _return(profit: Profit) -> models.Return:
    return models.Return(
        profit=units_or_none(profit.cents),
        profit_low=units_or_none(profit.low_cents),
        profit_high=units_or_none(profit.high_cents),
        roi=profit.roi,
        roi_low=profit.low_roi,
        roi_high=profit.high_roi,
        reason=profit.reason,
    )


def _arm(totals: ArmTotals) -> models.ArmResult:
    return models.ArmResult(
        customers=totals.customers,
        buyers=totals.buyers,
        conversion_rate=totals.buyers / totals.customers if totals.customers else None,
        orders=totals.orders,
        revenue=units(totals.revenue_cents),
    )


def _lift(effect: Effect, treated: int, per_unit: int) -> models.LiftAmount:
    def each(value: float | None) -> float | None:
        return None if value is None else value / per_unit

    def total(value: float | None) -> float | None:
        return None if value is None else round(value * treated) / per_unit

    return models.LiftAmount(
        per_customer=each(effect.difference),
        per_customer_low=each(effect.low),
        per_customer_high=each(effect.high),
        total=total(effect.difference),
        total_low=total(effect.low),
        total_high=total(effect.high),
        p_value=effect.p_value,
        coverage=effect.coverage,
        reason=effect.reason,
        remedies=list(effect.remedies),
    )


def _money(cents: float | None) -> float:
    assert cents is not None
    return round(cents) / CENTS


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * PERCENT, 2)
