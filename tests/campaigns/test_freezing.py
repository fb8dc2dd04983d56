"""An audience is frozen by a task, which may be ended anywhere: the audience is the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import schedules, tasks
from shared.campaigns import freezing, job
from shared.campaigns import store as campaign_store
from shared.campaigns.campaign import Campaign, CampaignStatus
from shared.campaigns.freezing import LONGEST_PAST, LONGEST_SILENCE
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.kernel.errors import QueueError
from shared.services import Services
from tests.campaigns.crm import put_crowd
from tests.functions.test_schedules import tick
from tests.support.api import services_on
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import After, Before, failing, metered
from tests.support.shop import NOW, ORG, OTHER
from tests.support.tasks import deliver

PATH = "/v1/campaigns"
BODY: dict[str, Any] = {"name": "Hello", "segment": "new", "channels": ["email"]}
SIZE = 45
CHUNK = 10


class Work:
    """The queue of campaigns, and the clock that its tasks see."""

    def __init__(self, services: Services) -> None:
        self.queue = MemoryQueue()
        self.services = replace(services, queue=lambda: self.queue)
        self.now = NOW

    def clock(self) -> Any:
        return self.now

    def deliver(self) -> int:
        """Deliver the first task that waits; it stays where it fails."""
        status = deliver(tasks.campaignsorganization, self.queue.waiting[0])
        if status == 200:
            self.queue.waiting.pop(0)
        return status

    def finish(self) -> None:
        while self.queue.waiting:
            assert self.deliver() == 200


@pytest.fixture
def work(
    warm_emulator: None, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Work]:
    """Forty-five customers, in groups too large to be frozen in the call; chunks of ten."""
    made = Work(services_on(firestore_client))
    for module in (tasks, schedules):
        monkeypatch.setattr(module, "services", lambda: made.services)
        monkeypatch.setattr(module, "utc_now", made.clock)
    monkeypatch.setattr(job, "IN_CALL", 20)
    monkeypatch.setattr(job, "CHUNK_SIZE", CHUNK)
    monkeypatch.setattr(campaign_store, "CHUNK_SIZE", CHUNK)
    put_crowd(made.services, SIZE)
    yield made


@pytest.fixture
def dashboard(work: Work, project_id: str) -> Dashboard:
    return Dashboard(work.services, project_id)


def create(dashboard: Dashboard, **changes: Any) -> Any:
    key = {"Idempotency-Key": "k"}
    response = dashboard.call(PATH, method="POST", json={**BODY, **changes}, headers=key)
    assert response.status_code == 201, response.text
    return response.json


def audience(work: Work, id: str) -> list[Any]:
    store = CampaignStore(work.services.client, ORG)
    campaign = store.campaign(id)
    assert campaign is not None
    assert campaign.status is CampaignStatus.READY
    return list(store.audience(campaign))


def chunks(work: Work) -> set[str]:
    actual = work.services.client.collection_group(paths.CHUNKS).stream()
    return {each.id for each in actual}


def test_a_large_group_is_frozen_by_a_task_that_says_how_far_it_is(
    dashboard: Dashboard, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(dashboard)
    assert (made["status"], made["done"], made["expected"]) == ("freezing", 0, None)
    assert (made["reach"], made["treated"], made["heldOut"]) == (None, None, None)
    assert_problem(dashboard.call(f"{PATH}/{made['id']}/members"), 409, "wrong-campaign-status")

    # Every page takes longer than a task may.
    page = freezing.Freezer._page

    def slowly(freezer: Any, campaign: Campaign) -> Campaign:
        work.now += timedelta(hours=1)
        return page(freezer, campaign)

    monkeypatch.setattr(freezing.Freezer, "_page", slowly)
    seen = []
    while work.queue.waiting:
        assert work.deliver() == 200
        now = dashboard.get(f"{PATH}/{made['id']}")
        seen.append((now["status"], now["done"], now["expected"]))
    assert seen[:-1] == [("freezing", done, SIZE) for done in (10, 20, 30, 40, 45)]
    assert seen[-1] == ("ready", SIZE, SIZE)
    assert now["treated"] + now["heldOut"] == now["reach"]["reachable"] == SIZE
    assert len(audience(work, made["id"])) == SIZE
    # The keys that the group was found by are gone.
    assert len(chunks(work)) == 5


@pytest.mark.parametrize("loss", [Before, After])
def test_an_audience_is_the_same_wherever_a_task_was_ended(
    dashboard: Dashboard, work: Work, loss: Callable[[Exception], Any]
) -> None:
    """The first attempt at its first commit, the second at its second, and so on: the commit does
    not arrive, or arrives and is not heard of."""
    made = create(dashboard)
    ended = commits = 0

    def plan(method: str, _number: int) -> Any:
        nonlocal ended, commits
        commits += method == "commit"
        if method != "commit" or commits <= ended:
            return None
        ended, commits = ended + 1, 0
        return loss(RuntimeError("ended"))

    # Meanwhile others join the group and leave it: the audience is as of its instant.
    put_crowd(work.services, 3, first=SIZE)
    work.services.client.document(paths.customer(ORG, f"{3:032x}")).update({"segment": "vip"})
    with failing(work.services.client, plan):
        while work.queue.waiting:
            work.deliver()
            work.now += LONGEST_SILENCE
    assert ended >= 5
    broken = audience(work, made["id"])
    assert [each.customer_key for each in broken] == [f"{n:032x}" for n in range(SIZE)]

    whole = CampaignStore(work.services.client, ORG).campaign(made["id"])
    assert whole is not None
    again = replace(whole, status=CampaignStatus.FREEZING, expected=None, done=0, chunks=0)
    CampaignStore(work.services.client, ORG).change(made["id"], lambda _: again)
    work.now += LONGEST_SILENCE
    job.enqueue(work.services, ORG, work.now)
    work.finish()
    assert audience(work, made["id"]) == broken


def test_work_that_began_too_long_ago_begins_again_as_of_now(
    dashboard: Dashboard, work: Work
) -> None:
    """Firestore remembers the past for an hour."""
    id = create(dashboard)["id"]
    store = CampaignStore(work.services.client, ORG)
    with failing(work.services.client, lambda method, n: _ended(method, n, 5)):
        assert work.deliver() == 500
    before = store.campaign(id)
    assert before is not None
    assert before.done
    store.change(id, lambda each: replace(each, frozen_at=each.frozen_at - LONGEST_PAST))
    put_crowd(work.services, 1, first=SIZE)
    work.now += LONGEST_SILENCE
    work.finish()
    after = store.campaign(id)
    assert after is not None
    assert (after.done, after.failure) == (SIZE + 1, None)
    assert after.frozen_at > before.frozen_at
    # Of the first attempt nothing is left.
    assert all(name.startswith(after.generation) for name in chunks(work))


def _ended(method: str, number: int, wanted: int) -> Before | None:
    return Before(RuntimeError("ended")) if method == "commit" and number == wanted else None


def test_an_audience_that_cannot_be_frozen_says_why(dashboard: Dashboard, work: Work) -> None:
    """Too late for an answer of 409: the campaign itself says so, and never means everybody."""
    client = work.services.client
    made = create(dashboard)
    for point in client.collection(paths.contact_points(ORG)).stream():
        point.reference.delete()
    store = CampaignStore(client, ORG)
    store.change(made["id"], lambda each: replace(each, frozen_at=each.frozen_at - LONGEST_PAST))
    work.finish()
    failed = dashboard.get(f"{PATH}/{made['id']}")
    assert failed["status"] == "failed"
    assert "Nobody of the 45 customers" in failed["failure"]
    assert "45 no_consent" in failed["failure"]
    assert_problem(dashboard.call(f"{PATH}/{made['id']}/members"), 409, "wrong-campaign-status")


def test_a_campaign_that_fails_for_a_day_is_given_up(dashboard: Dashboard, work: Work) -> None:
    made = create(dashboard)
    work.now += freezing.GIVEN_UP_AFTER
    work.finish()
    failed = dashboard.get(f"{PATH}/{made['id']}")
    assert (failed["status"], failed["expected"]) == ("failed", None)
    assert "within a day" in failed["failure"]


def test_unfinished_work_is_dispatched_until_it_is_done(
    dashboard: Dashboard, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call was ended before it could enqueue a task, or the queue did not answer."""

    class Closed:
        def enqueue(self, task: Any) -> bool:
            raise QueueError("The queue does not answer.")

    queue = work.services
    monkeypatch.setattr(work, "services", replace(queue, queue=Closed))
    closed = Dashboard(work.services, work.services.client.project)
    made = create(closed)
    monkeypatch.setattr(work, "services", queue)
    assert not work.queue.waiting

    assert tick(schedules.resume_campaigns, work.now) == 200
    (task,) = work.queue.waiting
    assert (task.org_id, task.queue) == (ORG, job.QUEUE)
    work.finish()
    assert dashboard.get(f"{PATH}/{made['id']}")["status"] == "ready"
    assert tick(schedules.resume_campaigns, work.now + timedelta(minutes=5)) == 200
    assert not work.queue.waiting


def test_two_tasks_do_not_work_on_one_campaign(dashboard: Dashboard, work: Work) -> None:
    made = create(dashboard)
    with failing(work.services.client, lambda method, n: _ended(method, n, 4)):
        assert work.deliver() == 500
    store = CampaignStore(work.services.client, ORG)
    # As if whoever was ended were still at it.
    store.change(made["id"], lambda each: replace(each, worked_at=work.now))
    with metered(work.services.client) as meter:
        assert work.deliver() == 200
    assert meter.documents_written == 0
    work.now += LONGEST_SILENCE
    job.enqueue(work.services, ORG, work.now)
    work.finish()
    assert dashboard.get(f"{PATH}/{made['id']}")["status"] == "ready"


def test_what_a_task_costs(dashboard: Dashboard, work: Work) -> None:
    create(dashboard)
    with metered(work.services.client) as meter:
        work.finish()
    size = 5
    # Whether the organisation is there, its unfinished campaigns, settings and the clock; each
    # customer's key, document and address; per chunk the keys, twice the chunk, and the campaign.
    assert meter.documents_read == 1 + 1 + 3 + 1 + 3 * SIZE + 4 * size + 2
    assert meter.documents_written == 1 + 3 * size + 2
    assert meter.documents_deleted == 1


def test_a_task_works_for_its_own_organisation(dashboard: Dashboard, work: Work) -> None:
    put_crowd(work.services, SIZE, org=OTHER, first=1000)
    mine = create(dashboard)
    theirs = dashboard.call(
        PATH, method="POST", json=BODY, headers={"Idempotency-Key": "k"}, orgId=OTHER
    ).json
    (first, second) = work.queue.waiting
    assert {first.org_id, second.org_id} == {ORG, OTHER}
    assert mine["id"] != theirs["id"]
    assert work.deliver() == 200
    assert dashboard.get(f"{PATH}/{mine['id']}")["status"] == "ready"
    assert dashboard.get(f"{PATH}/{theirs['id']}", orgId=OTHER)["status"] == "freezing"
    work.finish()
    keys = {each.customer_key for each in audience(work, mine["id"])}
    assert keys == {f"{n:032x}" for n in range(SIZE)}
