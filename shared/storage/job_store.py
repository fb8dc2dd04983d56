"""The state of scheduled jobs."""

from dataclasses import asdict
from typing import Any

from google.cloud import firestore

from shared.computing.job import JobState, JobStatus
from shared.errors import ConflictError
from shared.storage import paths
from shared.storage.customer_codec import optional_instant
from shared.storage.firestore_ledger_store import CONFLICTS
from shared.storage.ledger_codec import plain_instant
from shared.storage.snapshots import content


class FirestoreJobs:
    """See `shared.computing.job.JobStore`."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def load(self, name: str) -> tuple[JobState | None, object]:
        """One read."""
        snapshot = self._client.document(paths.job(name)).get()
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
            cursor=document["cursor"],
            computed_at=optional_instant(document["computed_at"]),
            source_rows=document["source_rows"],
            lag_seconds=document["lag_seconds"],
            last_error=document["last_error"],
        )
        return state, snapshot.update_time

    def save(self, state: JobState, revision: object) -> object:
        """One write."""
        reference = self._client.document(paths.job(state.name))
        document: dict[str, Any] = {**asdict(state), "status": state.status.value}
        batch = self._client.batch()
        if revision is None:
            batch.create(reference, document)
        else:
            option = self._client.write_option(last_update_time=revision)
            batch.update(reference, document, option=option)
        try:
            (written,) = batch.commit()
        except CONFLICTS as error:
            raise ConflictError("The job has gone on meanwhile.") from error
        return written.update_time
