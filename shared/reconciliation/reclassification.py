"""Evaluate an organisation's customers under its newest rules, in pages that can be resumed.

The state of the work is one document, which a change of rules writes in its own commit. A page is
read, its customers are written under preconditions, then the place is saved under a precondition on
the state: if killed anywhere, the next run continues from the last place and skips customers
already evaluated.

Changes of rules during an evaluation are combined: the remaining pages are evaluated under the
newest rules, then the work starts over, once, for the customers before them. So after any number of
changes, each customer is written at most twice once they end.

Orders keep arriving. An instance that has read the new rules evaluates under them; one that has not
may still write a customer under the old rules, even before the place reached. So customers of an
older revision are searched for after the last page, and once more when no instance can hold the old
rules in memory: only then is the work settled.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, UnstorableError
from shared.kernel.retries import back_off_seconds
from shared.reconciliation.ports import Commit, Organizations, Stored
from shared.segments.customer import Customer, Moment, age

COMMIT_SIZE = 100
"""Customers per commit: each needs two writes or more."""
LONGEST_SILENCE = timedelta(minutes=2)
"""Many times the duration of a page: a run without a saved place for so long was killed."""


class ReclassificationStatus(StrEnum):
    """Status of the work."""

    RUNNING = "running"
    COMPLETE = "complete"
    """Every customer is evaluated; `settled` says whether that can still be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassification:
    """Progress of evaluating an organisation's customers under its newest rules."""

    org_id: str
    revision: int
    """Of the rules."""
    status: ReclassificationStatus = ReclassificationStatus.RUNNING
    after: str | None = None
    """Key of the last customer of the pages that are done."""
    processed: int = 0
    """Number of customers evaluated."""
    moved: int = 0
    """Customers who changed a segment, built-in or custom."""
    failed: int = 0
    """Customers who cannot be read or stored, at the last check, and stay as they were."""
    total: int | None = None
    """Customers there were when the work began; None before it."""
    started_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    settled: bool = False
    pending_revision: int | None = None
    """The newest of the rules that were saved since the work began; it starts over with them."""
    last_error: str | None = None
    """Cause of the last failure; None if the last call succeeded."""

    @property
    def begun(self) -> bool:
        """Whether the work has begun."""
        return self.total is not None

    def is_worked_on(self, now: datetime) -> bool:
        """Whether the work is progressing: the place moves with every page."""
        running = self.begun and self.status is ReclassificationStatus.RUNNING
        return running and self.last_error is None and now < self.updated_at + LONGEST_SILENCE


def after_change(
    state: Reclassification | None, org_id: str, revision: int, now: datetime
) -> Reclassification:
    """The state once rules of a new revision are in force."""
    if state and state.begun and state.status is ReclassificationStatus.RUNNING:
        return replace(state, pending_revision=revision)
    return Reclassification(org_id=org_id, revision=revision, started_at=now, updated_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersByKey:
    """Some customers in a row, by key or as they were found."""

    customers: Sequence[Stored[Customer]]
    """Without those whose documents cannot be read."""
    last_key: str
    size: int


@dataclass(slots=True, kw_only=True)
class _PageOutcome:
    """Outcome for some customers."""

    written: int = 0
    moved: int = 0
    failed: int = 0


class Reclassifications(Protocol):
    """The state of the work, and its customers."""

    def state(self, org_id: str) -> Stored[Reclassification]:
        """The state of the work of one organisation."""
        ...

    def save(self, state: Reclassification, revision: object) -> None:
        """Replace the state. Raises ConflictError if it has changed since."""
        ...

    def unsettled(self) -> Iterable[str]:
        """Organisations whose work is not settled."""
        ...

    def count(self, org_id: str) -> int:
        """Return the number of an organisation's customers."""
        ...

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        """The next customers by key; None at the end."""
        ...

    def outdated(self, org_id: str, revision: int) -> Iterable[CustomersByKey]:
        """The customers last evaluated under an older revision, in pages."""
        ...

    def commit(self, commit: Commit) -> None:
        """Apply all writes. Raises ConflictError, with nothing written, on a changed document."""
        ...

    def drop_zero_counters(self, org_id: str) -> None:
        """Delete counts of segments and rules without customers.

        Raises ConflictError, with nothing deleted, where a counter changes meanwhile.
        """
        ...


class Reclassifier:
    """Evaluates the customers of any organisation."""

    def __init__(
        self,
        store: Reclassifications,
        organizations: Organizations,
        *,
        clock: Clock,
        settle_after: timedelta,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`settle_after` is the time for which an instance may use rules that it has in memory."""
        self._store = store
        self._organizations = organizations
        self._clock = clock
        self._settle_after = settle_after
        self._sleep = sleep

    def unsettled(self) -> Iterable[str]:
        """Organisations whose work is not settled."""
        return self._store.unsettled()

    def take_up(self, org_id: str, stop_at: datetime) -> bool:
        """Begin or continue as `run` does, unless in progress; returns whether it is settled.

        Of concurrent changes, one call does the work of all. One read if nothing is to be done.
        """
        stored = self._store.state(org_id)
        state, now = stored.value, self._clock()
        if state is None or state.settled or state.is_worked_on(now):
            return state is None or state.settled
        if state.status is ReclassificationStatus.RUNNING:
            total = self._store.count(org_id) if state.total is None else state.total
            new_state = replace(state, total=total, updated_at=now, last_error=None)
            try:
                self._store.save(new_state, stored.revision)
            except ConflictError:
                return False
        return self.run(org_id, stop_at)

    def fail(self, org_id: str, error: str) -> None:
        """Record why the work stopped, beside its progress."""
        stored = self._store.state(org_id)
        if stored.value is not None:
            self._store.save(replace(stored.value, last_error=error), stored.revision)

    def run(self, org_id: str, stop_at: datetime) -> bool:
        """Continue one organisation's work until `stop_at`; returns whether all of it is settled.

        Stops early where nothing is left to do but to wait until the work can be settled.
        """
        conflicts = 0
        while True:
            stored = self._store.state(org_id)
            if stored.value is None or stored.value.settled:
                return True
            if self._clock() >= stop_at:
                return False
            try:
                if not self._advance(stored.value, stored.revision):
                    return False
            except ConflictError:
                conflicts += 1
                self._sleep(back_off_seconds(conflicts))
                continue
            conflicts = 0

    def _advance(self, state: Reclassification, revision: object) -> bool:
        """Process one page, or finish the evaluation after the last page; returns whether to
        continue at once."""
        now = self._clock()
        if state.status is ReclassificationStatus.COMPLETE:
            assert state.completed_at is not None
            if now < state.completed_at + self._settle_after:
                return False
            failures = self._evaluate_outdated(state, now).failed
            self._store.drop_zero_counters(state.org_id)
            state = replace(state, failed=failures, settled=True, updated_at=now, last_error=None)
            self._store.save(state, revision)
            return True
        if state.total is None:
            state = replace(state, total=self._store.count(state.org_id))
        page = self._store.page(state.org_id, state.after)
        if page is not None:
            state = replace(
                state,
                after=page.last_key,
                processed=state.processed + page.size,
                moved=state.moved + self._evaluate(state.org_id, page.customers, now).moved,
                updated_at=now,
                last_error=None,
            )
        elif state.pending_revision is not None:
            state = Reclassification(
                org_id=state.org_id,
                revision=state.pending_revision,
                total=self._store.count(state.org_id),
                started_at=now,
                updated_at=now,
            )
        else:
            outcome = self._evaluate_outdated(state, now)
            state = replace(
                state,
                moved=state.moved + outcome.moved,
                failed=outcome.failed,
                status=ReclassificationStatus.COMPLETE,
                completed_at=now,
                updated_at=now,
                last_error=None,
            )
        self._store.save(state, revision)
        return True

    def _evaluate_outdated(self, state: Reclassification, now: datetime) -> _PageOutcome:
        """Evaluate outdated customers until none is left, or none that can be written.

        Returns how many moved, and how many were left in the end because they cannot be written.
        """
        transitions = 0
        while True:
            outcome = _PageOutcome()
            for page in self._store.outdated(state.org_id, state.revision):
                page_outcome = self._evaluate(state.org_id, page.customers, now)
                outcome.written += page_outcome.written
                outcome.failed += page_outcome.failed + page.size - len(page.customers)
                transitions += page_outcome.moved
            if not outcome.written:
                return _PageOutcome(moved=transitions, failed=outcome.failed)

    def _evaluate(
        self, org_id: str, customers: Sequence[Stored[Customer]], now: datetime
    ) -> _PageOutcome:
        """Write those of the customers read who are not under the newest rules yet.

        The rules are read after the customers, so that they are at least as new as those that any
        of these customers was evaluated under.
        """
        moment = self._organizations.refreshed(org_id).moment(now)
        due = [
            stored
            for stored in customers
            if stored.value and not stored.value.is_under(moment.rules)
        ]
        outcome = _PageOutcome()
        for start in range(0, len(due), COMMIT_SIZE):
            self._commit(due[start : start + COMMIT_SIZE], moment, outcome)
        return outcome

    def _commit(
        self, customers: Sequence[Stored[Customer]], moment: Moment, outcome: _PageOutcome
    ) -> None:
        commit = Commit(recorded_at=moment.now)
        customers_moved = 0
        for stored in customers:
            assert stored.value is not None
            after, transitions = age(stored.value, moment, moment.now)
            commit.move(stored, after, transitions, moment)
            customers_moved += bool(transitions)
        commit.counters = commit.counters.without_zeros()
        try:
            self._store.commit(commit)
        except (ConflictError, UnstorableError) as error:
            # One by one, so that one failure does not block the others. A changed customer is being
            # written by another task.
            if len(customers) > 1:
                for customer in customers:
                    self._commit([customer], moment, outcome)
            elif isinstance(error, UnstorableError):
                outcome.failed += 1
                (customer,) = customers
                assert customer.value is not None
                logs.customer_not_reclassified(
                    customer.value.id.org_id, customer.value.id.customer_key
                )
            return
        outcome.written += len(customers)
        outcome.moved += customers_moved
