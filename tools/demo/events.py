"""Shop events around the demo's orders, as a web shop writes them.

Every fourth of an organisation's latest orders ends a session that filled a cart, went to the
checkout and paid. To each belongs another session that did not pay: by turns, it ended at the cart
and at the checkout.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from tools.console import progress
from tools.demo.api import Api
from tools.demo.orders import DemoOrder
from tools.demo.writes import write_documents
from tools.errors import StackError

DAYS = 28
ORDERS_PER_SESSION = 4
STAGES = (("cart.updated", 20), ("checkout.started", 5), ("checkout.paid", 0))
"""The event that reaches each stage of the funnel, and how many minutes before the order."""
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvent:
    """An event document as a web shop writes it."""

    path: str
    stage: int
    """Place of its type in STAGES: each event takes its session one stage further."""
    data: dict[str, Any]


def demo_events(orders: Iterable[DemoOrder], org_id: str, now: datetime) -> list[DemoEvent]:
    """Events around the organisation's orders of the last DAYS, those of the first stage first."""
    latest = (
        order
        for order in orders
        if order.data["brandId"] == org_id and order.ordered_at > now - timedelta(days=DAYS)
    )
    events: list[DemoEvent] = []
    for number, order in enumerate(latest):
        session, rest = divmod(number, ORDERS_PER_SESSION)
        if rest == 0:
            events += _session(org_id, f"paid-{order.order_id}", order.ordered_at, len(STAGES))
            events += _session(org_id, f"left-{order.order_id}", order.ordered_at, 1 + session % 2)
    return sorted(events, key=lambda event: event.stage)


def write_events(client: firestore.Client, api: Api, events: Sequence[DemoEvent]) -> None:
    """Write events as a shop does, and wait until the trigger has counted every session.

    Raises StackError if that takes too long.
    """
    expected = Counter(event.stage for event in events)
    with progress("Shop events through the live trigger", len(events)) as show:
        write_documents(client, [(event.path, event.data) for event in events])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            stages = api.get(f"/v1/analytics/funnel?days={DAYS + 2}")["stages"]
            stage_counts = [stage["count"] or 0 for stage in stages]
            show(sum(stage_counts))
            if stage_counts == [expected[stage] for stage in range(len(STAGES))]:
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"The trigger counted {sum(stage_counts)} of {len(events)} events in "
                    f"{PATIENCE_SECONDS} seconds; its log is in .emulators."
                )
            time.sleep(0.5)


def _session(org_id: str, session_id: str, ended_at: datetime, stages: int) -> Iterator[DemoEvent]:
    for stage, (kind, minutes) in enumerate(STAGES[:stages]):
        yield DemoEvent(
            path=f"{paths.events(org_id)}/{session_id}-{stage}",
            stage=stage,
            data={
                "type": kind,
                "orgId": org_id,
                "data": {"sessionId": session_id, "channel": "web"},
                "timestamp": ended_at - timedelta(minutes=minutes),
            },
        )
