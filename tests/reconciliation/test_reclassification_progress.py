"""A reclassification goes on from wherever it was killed, and costs what its customers cost."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import Aborted
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import Snapshot
from shared.installation import build_services
from shared.kernel.back_off import LONGEST_SECONDS
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError, UnstorableError
from shared.kernel.settings import Settings
from shared.reconciliation.backfill import backfill
from shared.reconciliation.ports import Commit
from shared.reconciliation.reclassification import CustomersByKey, Reclassification, Reclassifier
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.order_source import all_orders
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.rules.custom_segment_changes import Draft, created
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Customer
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.reconciliation.deliveries import CallFailedError
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import After, Before, Meter, Plan, failing, metered
from tests.support.world import SECRET, TIME_ZONES, Book, Order, assert_derived
from tools.rebuild import run_rebuild

ORG = "org_north"
BIG_SPENDERS = "cs_0123456789ab"
DEFINITION = {"all": [{"field": "totalSpent", "operator": "at_least", "value": 50}]}
LOW_VIP = replace(Thresholds(), vip_min_lifetime_value_cents=30_00)


@dataclass
class Store(FirestoreReclassifications):
    """One that remembers from where pages were asked for."""

    services: Services
    places: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.services.client, self.services.store)

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        self.places.append(after)
        return super().page(org_id, after)


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """The product on this test's project."""
    for org, zone in TIME_ZONES.items():
        firestore_client.document(paths.analytics_settings(org)).set({"timeZone": zone})
    settings = Settings(counter_shards=2, settings_refresh_seconds=0)
    return build_services(firestore_client, settings, SECRET)


def place(services: Services, count: int, first: int = 0) -> dict[str, Order]:
    """Customers of a month ago, of $20, $40 and $60 in turn, counted as a backfill does."""
    at = utc_now() - timedelta(days=20, hours=1)
    orders = {
        f"o{n}": Order(
            org=ORG,
            email=f"person{n}@example.org",
            cents=20_00 * (n % 3 + 1),
            ordered_at=at - timedelta(days=40),
        )
        for n in range(first, first + count)
    }
    # A second order, recent enough, so that value decides on the segment.
    orders |= {f"{id} again": replace(order, ordered_at=at) for id, order in orders.items()}
    batch = services.client.batch()
    for id, order in orders.items():
        batch.set(services.client.document(paths.order(id)), order.data())
    batch.commit()
    sources = [services.reconciler.normalized(raw) for raw in all_orders(services.client)]
    backfill(sources, [services.reconciler], lambda totals: None)
    return orders


def change(services: Services, thresholds: Thresholds) -> int:
    """Put thresholds in force; gives the revision of the rules."""
    rules = services.rules(ORG)
    return rules.save_thresholds(thresholds, by=None, source=ThresholdSource.API).revision


def define(services: Services) -> None:
    """Add a custom segment."""
    draft = Draft(
        name="Big spenders",
        description=None,
        definition=parse_definition(DEFINITION),
        filters=None,
    )
    services.rules(ORG).change_custom_segment(
        BIG_SPENDERS,
        lambda rules, before, at: created(
            BIG_SPENDERS, draft, before, rules.definitions, by="ann", at=at
        ),
    )


def run(services: Services, store: Store | None = None) -> bool:
    """What a new instance does, when no other one has older rules in memory."""
    worker = Reclassifier(
        store or Store(services), services.organizations, clock=utc_now, settle_after=timedelta(0)
    )
    return worker.run(ORG, utc_now() + timedelta(minutes=5))


def state(services: Services) -> Reclassification:
    found = Store(services).state(ORG).value
    assert found is not None
    return found


def customers(services: Services) -> dict[str, Customer]:
    documents = services.client.collection(paths.customers(ORG)).stream()
    return {document.id: customer(document.to_dict() or {}) for document in documents}


def killed_at(method: str, number: int, how: Callable[[Exception], Before | After]) -> Plan:
    return at_call(method, number, how(CallFailedError(f"{how.__name__} {method} {number}")))


def at_call(method: str, number: int, failure: Before | After) -> Plan:
    """What befalls one call of one method."""
    return lambda called, count: failure if (called, count) == (method, number) else None


def kills(calls: Counter[str]) -> Iterator[tuple[str, int, type[Before] | type[After]]]:
    """Every call of a run; those that write once before and once after they took effect."""
    for method, count in calls.items():
        for number in range(1, count + 1):
            yield method, number, Before
            if method == "commit":
                yield method, number, After


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven customers make three pages, of two commits each."""
    monkeypatch.setattr("shared.reconciliation.stores.reclassification_store.PAGE_SIZE", 3)
    monkeypatch.setattr("shared.reconciliation.reclassification.COMMIT_SIZE", 2)


def test_killed_at_any_call_it_goes_on_from_the_page_it_was_at(
    services: Services, small_pages: None
) -> None:
    orders = place(services, 7)
    define(services)
    with metered(services.client) as whole:
        assert run(services)
    assert whole.calls.keys() == {
        "batch_get_documents",
        "run_query",
        "run_aggregation_query",
        "commit",
    }
    resumed_at: set[str | None] = set()
    for turn, (method, number, how) in enumerate(kills(whole.calls)):
        thresholds = Thresholds() if turn % 2 else LOW_VIP
        revision = change(services, thresholds)
        before = customers(services)

        with (
            failing(services.client, killed_at(method, number, how)),
            pytest.raises(CallFailedError),
        ):
            run(services)
        killed = state(services)
        resumed = Store(services)
        assert run(services, resumed)

        done, after = state(services), customers(services)
        assert (done.revision, done.settled) == (revision, True)
        assert (done.processed, done.total) == (7, 7)
        if killed.status == "running":
            resumed_at.add(killed.after)
            assert resumed.places[0] == killed.after
            assert len(set(resumed.places)) == len(resumed.places)
        else:
            assert resumed.places == []
        # Those who were written before it was killed are not written again.
        assert {key: state.revision - before[key].revision for key, state in after.items()} == (
            dict.fromkeys(before, 1)
        )
        assert {state.rules_revision for state in after.values()} == {revision}
        assert after != before
        assert run_rebuild(services, ORG).differences == []
    assert len(resumed_at) == 4, "the start, and the end of each of the three pages"
    books = {ORG: Book(Thresholds() if turn % 2 else LOW_VIP, {BIG_SPENDERS: DEFINITION})}
    assert_derived(orders, utc_now(), FirestoreWorld(services.client).derived(), books)


def test_a_commit_that_is_refused_although_it_took_effect_stops_nothing(
    services: Services, small_pages: None
) -> None:
    orders = place(services, 7)
    define(services)
    with metered(services.client) as whole:
        run(services)
    for number in range(1, whole.calls["commit"] + 1):
        thresholds = Thresholds() if number % 2 else LOW_VIP
        revision = change(services, thresholds)
        refused = After(Aborted("too much contention"))

        with failing(services.client, at_call("commit", number, refused)):
            assert run(services)

        assert state(services).settled
        assert state(services).processed == 7
        assert {state.rules_revision for state in customers(services).values()} == {revision}
        assert run_rebuild(services, ORG).differences == []
    books = {ORG: Book(thresholds, {BIG_SPENDERS: DEFINITION})}
    assert_derived(orders, utc_now(), FirestoreWorld(services.client).derived(), books)


def test_rules_that_change_while_it_runs_begin_it_anew(
    services: Services, small_pages: None
) -> None:
    orders = place(services, 7)
    change(services, LOW_VIP)
    before = customers(services)

    class Overtaken(Store):
        def save(self, state: Reclassification, revision: object) -> None:
            if state.processed == 6:
                change(services, Thresholds())
            super().save(state, revision)

    overtaken = Overtaken(services)
    assert run(services, overtaken)

    assert overtaken.places.count(None) == 2
    assert (state(services).revision, state(services).processed) == (2, 7)
    written = Counter(
        found.revision - before[key].revision for key, found in customers(services).items()
    )
    assert written == {2: 6, 1: 1}
    assert run_rebuild(services, ORG).differences == []
    assert_derived(orders, utc_now(), FirestoreWorld(services.client).derived())


def test_changes_that_come_while_it_runs_are_put_together(
    services: Services, small_pages: None
) -> None:
    """Ten of them, four while the second page is at work and six while the third one is."""
    orders = place(services, 7)
    change(services, LOW_VIP)
    before = customers(services)
    told: list[tuple[int, int | None]] = []

    class Overtaken(Store):
        def save(self, state: Reclassification, revision: object) -> None:
            if (state.processed, len(told)) in ((6, 0), (7, 4)):
                for number in range(4 if state.processed == 6 else 6):
                    change(services, replace(LOW_VIP, new_max_days=40 + number + len(told)))
                    waiting = self.state(ORG).value
                    assert waiting is not None
                    assert waiting.status == "running"
                    told.append((waiting.revision, waiting.pending_revision))
            super().save(state, revision)

    overtaken = Overtaken(services)
    assert run(services, overtaken)

    assert told == [(1, revision) for revision in range(2, 12)]
    # From the start twice, however many they were; two pages were done again for being overtaken.
    assert overtaken.places.count(None) == 2
    assert (state(services).revision, state(services).pending_revision) == (11, None)
    written = [found.revision - before[key].revision for key, found in customers(services).items()]
    assert max(written) <= 3
    assert {each.rules_revision for each in customers(services).values()} == {11}
    assert run_rebuild(services, ORG).differences == []
    in_force = services.rules(ORG).current().rules.thresholds
    books = {ORG: Book(in_force, {})}
    assert_derived(orders, utc_now(), FirestoreWorld(services.client).derived(), books)


def test_of_many_events_about_changes_one_is_worked_on(services: Services) -> None:
    place(services, 7)
    before = customers(services)
    for days in range(20):
        change(services, replace(LOW_VIP, new_max_days=40 + days))
    store = Store(services)

    def worker() -> Reclassifier:
        return Reclassifier(
            store, services.organizations, clock=utc_now, settle_after=timedelta(hours=1)
        )

    class Meanwhile(Store):
        def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
            for _ in range(3 if after is None else 0):
                assert not worker().take_up(ORG, utc_now() + timedelta(minutes=5))
            return super().page(org_id, after)

    first = Reclassifier(
        Meanwhile(services), services.organizations, clock=utc_now, settle_after=timedelta(hours=1)
    )
    assert not first.take_up(ORG, utc_now() + timedelta(minutes=5))
    for _ in range(16):
        worker().take_up(ORG, utc_now() + timedelta(minutes=5))

    assert store.places == [], "the others saw that somebody was at work"
    assert state(services).status == "complete"
    after = customers(services)
    assert {each.rules_revision for each in after.values()} == {20}
    assert {key: found.revision - before[key].revision for key, found in after.items()} == (
        dict.fromkeys(before, 1)
    )


def cost(services: Services, thresholds: Thresholds) -> Meter:
    """What a reclassification under these takes, from the first read to the settled state."""
    change(services, thresholds)
    with metered(services.client) as meter:
        assert run(services)
    return meter


def _shards(services: Services) -> list[Snapshot]:
    return list(services.client.collection(paths.segment_counts(ORG)).stream())


def _dropped(shards: list[dict[str, Any]]) -> int:
    """Shards that had a count of customers under the rules before, and have none any more."""
    assert sum(len(shard.get("rules", {})) for shard in shards) >= 1
    return sum("rules" in shard for shard in shards)


def steps(services: Services) -> int:
    (counted,) = services.client.collection(paths.transitions(ORG)).count().get()[0]
    return int(counted.value)


@pytest.mark.parametrize("count", [12, 30])
def test_it_reads_each_customer_once_and_writes_each_once(services: Services, count: int) -> None:
    place(services, count)
    before = steps(services)

    meter = cost(services, LOW_VIP)

    moved = steps(services) - before
    assert moved == state(services).moved == count
    # The state for the page, the end, the last look and once more; three settings for the page;
    # the number of customers; and each of three queries that find nobody is one read.
    work = 4 + 3 + 1 + 3
    # The counters, of which those of the rules before are dropped.
    shards = [each.to_dict() or {} for each in _shards(services)]
    assert meter.documents_read == count + work + len(shards)
    # The counters of a commit and of its day; the state after the page, at the end, and settled.
    assert meter.documents_written == count + moved + 2 + 3 + _dropped(shards)
    assert meter.documents_deleted == 0


def test_customers_who_do_not_move_cost_one_write(services: Services) -> None:
    place(services, 12)
    change(services, LOW_VIP)
    run(services)
    unmoved = replace(LOW_VIP, churned_min_days=365)

    meter = cost(services, unmoved)

    assert state(services).moved == 0
    shards = [each.to_dict() or {} for each in _shards(services)]
    assert meter.documents_written == 12 + 1 + 3 + _dropped(shards)


def test_customers_who_are_under_the_new_rules_are_not_written(services: Services) -> None:
    place(services, 12)
    change(services, LOW_VIP)
    # Five customers' orders change, and four customers are new.
    place(services, 5, first=7)
    place(services, 4, first=12)
    already = [each for each in customers(services).values() if each.rules_revision == 1]
    assert len(already) == 9

    with metered(services.client) as meter:
        assert run(services)

    assert (state(services).processed, state(services).moved) == (16, 7)
    shards = [each.to_dict() or {} for each in _shards(services)]
    assert meter.documents_written == 7 + 7 + 2 + 3 + _dropped(shards)
    with metered(services.client) as again:
        assert run(services)
    assert (again.documents_read, again.documents_written) == (1, 0)


def test_it_stops_when_its_time_is_over_and_goes_on_later(
    services: Services, small_pages: None
) -> None:
    place(services, 7)
    change(services, LOW_VIP)
    now = utc_now()
    times: Iterator[datetime] = iter([now, now] + [now + timedelta(hours=1)] * 9)
    worker = Reclassifier(
        Store(services),
        services.organizations,
        clock=lambda: next(times),
        settle_after=timedelta(0),
    )

    assert not worker.run(ORG, now + timedelta(minutes=1))

    assert state(services).processed == 3
    rest = Store(services)
    assert run(services, rest)
    assert len(rest.places) == 3
    assert {each.segment for each in customers(services).values()} == {Segment.VIP}


class Refusing(FirestoreLedgerStore):
    """Firestore takes no document of some customers."""

    keys: frozenset[str] = frozenset()

    def commit(self, commit: Commit) -> None:
        if any(customer.id.customer_key in self.keys for customer, _ in commit.customers):
            raise UnstorableError("A document is too large.")
        super().commit(commit)


@pytest.mark.usefixtures("small_pages")
def test_customers_who_cannot_be_stored_or_read_are_counted_logged_and_hold_up_nobody(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """They passed for settled, and four at the head of the last look hid all others."""
    caplog.set_level("ERROR", logger="segments")
    place(services, 7)
    refusing = Refusing(services.client, shards=2)
    keys = sorted(customers(services))
    Refusing.keys = frozenset(keys[:3])
    services.client.document(paths.customer(ORG, keys[3])).update({"category_spend": 7})
    revision = change(services, LOW_VIP)
    store = Store(services)
    store._store = refusing

    # All are looked for at the end, as those are whom an instance wrote under older rules.
    document = services.client.document(paths.reclassification(ORG))
    document.update({"after": keys[-1]})
    assert run(services, store)

    assert (state(services).settled, state(services).failed) == (True, 4)
    stored = {
        snapshot.id: snapshot.get("rules_revision")
        for snapshot in services.client.collection(paths.customers(ORG)).stream()
    }
    assert {key for key, under in stored.items() if under == revision} == set(keys[4:])
    named = {
        vars(record)["fields"]["customer_key"]
        for record in caplog.records
        if record.getMessage() == "customer_not_reclassified"
    }
    assert named == Refusing.keys

    # Once they can be stored, the next change takes them along.
    services.client.document(paths.customer(ORG, keys[3])).update({"category_spend": []})
    change(services, Thresholds())
    assert run(services)
    assert state(services).failed == 0


def test_a_place_that_cannot_be_saved_is_tried_again_after_longer_and_longer_waits(
    services: Services,
) -> None:
    """It was tried again at once, as long as somebody else was in the way."""
    place(services, 1)
    change(services, LOW_VIP)
    waits: list[float] = []

    class Contended(Store):
        def save(self, state: Reclassification, revision: object) -> None:
            if len(waits) < 6:
                raise ConflictError("The rules have changed meanwhile.")
            super().save(state, revision)

    worker = Reclassifier(
        Contended(services),
        services.organizations,
        clock=utc_now,
        settle_after=timedelta(0),
        sleep=waits.append,
    )
    assert worker.run(ORG, utc_now() + timedelta(minutes=5))

    assert len(waits) == 6
    assert all(0 <= wait <= LONGEST_SECONDS for wait in waits)
    assert len(set(waits)) > 1
