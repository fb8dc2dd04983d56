"""Hand each organisation's work to a task of its own.

A scheduled function only dispatches: it enqueues one task per organisation that is due, and the
queue runs them, many at once, each with retries. A task is named by its queue, its scheduled time
and its organisation, and a queue takes a name once, so dispatching again after a failure enqueues
what is missing. A queue forgets names some time after a task is done: `shared.nightly.attempt`
keeps a task from running twice even then.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from hashlib import sha256
from typing import Any, Protocol

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidTaskError, QueueError
from shared.kernel.organization_ids import valid_organization_id
from shared.kernel.parts import parts
from shared.kernel.retries import retry

THREADS = 10
"""Calls to the queue at once: as many as its client keeps connections for."""
MAX_ATTEMPTS = 3
"""Attempts at a task before it counts as failed; the client repeats calls, too."""
PART = 500
"""Tasks between two checks of the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The work of one queue for one organisation and one scheduled time."""

    queue: str
    """Name of the queue and of the function that runs its tasks."""
    org_id: str
    due_at: datetime
    """The scheduled time."""
    part: int = 0
    """0, and one more for each further task of the same time."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Further arguments of the work; no part of the name."""

    @property
    def name(self) -> str:
        """Id of the task, equal for equal work: letters, digits, `-` and `_`, at most 500.

        Begins with a hash, since a queue is slow with names in a sequence. The organisation is in
        the hash alone: its id may hold characters that a name may not.

        >>> Task(queue="q", org_id="org_1", due_at=datetime(2026, 3, 1, 1, tzinfo=UTC)).name
        '5e4d5eca668aa9c4c995-q-20260301T010000000000Z-0'
        """
        due_at = self.due_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        identity = "\n".join((self.queue, due_at, str(self.part), self.org_id))
        return f"{sha256(identity.encode()).hexdigest()[:20]}-{self.queue}-{due_at}-{self.part}"

    def next_part(self) -> "Task":
        """The task that continues where this one stops."""
        return replace(self, part=self.part + 1)

    def detail(self, name: str) -> str:
        """One of the details. Raises InvalidTaskError naming it where it is missing."""
        try:
            return self.details[name]
        except KeyError:
            raise InvalidTaskError(f"details.{name}", "is missing") from None

    def instant(self, name: str) -> datetime:
        """One of the details that is an instant. Raises InvalidTaskError naming it."""
        return _instant(self.detail(name), f"details.{name}")

    def as_data(self) -> dict[str, Any]:
        """The JSON that the queue passes to the function."""
        return {
            "org_id": self.org_id,
            "due_at": self.due_at.isoformat(),
            "part": self.part,
            "details": dict(self.details),
        }


def task_from(queue: str, data: object) -> Task:
    """The task behind what `as_data` made. Raises InvalidTaskError naming the field."""
    if not isinstance(data, Mapping):
        raise InvalidTaskError("data", "must be an object")
    unknown = data.keys() - {"org_id", "due_at", "part", "details"}
    if unknown:
        raise InvalidTaskError(str(min(unknown, key=str)), "is not a field of a task")
    org_id, part, details = data.get("org_id"), data.get("part", 0), data.get("details", {})
    if not isinstance(org_id, str) or not valid_organization_id(org_id):
        raise InvalidTaskError("org_id", "must be the id of an organisation")
    if type(part) is not int or part < 0:
        raise InvalidTaskError("part", "must be a whole number from 0")
    if not isinstance(details, Mapping) or not all(
        isinstance(text, str) for item in details.items() for text in item
    ):
        raise InvalidTaskError("details", "must be an object of strings")
    return Task(
        queue=queue,
        org_id=org_id,
        due_at=_instant(data.get("due_at"), "due_at"),
        part=part,
        details=dict(details),
    )


def _instant(value: object, name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidTaskError(name, "must be an instant with an offset, in ISO 8601")
    return instant


class TaskQueue(Protocol):
    """Runs each task that it is given, at least once."""

    def enqueue(self, task: Task) -> bool:
        """Add a task; False if one of its name is there, or was a short time ago.

        Raises QueueError if the queue does not take it. Safe to be called by several threads.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOutcome:
    """Number of tasks that a queue accepted."""

    enqueued: int = 0
    existing: int = 0
    """Enqueued before under the same name."""
    failed: int = 0
    """Not taken by the queue, after MAX_ATTEMPTS."""
    in_time: bool = True
    """False if the time allowed ended before all were handed over."""

    @property
    def complete(self) -> bool:
        """Whether every task is enqueued."""
        return self.in_time and not self.failed

    def plus(self, other: "DispatchOutcome") -> "DispatchOutcome":
        """Both together."""
        return DispatchOutcome(
            enqueued=self.enqueued + other.enqueued,
            existing=self.existing + other.existing,
            failed=self.failed + other.failed,
            in_time=self.in_time and other.in_time,
        )


def dispatch(
    queue: TaskQueue,
    name: str,
    tasks: Iterable[Task],
    *,
    clock: Clock,
    stop_at: datetime,
    sleep: Callable[[float], None] = time.sleep,
) -> DispatchOutcome:
    """Enqueue all tasks, THREADS at once, until `stop_at`, and log it under the queue's name.

    A refused one does not delay others. The tasks are made as they are enqueued, by the calling
    thread, so that any number of them takes little memory.
    """

    def enqueue(task: Task) -> DispatchOutcome:
        try:
            accepted = retry(
                lambda: queue.enqueue(task), on=QueueError, attempts=MAX_ATTEMPTS, sleep=sleep
            )
        except QueueError:
            logs.task_not_enqueued(task.queue, task.org_id)
            return DispatchOutcome(failed=1)
        return DispatchOutcome(enqueued=int(accepted), existing=int(not accepted))

    outcome = DispatchOutcome()
    with ThreadPoolExecutor(THREADS) as pool:
        for part in parts(tasks, PART):
            if clock() >= stop_at:
                outcome = replace(outcome, in_time=False)
                break
            outcome = reduce(DispatchOutcome.plus, pool.map(enqueue, part), outcome)
    logs.tasks_dispatched(
        name, enqueued=outcome.enqueued, existing=outcome.existing, failed=outcome.failed
    )
    return outcome
