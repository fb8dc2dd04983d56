"""Orders dated ahead of their writing count once their time has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import content
from shared.kernel.clock import utc_now
from shared.reconciliation.dated_ahead import DueOrdersRun, count_due_orders
from shared.reconciliation.reconcile import Reconciled, Reconciler
from shared.reconciliation.stores import due_orders
from shared.reconciliation.stores.due_orders import FirestoreDueOrders
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import metered
from tests.support.world import KEYER, FixedOrganizations, Order, customer_id

ORG = "org_north"
ADA = customer_id(ORG, "ada@example.org")
DAY = timedelta(days=1)


class Calendar:
    """An installation whose clock is set by hand; the database's own clock stays at the
    beginning."""

    def __init__(self, client: firestore.Client) -> None:
        self.client = client
        self.now = self.began = utc_now()
        self.world = FirestoreWorld(client)
        self.due = FirestoreDueOrders(client)
        self.reconciler = Reconciler(
            self.world, FixedOrganizations(), KEYER, clock=lambda: self.now
        )

    def place(self, id: str, days_ahead: int) -> datetime:
        at = self.began + days_ahead * DAY
        order = Order(org=ORG, email="ada@example.org", cents=4000, ordered_at=at)
        self.world.put_order(id, order.data())
        self.reconciler.reconcile(id)
        return at

    def run(self, at: datetime, reconciler: Reconciler | None = None) -> DueOrdersRun:
        self.now = at
        return count_due_orders(
            self.due,
            reconciler or self.reconciler,
            clock=lambda: self.now,
            stop_at=at + timedelta(hours=1),
        )

    def orders(self) -> int:
        """Of the customer, counted."""
        state = self.world.derived().customers.get(ADA)
        return state.totals.order_count if state else 0

    def entry(self, id: str) -> dict[str, Any]:
        return content(self.client.document(paths.ledger_entry(id)).get())


@pytest.fixture
def calendar(firestore_client: firestore.Client) -> Calendar:
    return Calendar(firestore_client)


def test_it_is_reported_first_and_counts_on_its_day(calendar: Calendar) -> None:
    at = calendar.place("ahead", 10)
    entry = calendar.entry("ahead")
    assert (entry["counted"], entry["exclusion"]) == (False, "dated_ahead")
    assert (entry["counts_at"], entry["warnings"]) == (at, ["dated_ahead"])
    assert calendar.orders() == 0

    assert calendar.run(at - timedelta(microseconds=1)).due == 0
    assert calendar.run(at) == DueOrdersRun(due=1, failed=0, complete=True)

    assert calendar.orders() == 1
    entry = calendar.entry("ahead")
    assert (entry["counted"], entry["counts_at"]) == (True, None)
    assert entry["warnings"] == ["dated_ahead"]


def test_looking_for_nothing_costs_one_read_and_repeating_counts_nothing_twice(
    calendar: Calendar,
) -> None:
    at = calendar.place("ahead", 10)
    calendar.run(at)
    with metered(calendar.client) as meter:
        assert calendar.run(at + DAY).due == 0
    assert (meter.documents_read, meter.documents_written) == (1, 0)
    calendar.reconciler.reconcile("ahead")
    assert calendar.orders() == 1


def test_an_order_put_right_meanwhile_is_due_no_longer(calendar: Calendar) -> None:
    at = calendar.place("ahead", 10)
    calendar.place("ahead", 0)
    assert calendar.orders() == 1
    assert calendar.run(at).due == 0


def test_what_is_wrong_with_one_holds_up_no_other(
    calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_orders, "PAGE_SIZE", 2)

    class Failing(Reconciler):
        def reconcile(
            self,
            order_id: str,
            *,
            hints: Sequence[Mapping[str, object]] = (),
            seen_at: datetime | None = None,
        ) -> Reconciled:
            if order_id == "o1":
                raise RuntimeError("not today")
            return super().reconcile(order_id, hints=hints, seen_at=seen_at)

    for number in range(5):
        calendar.place(f"o{number}", 10)
    at = calendar.began + 10 * DAY
    failing = Failing(calendar.world, FixedOrganizations(), KEYER, clock=lambda: calendar.now)

    assert calendar.run(at, failing) == DueOrdersRun(due=5, failed=1, complete=True)
    assert calendar.orders() == 4
    assert calendar.run(at) == DueOrdersRun(due=1, failed=0, complete=True)
    assert calendar.orders() == 5


def test_it_stops_in_time_and_goes_on(calendar: Calendar) -> None:
    for number in range(3):
        calendar.place(f"o{number}", 10)
    at = calendar.began + 10 * DAY
    ticks = iter(range(100))
    run = count_due_orders(
        calendar.due,
        calendar.reconciler,
        clock=lambda: at + next(ticks) * timedelta(minutes=1),
        stop_at=at + timedelta(minutes=2),
    )
    assert run == DueOrdersRun(due=1, failed=0, complete=False)
    calendar.now = at
    assert calendar.run(at).complete
    assert calendar.orders() == 3


def test_a_worker_whose_clock_is_behind_does_not_take_it_back(calendar: Calendar) -> None:
    at = calendar.place("ahead", 10)
    calendar.run(at)
    calendar.now = at - timedelta(minutes=10)
    assert calendar.reconciler.reconcile("ahead").orders_written == 0
    assert calendar.orders() == 1
