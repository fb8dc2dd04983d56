"""Move the customers whose segment changes by time alone, reading no others.

Every customer document holds the instant of its next transition, and a place in a queue that starts
at that instant. Each due customer is written under a precondition on the document read: a customer
changed by an order meanwhile is left to the reconciliation of that order, which makes the same
transitions. So a second run, concurrent or after a crash, changes nothing that is not due.

A customer who cannot be moved, because the organisation's rules or the document are unreadable, is
postponed: the place in the queue moves, the instant of the transition does not. Otherwise such
customers would stay at the head of the queue, and enough of them would use up every run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, UnstorableError
from shared.reconciliation.ports import Commit, Organizations, Stored
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, age

COMMIT_SIZE = 100
"""Customers per commit: each needs two writes or more."""


SHORTEST_PUT_OFF = timedelta(minutes=15)
LONGEST_PUT_OFF = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCustomer:
    """A customer whose place in the queue has been reached."""

    place: object
    """Opaque: where the customer is in the queue."""
    stored: Stored[Customer] | None
    """None if the document is not one that can be moved."""


class DueCustomers(Protocol):
    """Customers with a due transition."""

    def due(self, until: datetime) -> Iterator[Sequence[DueCustomer]]:
        """Customers due up to and including `until`, earliest first, in pages."""
        ...

    def put_off(self, customers: Sequence[tuple[DueCustomer, datetime]]) -> None:
        """Postpone each to an instant, unless it has been written meanwhile."""
        ...

    def commit(self, commit: Commit) -> None:
        """Apply all writes. Raises ConflictError, with nothing written, on a changed document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingRun:
    """Outcome of a run."""

    due: int
    """Customers found due, at two reads each."""
    moved: int
    """Customers written."""
    conflicts: int
    """Customers left to a concurrent change, or to the next run."""
    put_off: int
    """Customers who could not be moved and are postponed."""
    complete: bool
    """False if the time allowed ended first; the next run continues."""


def age_segments(
    store: DueCustomers, organizations: Organizations, *, clock: Clock, stop_at: datetime
) -> AgeingRun:
    """Take every transition due now, stopping between commits once `stop_at` has passed."""
    ageing = _Ageing(store, organizations, clock())
    for page in store.due(ageing.now):
        ageing.due += len(page)
        # An empty page takes time as well.
        for start in range(0, len(page) or 1, COMMIT_SIZE):
            if clock() >= stop_at:
                return ageing.run(complete=False)
            ageing.move(page[start : start + COMMIT_SIZE])
    return ageing.run(complete=True)


def next_attempt(due_at: datetime | None, now: datetime) -> datetime:
    """Return when to retry moving a customer who is due since `due_at`; None if that is unknown.

    The delay is the time overdue, so that delays double.
    """
    overdue = LONGEST_PUT_OFF if due_at is None else now - due_at
    return now + min(max(overdue, SHORTEST_PUT_OFF), LONGEST_PUT_OFF)


class _Ageing:
    def __init__(self, store: DueCustomers, organizations: Organizations, now: datetime) -> None:
        self._store = store
        self._organizations = organizations
        self.now = now
        self.due = self._moved = self._conflicts = self._put_off = 0
        self._failed: set[str] = set()
        """Organisations whose settings cannot be read."""

    def run(self, *, complete: bool) -> AgeingRun:
        """Return the progress so far."""
        return AgeingRun(
            due=self.due,
            moved=self._moved,
            conflicts=self._conflicts,
            put_off=self._put_off,
            complete=complete,
        )

    def move(self, customers: Sequence[DueCustomer]) -> None:
        """Move the customers that can be moved, in one commit, and postpone the others."""
        commit = Commit(recorded_at=self.now)
        ready: list[DueCustomer] = []
        failures: list[DueCustomer] = []
        for each in customers:
            (ready if self._add(each.stored, commit) else failures).append(each)
        self._put(failures)
        if not ready:
            return
        commit.counters = commit.counters.without_zeros()
        try:
            self._store.commit(commit)
        except (ConflictError, UnstorableError) as error:
            if len(ready) > 1:
                # One by one, so that one failure does not block the others.
                for each in ready:
                    self.move([each])
            elif isinstance(error, UnstorableError):
                logs.ageing_failed(_org_id(ready[0]))
                self._put(ready)
            else:
                self._conflicts += 1
        else:
            self._moved += len(ready)

    def _add(self, stored: Stored[Customer] | None, commit: Commit) -> bool:
        """Add a customer's transitions; False if that fails, which does not affect others."""
        if stored is None or stored.value is None:
            return False
        before = stored.value
        org_id = before.id.org_id
        if org_id in self._failed:
            return False
        try:
            moment = settings_for(self._organizations, org_id, [before]).moment(self.now)
        except Exception:
            logs.ageing_failed(org_id)
            self._failed.add(org_id)
            return False
        try:
            after, transitions = age(before, moment, self.now)
        except Exception:
            logs.ageing_failed(org_id)
            return False
        commit.move(stored, after, transitions, moment)
        return True

    def _put(self, customers: Sequence[DueCustomer]) -> None:
        if customers:
            later = [(each, next_attempt(_due_at(each), self.now)) for each in customers]
            self._store.put_off(later)
            self._put_off += len(customers)


def _due_at(customer: DueCustomer) -> datetime | None:
    value = customer.stored.value if customer.stored else None
    return value.next_transition_at if value else None


def _org_id(customer: DueCustomer) -> str:
    assert customer.stored is not None
    assert customer.stored.value is not None
    return customer.stored.value.id.org_id
