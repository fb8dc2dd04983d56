"""The state of jobs in memory, with the preconditions of the real store."""

from shared.kernel.errors import ConflictError
from shared.nightly.job_run import JobState


class MemoryJobs:
    """See `shared.nightly.job_run.JobStore`."""

    def __init__(self) -> None:
        self.states: dict[str, tuple[JobState, int]] = {}

    def load(self, name: str) -> tuple[JobState | None, object]:
        """The state, with the number of times it was saved as its revision."""
        return self.states.get(name, (None, None))

    def save(self, state: JobState, revision: object) -> object:
        """Save a state; refuses one read before another save."""
        stored = self.states.get(state.name)
        if (stored and stored[1]) != revision:
            raise ConflictError("changed")
        number = 1 + (stored[1] if stored else 0)
        self.states[state.name] = state, number
        return number
