"""A hand-over by tasks that may be ended anywhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions import tasks
from shared.campaigns import job
from shared.campaigns import store as campaign_store
from shared.campaigns.freezing import LONGEST_PAST, LONGEST_SILENCE
from shared.campaigns.store import CampaignStore
from shared.services import Services
from tests.campaigns.crm import People, put_crowd
from tests.campaigns.handover.handed_over import (
    PATH,
    SIZE,
    channel_of,
    counted,
    create,
    handed_over,
    recipients,
    root,
)
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import After, Before, failing
from tests.support.shop import NOW, ORG
from tests.support.tasks import deliver


class Work:
    """A campaign that is handed over by tasks, with their clock."""

    def __init__(self, services: Services, dashboard: Dashboard) -> None:
        self.queue, self.now = MemoryQueue(), NOW
        self.services = replace(services, queue=lambda: self.queue)
        self.dashboard = dashboard
        put_crowd(services, SIZE)
        self.id = create(dashboard)

    def clock(self) -> Any:
        return self.now

    def ask(self) -> dict[str, Any]:
        job_dashboard = Dashboard(self.services, self.services.client.project)
        return handed_over(job_dashboard, self.id)

    def finish(self) -> None:
        while self.queue.waiting:
            if deliver(tasks.campaignsorganization, self.queue.waiting[0]) == 200:
                self.queue.waiting.pop(0)
            self.now += LONGEST_SILENCE


@pytest.fixture
def work(services: Services, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(job, "CHUNK_SIZE", 10)
    monkeypatch.setattr(campaign_store, "CHUNK_SIZE", 10)
    made = Work(services, dashboard)
    monkeypatch.setattr(job, "IN_CALL", 20)
    monkeypatch.setattr(tasks, "services", lambda: made.services)
    monkeypatch.setattr(tasks, "utc_now", made.clock)
    return made


@pytest.mark.parametrize("loss", [Before, After])
def test_a_hand_over_is_the_same_wherever_a_task_was_ended(
    work: Work, people: People, loss: Callable[[Exception], Any]
) -> None:
    asked = work.ask()
    assert (asked["status"], asked["handover"]["status"]) == ("ready", "running")
    ended = commits = 0

    def plan(method: str, _number: int) -> Any:
        nonlocal ended, commits
        commits += method == "commit"
        if method != "commit" or commits <= ended:
            return None
        ended, commits = ended + 1, 0
        if ended == 3:
            # Behind the place that is reached, and in the page that is done again.
            people.put("c000012@example.org", id="profile_000012", emailConsent=False)
        return loss(RuntimeError("ended"))

    with failing(work.services.client, plan):
        work.finish()
    assert ended >= 4
    now = work.dashboard.get(f"{PATH}/{work.id}")
    assert now["status"] == "handed_over"
    document = root(work.services.client, work.id)
    assert document is not None
    ids = document["audience"]["customFilter"]["customerIds"]
    channel = channel_of(now)
    dropped = counted(channel["dropped"]).get("no_consent", 0)
    assert len(ids) == channel["inDashboard"] == SIZE - dropped
    assert set(ids) == recipients(work.services.client, work.id).keys()
    assert ("profile_000012" in ids) == (dropped == 0)


def test_pages_of_long_ago_are_looked_at_again(work: Work, people: People) -> None:
    """Consent of an hour ago says nothing of now."""
    work.ask()
    with failing(
        work.services.client,
        lambda method, n: Before(RuntimeError("ended")) if (method, n) == ("commit", 5) else None,
    ):
        assert deliver(tasks.campaignsorganization, work.queue.waiting[0]) == 500
    assert len(recipients(work.services.client, work.id)) >= 10
    people.put("c000001@example.org", id="profile_000001", emailConsent=False)
    work.now += LONGEST_PAST + timedelta(minutes=1)
    work.finish()
    actual = recipients(work.services.client, work.id)
    assert "profile_000001" not in actual
    assert len(actual) == SIZE - 1
    now = work.dashboard.get(f"{PATH}/{work.id}")
    assert counted(channel_of(now)["dropped"]) == {"no_consent": 1}


def test_a_campaign_that_is_being_handed_over_is_not_cancelled(work: Work) -> None:
    work.ask()
    body = {"name": "Hello", "status": "cancelled"}
    response = work.dashboard.call(
        f"{PATH}/{work.id}", method="PUT", json=body, headers={"If-Match": "*"}
    )
    assert "being handed over" in assert_problem(response, 409, "hand-over-running")["detail"]
    work.finish()
    store = CampaignStore(work.services.client, ORG)
    campaign = store.campaign(work.id)
    assert campaign is not None
    assert not campaign.unfinished
    response = work.dashboard.call(
        f"{PATH}/{work.id}", method="PUT", json=body, headers={"If-Match": "*"}
    )
    assert response.json["status"] == "cancelled"
