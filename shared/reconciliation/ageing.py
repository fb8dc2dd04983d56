"""Move the customers whom time alone moves, and read no others.

Every customer document holds the instant at which it next changes, so the due ones are one query.
Each is written with a precondition on what the query returned: a customer that an order touched
meanwhile is left to the reconciliation of that order, which takes the same steps. Running twice,
at once or after being killed therefore changes nothing that is not due.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared import logs
from shared.clock import Clock
from shared.errors import ConflictError, UnstorableError
from shared.reconciliation.ports import Commit, Organizations, Stored
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, age

COMMIT_SIZE = 100
"""Customers per commit: each needs two writes or more."""


class DueCustomers(Protocol):
    """The customers whose next change has come."""

    def due(self, until: datetime) -> Iterator[Sequence[Stored[Customer]]]:
        """Customers due up to and including `until`, earliest first, in pages."""
        ...

    def commit(self, commit: Commit) -> None:
        """Apply all writes. Raises ConflictError, with nothing written, on a changed document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingRun:
    """What a run did."""

    due: int
    """Customers found due, at two reads each."""
    moved: int
    """Customers written."""
    conflicts: int
    """Customers left to a change that came in between, or to the next run."""
    complete: bool
    """False if the time allowed ended first; the next run continues."""


def age_segments(
    store: DueCustomers, organizations: Organizations, *, clock: Clock, stop_at: datetime
) -> AgeingRun:
    """Take every step due now, stopping between commits once `stop_at` has passed."""
    now = clock()
    due = moved = conflicts = 0
    failed: set[str] = set()
    for page in store.due(now):
        due += len(page)
        # An empty page takes time as well.
        for start in range(0, len(page) or 1, COMMIT_SIZE):
            if clock() >= stop_at:
                return AgeingRun(due=due, moved=moved, conflicts=conflicts, complete=False)
            customers = page[start : start + COMMIT_SIZE]
            written = _commit(store, organizations, customers, now, failed)
            moved += written
            conflicts += len(customers) - written
    return AgeingRun(due=due, moved=moved, conflicts=conflicts, complete=True)


def _commit(
    store: DueCustomers,
    organizations: Organizations,
    customers: Sequence[Stored[Customer]],
    now: datetime,
    failed: set[str],
) -> int:
    """How many were written. Organisations whose settings cannot be read come to be in `failed`."""
    commit, aged = Commit(recorded_at=now), 0
    for stored in customers:
        aged += _age(stored, organizations, commit, failed)
    if not aged:
        return 0
    commit.counters = commit.counters.without_zeros()
    try:
        store.commit(commit)
    except (ConflictError, UnstorableError):
        # One by one, so that one customer holds up nobody else.
        if len(customers) == 1:
            return 0
        return sum(_commit(store, organizations, [one], now, failed) for one in customers)
    return aged


def _age(
    stored: Stored[Customer], organizations: Organizations, commit: Commit, failed: set[str]
) -> bool:
    """Whether the customer's steps were added: what is wrong with one holds up nobody else."""
    before, now = stored.value, commit.recorded_at
    assert before is not None
    assert now is not None
    org_id = before.id.org_id
    if org_id in failed:
        return False
    try:
        moment = settings_for(organizations, org_id, [before]).moment(now)
    except Exception:
        logs.ageing_failed(org_id)
        failed.add(org_id)
        return False
    try:
        after, steps = age(before, moment, now)
    except Exception:
        logs.ageing_failed(org_id)
        return False
    commit.move(stored, after, steps, moment)
    return True
