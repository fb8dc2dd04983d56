"""The state of scheduled jobs, and of tasks."""

from dataclasses import asdict
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.snapshots import content
from shared.firestore.values import optional_instant, plain_instant
from shared.nightly.job_run import JobState, JobStatus


class FirestoreJobs:
    """See `shared.nightly.job_run.JobStore`.

    Those of the installation, or with `org_id` what the tasks of one organisation have done.
    """

    def __init__(self, client: firestore.Client, org_id: str | None = None) -> None:
        self._client = client
        self._org_id = org_id

    def load(self, name: str) -> tuple[JobState | None, object]:
        """One read."""
        snapshot = self._reference(name).get()
        if not snapshot.exists:
            return None, None
        document = content(snapshot)
        state = JobState(
            name=name,
            due_at=plain_instant(document["due_at"]),
            status=JobStatus(document["status"]),
            started_at=plain_instant(document["started_at"]),
            lease_until=optional_instant(document["lease_until"]),
            failures=document["failures"],
            # Version 0.3 does not say these two.
            part=document.get("part", 0),
            attempt=document.get("attempt", 1),
            cursor=document["cursor"],
            computed_at=optional_instant(document["computed_at"]),
            source_rows=document["source_rows"],
            lag_seconds=document["lag_seconds"],
            last_error=document["last_error"],
        )
        return state, snapshot.update_time

    def save(self, state: JobState, revision: object) -> object:
        """One write."""
        reference = self._reference(state.name)
        document: dict[str, Any] = {**asdict(state), "status": state.status.value}
        batch = self._client.batch()
        put(batch, reference, document, revision=revision)
        (result,) = commit_batch(batch, "The job has progressed meanwhile.")
        return result.update_time

    def _reference(self, name: str) -> firestore.DocumentReference:
        path = paths.job(name) if self._org_id is None else paths.task(self._org_id, name)
        return self._client.document(path)
