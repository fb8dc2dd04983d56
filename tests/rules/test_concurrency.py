"""Orders, changes of rules and reclassifications at once, by instances with old rules in memory."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Event
from typing import Any

import pytest
from google.api_core.exceptions import Aborted
from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.errors import ContentionError
from shared.kernel.retries import LONGEST_SECONDS
from shared.kernel.settings import Settings
from shared.organizations.directory_store import OrganizationDirectory
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.ports import Commit
from shared.reconciliation.reclassification import ReclassificationStatus, Reclassifier
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.rules.custom_segment_changes import Draft, changed_segment, new_segment
from shared.rules.store import SegmentRulesStore
from shared.segments.conditions.parse import parse_definition
from shared.segments.custom_segment import CustomSegment
from shared.segments.customer import Customer, CustomerId
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.rules.rules_book import THRESHOLDS
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import Before, failing
from tests.support.reclassify import run_all
from tests.support.world import ALIASES, KEYER, SECRET, TIME_ZONES, Book, Order, customer_id
from tools.rebuild import run_rebuild

WRITERS = 16
ORDER_WRITES = 320
EDITS = 12
EVER = 10**9
"""Seconds that an instance may keep what it has read: until it meets a customer who is further."""

SEGMENTS = ("cs_000000000001", "cs_000000000002")
REFERRING = "cs_000000000003"
DEFINITIONS: tuple[dict[str, Any], ...] = (
    {"all": [{"field": "totalSpent", "operator": "at_least", "value": 80}]},
    {"event": "ordered", "category": "Flower", "when": {"inTheLastDays": 45}, "atLeastTimes": 2},
    {"event": "did_not_order", "when": {"inTheLastDays": 30}},
    {
        "any": [
            {"field": "segment", "operator": "equals", "value": "vip"},
            {"field": "phone", "operator": "exists"},
        ]
    },
    {"not": {"field": "orderCount", "operator": "at_least", "value": 3}},
)
Notes = defaultdict[CustomerId, dict[int, int]]
"""The revision of the rules, by customer and number of the write."""
REFERENCE = {"not": {"field": "customSegment", "operator": "in", "value": [SEGMENTS[0]]}}


@dataclass
class Manager:
    """Somebody who edits the rules of one organisation."""

    services: Services
    org: str
    random: Random
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Definitions as last saved."""

    def edit(self) -> None:
        """Change something, whatever it is."""
        if self.random.random() < 0.5:
            self.services.rules(self.org).save_thresholds(
                self.random.choice(THRESHOLDS), by="ann", source=ThresholdSource.API
            )
            return
        id = self.random.choice(SEGMENTS)
        if id in self.definitions and REFERRING not in self.definitions:
            if id == SEGMENTS[0] and self.random.random() < 0.5:
                self.define(REFERRING, REFERENCE)
                return
            if self.random.random() < 0.2:
                self.services.rules(self.org).change_custom_segment(
                    id, lambda rules, before, at: None
                )
                del self.definitions[id]
                return
        self.define(id, self.random.choice(DEFINITIONS))

    def define(self, id: str, definition: dict[str, Any]) -> None:
        """Create a custom segment, or change the one there is."""
        draft = Draft(
            name=id, description=None, definition=parse_definition(definition), filters=None
        )

        def decide(rules: Any, before: CustomSegment | None, at: datetime) -> CustomSegment:
            if before is None:
                return new_segment(id, draft, None, rules.definitions, by="ann", at=at)
            return changed_segment(before, draft, rules.definitions, by="ann", at=at)

        self.services.rules(self.org).change_custom_segment(id, decide)
        self.definitions[id] = definition

    def book(self) -> Book:
        """Return the rules in plain form."""
        return Book(self.services.rules(self.org).current().rules.thresholds, self.definitions)


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """The product on this test's project."""
    for org, zone in TIME_ZONES.items():
        firestore_client.document(paths.analytics_settings(org)).set({"timeZone": zone})
    for alias, org in ALIASES.items():
        firestore_client.document(paths.alias(alias)).set({"org_id": org})
    settings = Settings(counter_shards=4, settings_refresh_seconds=0)
    return build_services(firestore_client, settings, SECRET)


class Watched(FirestoreLedgerStore):
    """A store that notes under which rules every write of a customer was."""

    def __init__(self, client: firestore.Client, notes: Notes) -> None:
        super().__init__(client, shards=4)
        self._notes = notes

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        for written, _ in commit.customers:
            self._notes[written.id][written.revision] = written.rules_revision


def instance(services: Services, notes: Notes) -> tuple[OrganizationDirectory, Reconciler]:
    """A writer that has read the rules once and believes in them."""
    directory = OrganizationDirectory(services.client, refresh_seconds=EVER)
    for org in TIME_ZONES:
        directory.settings(org)
    return directory, Reconciler(Watched(services.client, notes), directory, KEYER)


def reclassifier(services: Services, notes: Notes, settle_after: timedelta) -> Reclassifier:
    return Reclassifier(
        FirestoreReclassifications(services.client, Watched(services.client, notes)),
        OrganizationDirectory(services.client, refresh_seconds=EVER),
        clock=utc_now,
        settle_after=settle_after,
    )


def soon() -> datetime:
    return utc_now() + timedelta(minutes=2)


def persistently(work: Callable[[], object]) -> None:
    """Retry as the platform does after a failed event."""
    while True:
        try:
            work()
        except ContentionError:
            continue
        return


def stored(services: Services, org: str, email: str) -> Customer:
    id = customer_id(org, email)
    actual = services.client.document(paths.customer(org, id.customer_key)).get()
    return customer(actual.to_dict() or {})


@pytest.mark.parametrize("seed", [1, 2])
def test_sixteen_writers_with_old_rules_while_rules_change_and_are_applied(
    services: Services, seed: int
) -> None:
    random = Random(seed)
    world = FirestoreWorld(services.client, shards=4)
    # No order is near an instant at which time alone changes something.
    start = utc_now() - timedelta(minutes=30)
    orders: dict[str, Order] = {}
    notes: Notes = defaultdict(dict)
    writers = [instance(services, notes) for _ in range(WRITERS)]
    late_directory, late = instance(services, notes)
    managers = {org: Manager(services, org, Random(f"{seed}{org}")) for org in TIME_ZONES}
    over = Event()

    def manage(manager: Manager) -> None:
        for _ in range(EDITS):
            manager.edit()
            over.wait(manager.random.random() * 0.3)

    def reclassify() -> None:
        # Settled it is only when no instance can have old rules: not before the end.
        worker = reclassifier(services, notes, settle_after=timedelta(days=1))
        while not over.is_set():
            run_all(worker, soon())
            over.wait(0.05)

    def deliver(event: tuple[str, list[dict[str, object]], datetime], choice: float) -> None:
        reconciler = writers[int(choice * WRITERS)][1]
        persistently(lambda: reconciler.reconcile(event[0], hints=event[1], seen_at=event[2]))

    with ThreadPoolExecutor(max_workers=WRITERS + 4) as executor:
        others = [executor.submit(manage, manager) for manager in managers.values()]
        runs = [executor.submit(reclassify) for _ in range(2)]
        deliveries: list[tuple[str, list[dict[str, object]], datetime]] = []
        futures: list[Future[None]] = []
        for number in range(ORDER_WRITES):
            id = f"o{random.randrange(90)}"
            hints = [orders[id].data()] if id in orders else []
            if id in orders and random.random() < 0.2:
                seen_at = world.delete_order(id)
                del orders[id]
            else:
                orders[id] = Order(
                    org=random.choice(["org_north", "org_south", "shop_north_2"]),
                    email=f"person{random.randrange(14)}@example.org",
                    cents=random.randrange(20_000),
                    ordered_at=start - timedelta(hours=random.randrange(24 * 130)),
                    status=random.choice(["completed", "completed", "canceled"]),
                    products=((f"p{number % 3}", 100 + number),),
                    phone=random.choice(["", "555-0100"]),
                )
                seen_at = world.put_order(id, orders[id].data())
                hints.append(orders[id].data())
            deliveries.append((id, hints, seen_at))
            futures.append(executor.submit(deliver, deliveries[-1], random.random()))
            futures.append(executor.submit(deliver, random.choice(deliveries), random.random()))
        try:
            for future in [*futures, *others]:
                future.result()
        finally:
            over.set()
        for run in runs:
            run.result()

    # A writer that missed everything writes a customer whom nobody has seen, after the pages.
    run_all(reclassifier(services, notes, settle_after=timedelta(days=1)), soon())
    for org in managers:
        state = FirestoreReclassifications(services.client, services.store).state(org).value
        assert state is not None
        assert (state.status, state.settled) == (ReclassificationStatus.COMPLETE, False)
        id, email = f"late {org}", f"late.{org}@example.org"
        orders[id] = Order(org=org, email=email, cents=90_00, ordered_at=start)
        world.put_order(id, orders[id].data())
        late.reconcile(id)
        assert late_directory.settings(org).rules.revision == 0
        assert stored(services, org, email).rules_revision == 0

    run_all(reclassifier(services, notes, settle_after=timedelta(0)), soon())
    age_segments(services.due_customers, services.organizations, clock=utc_now, stop_at=soon())

    for written in notes.values():
        assert sorted(written) == list(range(1, len(written) + 1)), "no write was overwritten"
        under = [written[number] for number in sorted(written)]
        assert under == sorted(under), "nobody went back to older rules"
    books = {org: manager.book() for org, manager in managers.items()}
    derived = world.derived()
    assert_derived(orders, utc_now(), derived, books)
    for org in TIME_ZONES:
        current = services.organizations.refreshed(org).rules
        assert current.revision > 3
        theirs = [each for id, each in derived.customers.items() if id.org_id == org]
        assert all(each.is_under(current) for each in theirs)
        assert run_rebuild(services, org).differences == []
    assert not list(FirestoreReclassifications(services.client, services.store).unsettled())


def test_a_change_of_rules_in_the_way_of_others_waits_longer_and_longer(
    services: Services,
) -> None:
    """It tried again at once, twenty times within a second, and gave up."""
    waits: list[float] = []
    rules = SegmentRulesStore(services.client, "org_north", clock=utc_now, sleep=waits.append)

    def plan(method: str, number: int) -> Before | None:
        return Before(Aborted("contention")) if method == "commit" and number < 9 else None

    with failing(services.client, plan):
        rules.save_thresholds(
            Thresholds(slipping_min_days=29), by="ann", source=ThresholdSource.API
        )

    assert len(waits) == 8
    assert all(0 <= wait <= LONGEST_SECONDS for wait in waits)
    assert rules.current().rules.thresholds.slipping_min_days == 29
