"""A reclassification continues from wherever it was killed, at the cost of its customers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from google.api_core.exceptions import Aborted

from shared.kernel.clock import utc_now
from shared.reconciliation.reclassification import CustomersByKey, Reclassification, Reclassifier
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.reconciliation.deliveries import CallFailedError
from tests.reconciliation.reclassification.reclassified import (
    LOW_VIP,
    ORG,
    Store,
    change,
    customers,
    place,
    run,
    state,
)
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import After, Before, Plan, failing, metered
from tests.support.world import Book
from tools.rebuild import run_rebuild

BIG_SPENDERS = "cs_0123456789ab"
DEFINITION = {"all": [{"field": "totalSpent", "operator": "at_least", "value": 50}]}


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
        lambda rules, before, at: new_segment(
            BIG_SPENDERS, draft, before, rules.definitions, by="ann", at=at
        ),
    )


def killed_at(method: str, number: int, how: Callable[[Exception], Before | After]) -> Plan:
    return at_call(method, number, how(CallFailedError(f"{how.__name__} {method} {number}")))


def at_call(method: str, number: int, failure: Before | After) -> Plan:
    """Return a plan that fails one call of one method."""
    return lambda called, count: failure if (called, count) == (method, number) else None


def kills(calls: Counter[str]) -> Iterator[tuple[str, int, type[Before] | type[After]]]:
    """Every call of a run; those that write once before and once after they took effect."""
    for method, count in calls.items():
        for number in range(1, count + 1):
            yield method, number, Before
            if method == "commit":
                yield method, number, After


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
        actual.revision - before[key].revision for key, actual in customers(services).items()
    )
    assert written == {2: 6, 1: 1}
    assert run_rebuild(services, ORG).differences == []
    assert_derived(orders, utc_now(), FirestoreWorld(services.client).derived())


def test_changes_that_come_while_it_runs_are_put_together(
    services: Services, small_pages: None
) -> None:
    """Ten of them, four while the second page is running and six during the third."""
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
    written = [
        actual.revision - before[key].revision for key, actual in customers(services).items()
    ]
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
    assert {key: actual.revision - before[key].revision for key, actual in after.items()} == (
        dict.fromkeys(before, 1)
    )
