"""Order histories and hostile ways of delivering their events.

`Delivery` writes the orders of a history one by one and hands their events to a reconciler
repeated, out of order, nested into one another at every call to the store, and failing there:
before the call, or after it took effect.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from shared.kernel.errors import ContentionError
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.dated_ahead import count_due_orders
from shared.reconciliation.erasure import erase
from shared.reconciliation.ports import (
    Organizations,
)
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.unprocessed import retry_unprocessed
from shared.segments.customer import CustomerId
from tests.reconciliation.histories import Write
from tests.reconciliation.interrupted import AgeingLedgerStore, Interrupted
from tests.support.reclassify import run_all
from tests.support.world import (
    KEYER,
    NOW,
    PEOPLE,
    TIME_ZONES,
    FixedOrganizations,
    Order,
    customer_id,
)

SETTLE_AFTER = timedelta(days=60)
"""As in the product, longer than any call takes, and than any instance caches."""


class CallFailedError(Exception):
    """A call to the store that failed on purpose."""


class OrderSource(Protocol):
    """Store in which the shop writes its orders."""

    def put_order(self, order_id: str, data: dict[str, Any]) -> datetime: ...
    def delete_order(self, order_id: str) -> datetime: ...
    def lose_customer(self, id: CustomerId) -> None:
        """Delete the document of a customer, as may happen by hand."""


@dataclass
class Event:
    order_id: str
    hints: list[dict[str, Any]]
    seen_at: datetime


class _Unprocessed:
    """The list of orders whose events failed to the last."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def report(self, order_id: str, org_id: str | None, error: str, at: datetime) -> None:
        self.ids.add(order_id)

    def pages(self) -> Iterator[Sequence[tuple[str, object]]]:
        yield [(id, None) for id in sorted(self.ids)]

    def remove(self, order_id: str, revision: object) -> None:
        self.ids.remove(order_id)


class Delivery:
    """Delivers the events of one history to one store."""

    def __init__(
        self,
        source: OrderSource,
        store: AgeingLedgerStore,
        history: list[Write],
        random: Random,
        *,
        instances: Sequence[Organizations] = (),
        rule_changes: Sequence[Callable[[], None]] = (),
        on_later: Callable[[], None] = lambda: None,
        accidents: bool = False,
    ) -> None:
        """`instances` see the organisations, each in its way; `rule_changes` happen in between.
        `on_later` is called whenever days have passed.

        With `accidents`, documents of customers are deleted, customers erased and events given up.
        """
        self.orders: dict[str, Order] = {}
        self._source = source
        self._store = store
        self._to_write = list(history)
        self._pending: list[Event] = []
        self._delivered: list[Event] = []
        self._random = random
        self._depth = 0
        self._now = NOW - timedelta(days=120)
        self._instances = instances or [FixedOrganizations()]
        self._rule_changes = list(rule_changes)
        self._on_later = on_later
        self._handled_since = self._now
        self._accidents = accidents
        self._lost: set[tuple[str, str]] = set()
        self._created: dict[str, int] = {}
        self._erased: dict[tuple[str, str], int] = {}
        self._unprocessed = _Unprocessed()
        self._instant = 0
        self._interrupted = Interrupted(store, self._interrupt)
        self._hostile = [
            Reconciler(
                self._interrupted,
                instance,
                KEYER,
                clock=self._skewed_clock,
                sleep=lambda seconds: None,
            )
            for instance in self._instances
        ]
        self._calm = Reconciler(
            store, self._instances[0], KEYER, clock=lambda: NOW, sleep=lambda seconds: None
        )
        self._counting = Reconciler(
            store,
            self._instances[-1],
            KEYER,
            clock=lambda: self._now,
            sleep=lambda seconds: None,
        )

    def run(self) -> None:
        """Until every event has been handled at least once and nothing is due at `NOW`."""
        while self._to_write or self._pending or self._rule_changes:
            if self._rule_changes and self._random.random() < 0.3:
                self._rule_changes.pop(0)()
            elif self._to_write and (not self._pending or self._random.random() < 0.5):
                self._write_next()
            elif self._pending:
                self._deliver_one()
        self._on_later()
        retry_unprocessed(
            self._unprocessed, self._calm, clock=lambda: NOW, stop_at=NOW + timedelta(days=1)
        )
        assert not self._unprocessed.ids
        for org_id, email in sorted(self._lost):
            self._bring_back(org_id, email)
        self._now = NOW
        self._on_later()
        self._count_due()
        worker = self._reclassifier(self._store, self._instances[-1], wait=timedelta(0))
        run_all(worker, NOW + timedelta(days=1))
        self._age()

    def repeat_everything(self) -> None:
        """Deliver every event once more."""
        for event in self._delivered:
            self._handle(self._calm, event)

    def _write_next(self) -> None:
        write = self._to_write.pop(0)
        hints = []
        if write.order_id in self.orders:
            hints.append(self.orders[write.order_id].data())
        if write.order is None:
            seen_at = self._source.delete_order(write.order_id)
            self.orders.pop(write.order_id, None)
            self._created.pop(write.order_id, None)
        else:
            data = write.order.data()
            seen_at = self._source.put_order(write.order_id, data)
            self.orders[write.order_id] = write.order
            self._created.setdefault(write.order_id, self._next_instant())
            hints.append(data)
        event = Event(write.order_id, hints, seen_at)
        self._pending += [event] * self._random.choice([1, 1, 1, 2, 3])

    def _deliver_one(self, index: int | None = None) -> None:
        reconciler = self._random.choice(self._hostile)
        if index is None:
            index = self._random.randrange(len(self._pending))
        event = self._pending.pop(index)
        self._delivered.append(event)
        try:
            self._handle(reconciler, event)
        except (CallFailedError, ContentionError) as error:
            if self._accidents and self._random.random() < 0.2:
                self._unprocessed.report(event.order_id, None, type(error).__name__, NOW)
            else:
                # The platform delivers a failed event again.
                self._pending.append(event)

    def _handle(self, reconciler: Reconciler, event: Event) -> None:
        if not self._depth:
            self._handled_since = self._now
        reconciler.reconcile(event.order_id, hints=event.hints, seen_at=event.seen_at)

    def _interrupt(self, call: str) -> None:
        if self._depth >= 3:
            return
        self._depth += 1
        try:
            happening = self._random.random()
            if happening < 0.25 and self._to_write:
                self._write_next()
                if self._random.random() < 0.5:
                    self._deliver_one(-1)
            elif happening < 0.40 and self._pending:
                self._deliver_one()
            elif happening < 0.44:
                self._move_time()
                self._count_due()
                self._age()
            elif happening < 0.50:
                raise CallFailedError(call)
            elif happening < 0.55 and self._rule_changes:
                self._rule_changes.pop(0)()
            elif happening < 0.60 and len(self._instances) > 1:
                self._reclassify()
            elif happening < 0.65 and self._accidents:
                self._lose_a_customer()
            elif happening < 0.67 and self._accidents:
                self._erase_a_customer()
        finally:
            self._depth -= 1

    def _move_time(self) -> None:
        """By some days, but not by so many that work is settled over a call still under way."""
        latest = min(NOW, self._handled_since + SETTLE_AFTER - timedelta(days=1))
        days = timedelta(days=self._random.randrange(40))
        self._now = max(self._now, min(latest, self._now + days))
        self._on_later()

    def erasures(self) -> dict[tuple[str, str], frozenset[str]]:
        """The orders that stay with each customer who was erased."""
        return {
            person: frozenset(id for id, created in self._created.items() if created < erased)
            for person, erased in self._erased.items()
        }

    def _next_instant(self) -> int:
        self._instant += 1
        return self._instant

    def _erase_a_customer(self) -> None:
        person = self._random.choice(sorted(TIME_ZONES)), self._random.choice(PEOPLE)
        rules = FixedOrganizations().settings(person[0])
        if erase(customer_id(*person), self._store, lambda _: rules.moment(self._now)):
            self._erased.setdefault(person, self._next_instant())

    def _lose_a_customer(self) -> None:
        org_id, email = self._random.choice(sorted(TIME_ZONES)), self._random.choice(PEOPLE)
        id = customer_id(org_id, email)
        # Without its document nothing knows of an erasure. No step tells of a customer who has only
        # returned something: where their next event is an order, the nightly audit finds what is
        # missing.
        if (org_id, email) in self._erased or not self._store.transitions_of(id):
            return
        self._source.lose_customer(id)
        self._lost.add((org_id, email))

    def _bring_back(self, org_id: str, email: str) -> None:
        """A further order, which goes away again, as it may be that none came since."""
        id = customer_id(org_id, email)
        if (org_id, email) in self._erased:
            return
        if self._store.transitions_of(id):
            order = Order(org=org_id, email=email, cents=1, ordered_at=NOW - timedelta(days=1))
            for data in (order.data(), None):
                if data is None:
                    seen_at = self._source.delete_order("brought_back")
                else:
                    seen_at = self._source.put_order("brought_back", data)
                self._handle(self._calm, Event("brought_back", [order.data()], seen_at))

    def _skewed_clock(self) -> datetime:
        """The clocks of two workers differ a little."""
        return self._now - timedelta(seconds=self._random.randrange(600))

    def _reclassify(self) -> None:
        """Go on with it until it is done, or killed at any call."""
        worker = self._reclassifier(self._interrupted, self._random.choice(self._instances))
        try:
            run_all(worker, NOW + timedelta(days=1))
        except CallFailedError:
            return

    def _reclassifier(
        self, store: Any, instance: Organizations, wait: timedelta = SETTLE_AFTER
    ) -> Reclassifier:
        return Reclassifier(
            store,
            instance,
            clock=lambda: self._now,
            settle_after=wait,
            sleep=lambda seconds: None,
        )

    def _count_due(self) -> None:
        """Count the orders whose time has come."""
        counted = count_due_orders(
            self._store, self._counting, clock=lambda: self._now, stop_at=NOW + timedelta(days=1)
        )
        assert not counted.failed

    def _age(self) -> None:
        age_segments(
            self._store,
            self._random.choice(self._instances),
            clock=lambda: self._now,
            stop_at=NOW + timedelta(days=1),
        )
