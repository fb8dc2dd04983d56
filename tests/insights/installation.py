"""An installation that makes insights, with a model on this machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import schedules, tasks
from shared.firestore import paths
from shared.insights.insight_card import WordingSource
from shared.insights.store import InsightStore
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.limits.store import RateLimiter
from shared.nightly.dispatch import Task
from shared.services import Services
from tests.functions.test_schedules import tick
from tests.insights.messages_api import (
    MessagesApi,
    claude_at,
)
from tests.support.memory_queue import MemoryQueue
from tests.support.tasks import deliver

SECRET = b"a secret that is only used in tests"
NORTH, SOUTH = "org_north", "org_south"
HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SETTINGS = Settings(
    settings_refresh_seconds=0, insights_llm_enabled=True, insights_timeout_seconds=1
)
NAMES = ("Adalind", "Bobrick", "Cleona", "Danforth", "Evander", "Finola", "Gustav", "Halcyon")
CANARIES = {
    "name": "Featherstone",
    "email": "feathers.example",
    "phone": "5559991",
    "product": "canary_product",
    "product name": "Canary Seed Deluxe",
    "campaign": "canary_spring_sale",
    "name of a campaign": "Canary Clearance",
    "org": SOUTH,
}
"""Strings of the data that no prompt, and nothing of the other organisation, may hold."""


class Installation:
    """Organisations with customers, the queue, Claude, and the clock."""

    def __init__(
        self, client: firestore.Client, claude_api: MessagesApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.queue = MemoryQueue()
        self.now = NOW
        claude = claude_at(claude_api, timeout_seconds=1)
        self.services: Services = replace(
            build_services(client, SETTINGS, SECRET),
            queue=lambda: self.queue,
            claude=lambda: claude,
        )
        for module in (tasks, schedules):
            monkeypatch.setattr(module, "services", lambda: self.services)
            monkeypatch.setattr(module, "utc_now", self.clock)

    def clock(self) -> datetime:
        return self.now

    def change(self, **changes: Any) -> None:
        """Change settings of the installation."""
        settings = replace(self.services.settings, **changes)
        limiter = RateLimiter(self.services.client, SECRET, settings, sleep=lambda seconds: None)
        self.services = replace(self.services, settings=settings, limiter=limiter)

    def customers(
        self, org_id: str, count: int = 8, *, days_ago: int = 80, cents: int = 40_00
    ) -> None:
        """So many at risk: their only order was that long ago."""
        for number in range(count):
            self.order(org_id, f"{org_id}_{days_ago}_{number}", number, days_ago, cents)

    def order(self, org_id: str, order_id: str, number: int, days_ago: int, cents: int) -> None:
        order = {
            "orgId": org_id,
            "status": "completed",
            "createdAt": NOW - timedelta(days=days_ago),
            "customer": {
                "email": f"{NAMES[number % 8].lower()}{days_ago}@{CANARIES['email']}",
                "name": f"{NAMES[number % 8]} {CANARIES['name']}",
                "phone": f"+1{CANARIES['phone']}{number:03}",
            },
            "totals": {"total": cents / 100},
            "campaignId": CANARIES["campaign"],
            "items": [
                {
                    "productId": CANARIES["product"],
                    "name": CANARIES["product name"],
                    "qty": 1,
                    "price": cents / 100,
                }
            ],
        }
        self.services.client.document(paths.order(order_id)).set(order)
        self.services.reconciler.reconcile(order_id)

    def dispatch(self) -> list[str]:
        """Call the scheduled function; gives whose tasks it enqueued."""
        before = len(self.queue.waiting)
        assert tick(schedules.generate_insights, self.now) == 200
        return [task.org_id for task in self.queue.waiting[before:]]

    def run(self) -> list[Task]:
        def work(task: Task) -> None:
            assert deliver(tasks.insightsorganization, task) == 200

        return self.queue.run(work)

    def hour(self) -> list[str]:
        """Run the hourly schedule; returns the organisations whose insights were checked."""
        self.now += HOUR
        due = self.dispatch()
        self.run()
        return due

    def store(self, org_id: str = NORTH) -> InsightStore:
        return InsightStore(self.services.client, org_id)

    def state(self, org_id: str = NORTH) -> Any:
        state = self.store(org_id).find().state
        assert state is not None
        return state

    def sources(self, org_id: str = NORTH) -> set[WordingSource]:
        return {card.source for card in self.store(org_id).cards(self.state(org_id))}
