"""A task queue in memory, whose tasks run when a test says so."""

from collections.abc import Callable
from threading import Lock

from shared.nightly.dispatch import Task


class MemoryQueue:
    """See `shared.nightly.dispatch.TaskQueue`. Takes each name once, for ever."""

    def __init__(self) -> None:
        self.waiting: list[Task] = []
        self._names: set[str] = set()
        self._lock = Lock()

    def enqueue(self, task: Task) -> bool:
        """Add a task to those that wait."""
        with self._lock:
            if task.name in self._names:
                return False
            self._names.add(task.name)
            self.waiting.append(task)
            return True

    def run(self, work: Callable[[Task], object]) -> list[Task]:
        """Run what waits, and what that enqueues; gives the tasks in their order."""
        done = []
        while self.waiting:
            task = self.waiting.pop(0)
            work(task)
            done.append(task)
        return done
