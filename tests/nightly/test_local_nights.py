"""Shops around the world, each audited and computed once in every night of its own."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from functions import triggers
from functions.triggers import on_settings_written
from shared.audit import job as auditing
from shared.churn.rfm import RfmQuestion
from shared.computation import job as computing
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.nightly.nights import NightlyJob
from shared.nightly.result_store import ResultReader
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.support.events import call_trigger, document_event
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import metered
from tests.support.warehouse_facts import fact_row

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 9, 6, tzinfo=UTC)
ZONES = {
    "honolulu": "Pacific/Honolulu",
    "los_angeles": "America/Los_Angeles",
    "london": "Europe/London",
    "kathmandu": "Asia/Kathmandu",
    "auckland": "Pacific/Auckland",
}
SECRET = b"a secret of at least thirty-two bytes"

Dispatch = Callable[..., str]


@dataclass(slots=True)
class World:
    """The shops, a clock, and what the scheduled function of each job enqueued."""

    services: Services
    now: datetime = START
    tasks: dict[str, list[tuple[datetime, Task]]] = field(
        default_factory=lambda: {auditing.QUEUE: [], computing.QUEUE: []}
    )
    made: list[list[str]] = field(default_factory=list)
    """Organisations of the tables that were made."""

    def call(self, dispatch: Dispatch) -> str:
        """One call of a scheduled function."""
        queue = MemoryQueue()
        services = replace(self.services, queue=lambda: queue)
        outcome = dispatch(
            services, self.now, clock=lambda: self.now, stop_at=self.now + timedelta(minutes=25)
        )
        for task in queue.waiting:
            self.tasks[task.queue].append((self.now, task))
        return outcome

    def at(self, org_id: str, queue: str) -> list[datetime]:
        """Return when an organisation's tasks were enqueued."""
        return [at for at, task in self.tasks[queue] if task.org_id == org_id]

    def move(self, org_id: str, zone: str) -> None:
        """Set the time zone of a shop, and deliver the event of it."""
        path = paths.analytics_settings(org_id)
        reference = self.services.client.document(path)
        before = reference.get().to_dict()
        reference.set({"timeZone": zone})
        call_trigger(
            on_settings_written,
            document_event(self.services.client, path, before, {"timeZone": zone}),
        )


@pytest.fixture
def world(
    firestore_client: firestore.Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    for org_id, zone in ZONES.items():
        firestore_client.document(paths.analytics_settings(org_id)).set({"timeZone": zone})
    warehouse.append(
        [
            fact_row(f"{org_id}{days}", org_id=org_id, ordered_at=START - days * DAY)
            for org_id in ZONES
            for days in (1, 2)
        ]
    )
    built = build_services(firestore_client, Settings(settings_refresh_seconds=0), SECRET)
    world = World(replace(built, warehouse=lambda: warehouse))
    refresh = Warehouse.refresh_facts

    def made(warehouse: Warehouse, org_ids: list[str]) -> str:
        world.made.append(list(org_ids))
        return refresh(warehouse, org_ids)

    monkeypatch.setattr(Warehouse, "refresh_facts", made)
    monkeypatch.setattr(computing, "asked_questions", lambda settings: (RfmQuestion(),))
    monkeypatch.setattr(triggers, "services", lambda: world.services)
    monkeypatch.setattr(triggers, "utc_now", lambda: world.now)
    yield world


JOBS: list[tuple[NightlyJob, Dispatch]] = [
    (auditing.JOB, auditing.dispatch_audits),
    (computing.JOB, computing.dispatch_computation),
]


def nights(org_id: str, hour: time, until: datetime) -> dict[date, datetime]:
    """The first call in each night that begins after START, by local date."""
    zone = ZoneInfo(ZONES[org_id])
    actual: dict[date, datetime] = {}
    at = START + HOUR
    while at <= until:
        local, before = at.astimezone(zone), (at - HOUR).astimezone(zone)
        if local.time() >= hour and (before.time() < hour or before.date() < local.date()):
            actual[local.date()] = at
        at += HOUR
    return actual


@pytest.mark.parametrize(("job", "dispatch"), JOBS, ids=lambda each: getattr(each, "name", ""))
def test_each_shop_is_done_once_in_every_night_of_its_own(
    world: World, job: NightlyJob, dispatch: Dispatch
) -> None:
    queue = auditing.QUEUE if job is auditing.JOB else computing.QUEUE
    assert world.call(dispatch) == "complete"
    assert {task.org_id for _, task in world.tasks[queue]} == set(ZONES), "the newest, at once"
    world.tasks[queue].clear()
    world.made.clear()
    due: defaultdict[datetime, list[str]] = defaultdict(list)
    end = START + 30 * HOUR
    for org_id in ZONES:
        for at in nights(org_id, job.hour, end).values():
            due[at].append(org_id)
    while world.now < end:
        world.now += HOUR
        with metered(world.services.client) as meter:
            outcome = world.call(dispatch)
        assert outcome == ("complete" if world.now in due else "nothing due")
        if world.now not in due and world.now.hour:
            assert (meter.documents_read, meter.documents_written) == (3, 0)
    for org_id, zone in ZONES.items():
        expected = nights(org_id, job.hour, end)
        assert 1 <= len(expected) <= 2
        assert world.at(org_id, queue) == list(expected.values())
        for at, task in world.tasks[queue]:
            if task.org_id == org_id:
                began = task.due_at.astimezone(ZoneInfo(zone))
                assert (began.time(), began.date() in expected) == (job.hour, True)
                assert at - task.due_at < HOUR
    assert world.made == [sorted(due[at]) for at in sorted(due)], "tables of who is due alone"


def test_missed_hours_are_made_up_for_and_a_shop_that_moves_keeps_its_dates(world: World) -> None:
    dispatch, queue = computing.dispatch_computation, computing.QUEUE
    assert world.call(dispatch) == "complete"
    world.tasks[queue].clear()

    # No call from 07:00 on: Los Angeles, Honolulu and Auckland become due meanwhile.
    world.now = START + 9 * HOUR
    assert world.call(dispatch) == "complete"
    assert {task.org_id for _, task in world.tasks[queue]} == {
        "los_angeles",
        "honolulu",
        "auckland",
    }

    # The night of London is done on the 10th at 03:00. Its shop moves west: no second 10th.
    world.now = datetime(2026, 3, 10, 3, tzinfo=UTC)
    assert world.call(dispatch) == "complete"
    assert world.at("london", queue) == [world.now]
    world.move("london", "America/New_York")
    # The shop of Los Angeles moves east, where it is the 10th at 10:00 and nothing is done.
    world.move("los_angeles", "Asia/Tokyo")
    world.now += HOUR
    assert world.call(dispatch) == "complete"
    assert world.at("los_angeles", queue)[-1] == world.now
    while world.now < datetime(2026, 3, 11, 8, tzinfo=UTC):
        world.now += HOUR
        world.call(dispatch)
    assert world.at("london", queue) == [
        datetime(2026, 3, 10, 3, tzinfo=UTC),
        datetime(2026, 3, 11, 7, tzinfo=UTC),
    ]
    days = [
        task.due_at.astimezone(ZoneInfo("Asia/Tokyo")).date()
        for _, task in world.tasks[queue]
        if task.org_id == "los_angeles"
    ]
    assert days == [date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)]


def test_new_shops_that_cannot_be_looked_for_hold_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, queue = auditing.dispatch_audits, auditing.QUEUE
    assert world.call(dispatch) == "complete"
    new = world.services.client.document(paths.analytics_settings("lima"))
    new.set({"timeZone": "America/Lima"})

    def away(*args: object) -> set[str]:
        raise ConnectionError("with some detail")

    with monkeypatch.context() as patched:
        patched.setattr(auditing, "ordering_organizations", away)
        world.now = datetime(2026, 3, 10, 1, tzinfo=UTC)
        assert world.call(dispatch) == "complete"
    assert world.at("london", queue)[-1] == world.now
    assert world.at("lima", queue) == []
    world.now += HOUR
    assert world.call(dispatch) == "complete"
    assert world.at("lima", queue) == [world.now]


def test_what_was_given_up_waits_for_the_next_night_and_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch, queue = computing.dispatch_computation, computing.QUEUE
    assert world.call(dispatch) == "complete"
    world.tasks[queue].clear()

    def away(*args: object) -> str:
        raise ConnectionError("with some detail")

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "refresh_facts", away)
        world.now = datetime(2026, 3, 9, 13, tzinfo=UTC)
        for _ in range(5):
            with pytest.raises(ConnectionError):
                world.call(dispatch)
            world.now += HOUR
    # Los Angeles and Honolulu had five calls; Auckland became due meanwhile, and is done.
    assert world.call(dispatch) == "complete"
    last = [task.org_id for at, task in world.tasks[queue] if at == world.now]
    assert last == ["auckland"]
    for org_id in ("los_angeles", "honolulu"):
        assert ResultReader(world.services.client, org_id).state("rfm") is None
    world.now += DAY
    world.call(dispatch)
    assert {"los_angeles", "honolulu"} <= {
        task.org_id for at, task in world.tasks[queue] if at == world.now
    }
