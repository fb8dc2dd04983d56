"""Events of messages, sent to the API, and the counters they change."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from shared.campaigns.events.counter_store import CampaignCounters
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, ORG, days_ago

PEOPLE = [f"c{number:02}@example.org" for number in range(10)]
FROZEN_AT = days_ago(1)


def keys(dashboard: Dashboard, campaign: dict[str, Any], kind: str) -> list[str]:
    actual = dashboard.get(f"/v1/campaigns/{campaign['id']}/members", {"kind": kind})
    return [each["customerKey"] for each in actual["members"]]


numbers = count()


def event(type: str, at: datetime | None = None, **named: Any) -> dict[str, Any]:
    instant = at or NOW - timedelta(hours=1)
    return {"id": f"e{next(numbers)}", "type": type, "at": instant.isoformat(), **named}


def statuses(answered: Any) -> list[str]:
    return [each["status"] for each in answered["results"]]


def counted(services: Services, campaign: dict[str, Any]) -> dict[str, int]:
    return dict(CampaignCounters(services.client, ORG).of(campaign["id"]).events)
