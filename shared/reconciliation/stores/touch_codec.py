"""Touches and credit of campaigns in the customer's document."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from shared.firestore.values import plain_instant
from shared.segments.credit import Credit, CreditedDay
from shared.segments.customer import Customer
from shared.segments.touch import EventKind, Touch

FIELDS = ("touches", "credits")


def touch_fields(customer: Customer) -> dict[str, Any]:
    """The fields of the document; the last two are what an audit adds up over customers."""
    return {
        "touches": [
            {
                "campaign_id": touch.campaign_id,
                "channel": touch.channel,
                "window_days": touch.window_days,
                "segment": touch.segment,
                "events": {kind.value: at for kind, at in touch.events},
            }
            for touch in customer.touches
        ],
        "credits": [
            {"campaign_id": key.campaign_id, "day": key.day.isoformat(), **asdict(credit)}
            for key, credit in customer.credits
        ],
        "touch_events": sum(len(touch.events) for touch in customer.touches),
        "credited_cents": sum(credit.revenue_cents for _, credit in customer.credits),
    }


def touches(document: Mapping[str, Any]) -> tuple[Touch, ...]:
    """Messages of campaigns; none in a document of versions up to 0.3."""
    return tuple(
        Touch(
            campaign_id=stored["campaign_id"],
            channel=stored["channel"],
            window_days=stored["window_days"],
            segment=stored["segment"],
            events=tuple(
                (EventKind(kind), plain_instant(at))
                for kind, at in sorted(stored["events"].items())
            ),
        )
        for stored in document.get("touches", ())
    )


def credits(document: Mapping[str, Any]) -> tuple[tuple[CreditedDay, Credit], ...]:
    """Credit of campaigns as last counted; none in a document of versions up to 0.3."""
    return tuple(
        (
            CreditedDay(campaign_id=stored["campaign_id"], day=date.fromisoformat(stored["day"])),
            Credit(
                orders=stored["orders"],
                revenue_cents=stored["revenue_cents"],
                engaged_orders=stored["engaged_orders"],
                engaged_revenue_cents=stored["engaged_revenue_cents"],
            ),
        )
        for stored in document.get("credits", ())
    )
