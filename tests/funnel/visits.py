"""Events of visits, delivered to the trigger, and the resulting counts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from cloudevents.http import CloudEvent
from google.cloud import firestore

from functions.triggers import on_event_written
from shared.firestore import paths
from shared.funnel.store import FunnelReader
from tests.support.events import call_trigger, document_event
from tests.support.metered import Meter, metered

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Noon of yesterday: an hour before and after it is the same day."""
TODAY = NOW.date()
ORG = "org_north"


def shop_event(
    kind: str = "cart.updated",
    session: str | None = "s1",
    *,
    at: datetime = NOW,
    channel: str | None = None,
) -> dict[str, Any]:
    return {
        "type": kind,
        "agent": "smokey",
        "orgId": ORG,
        "refId": None,
        "data": {"sessionId": session, "channel": channel, "email": "ada@example.org"},
        "timestamp": at,
    }


def delivery(
    client: firestore.Client, data: dict[str, Any] | None, id: str = "e1", org: str = ORG
) -> CloudEvent:
    return document_event(client, f"{paths.events(org)}/{id}", None, data)


def deliver(client: firestore.Client, event: CloudEvent) -> Meter:
    with metered(client) as meter:
        call_trigger(on_event_written, event)
    return meter


def cost(meter: Meter) -> tuple[int, int]:
    return meter.documents_read, meter.documents_written + meter.documents_deleted


def counts(client: firestore.Client, org: str = ORG) -> dict[tuple[date, str], tuple[int, ...]]:
    """Sessions, checkouts started and paid, by day and channel."""
    days = FunnelReader(client, org).sessions(TODAY - timedelta(days=370), TODAY).days
    return {
        (day, channel): (stages["sessions"], stages["checkouts_started"], stages["paid"])
        for day, counted in days.items()
        for channel, stages in counted.channels.items()
    }


def without_session(client: firestore.Client) -> int:
    days = FunnelReader(client, ORG).sessions(TODAY - timedelta(days=370), TODAY).days
    return sum(day.events_without_session for day in days.values())


def stored(client: firestore.Client) -> Iterator[dict[str, Any]]:
    for snapshot in client.collection_group(paths.FUNNEL_SESSIONS).stream():
        yield {"id": snapshot.id, **(snapshot.to_dict() or {})}


KINDS = ("reach.entry", "cart.updated", "checkout.started", "checkout.paid", "order.completed")


def happened(random: Random, events: int = 150) -> list[dict[str, Any]]:
    return [
        shop_event(
            random.choice(KINDS),
            random.choice([None, *(f"s{number}" for number in range(12))]),
            at=NOW - timedelta(minutes=random.randrange(5 * 24 * 60)),
            channel=random.choice([None, "web", "store"]),
        )
        for _ in range(events)
    ]


def expected(events: list[dict[str, Any]]) -> dict[tuple[date, str], tuple[int, ...]]:
    """The definition, over all events of each session at once."""
    actual: dict[tuple[date, str], list[int]] = {}
    for session in {data["data"]["sessionId"] for data in events} - {None}:
        its = [data for data in events if data["data"]["sessionId"] == session]
        shopping = [data["timestamp"] for data in its if data["type"] != "order.completed"]
        if not shopping:
            continue
        words = {"web": "online", "store": "in_store"}
        named = sorted(
            (data["timestamp"], words[data["data"]["channel"]])
            for data in its
            if data["data"]["channel"]
        )
        kinds = {data["type"] for data in its}
        paid = bool(kinds & {"checkout.paid", "order.completed"})
        place = (min(shopping).date(), named[0][1] if named else "unknown")
        row = actual.setdefault(place, [0, 0, 0])
        row[0] += 1
        row[1] += paid or "checkout.started" in kinds
        row[2] += paid
    return {place: tuple(row) for place, row in actual.items()}
