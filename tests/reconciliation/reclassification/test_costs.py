"""Cost of reclassifying, and its isolation from others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.firestore import paths
from shared.firestore.snapshots import Snapshot
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError, UnstorableError
from shared.kernel.retries import LONGEST_SECONDS
from shared.reconciliation.ports import Commit
from shared.reconciliation.reclassification import Reclassification, Reclassifier
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.services import Services
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
from tests.support.metered import Meter, metered


def cost(services: Services, thresholds: Thresholds) -> Meter:
    """Return the cost of a reclassification, from the first read to the settled state."""
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
    """It was retried at once, as long as another writer interfered."""
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
