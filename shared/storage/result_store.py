"""Results of scheduled computations: one document of state, and the entries in chunks.

Context: a result may be larger than a document, a run may be ended at any point, and a dashboard
reads while the next result is being written.

Decision: the chunks of a result carry its generation in their ids and are written first; the state
that names the generation is written last, and is all that makes the new one the one that is read.
So a reader sees one generation or the other as a whole, and a run that was ended left nothing that
is read. The chunks of the generation before stay until the next one, for those who are reading
them; all older ones are deleted. The state holds the first key of each chunk, so that a page reads
only the chunks that it shows.

A night and a person may compute the same result at once. Generations are in the order in which
their attempts began. Nobody deletes chunks of one that began after what was published last, since
it may be on its way, and the state is written only as it was read: where it has changed, the one
that began later stays.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from google.cloud import firestore

from shared.back_off import back_off_seconds
from shared.computing.compute import Attempt
from shared.computing.result import KEY, Result, ResultState, ResultStatus
from shared.errors import ContentionError, UnavailableError
from shared.storage import paths
from shared.storage.changes import touch
from shared.storage.document_size import stored_bytes
from shared.storage.firestore_ledger_store import CONFLICTS
from shared.storage.ledger_codec import plain_instant
from shared.storage.page_reads import READ_LIMITS
from shared.storage.snapshots import Snapshot, content

CHUNK_BYTES = 600_000
"""Firestore takes 1 MiB per document."""
ENTRIES = "entries"
COMMIT_SIZE = 400
"""Failures noted at once."""
MAX_ATTEMPTS = 5

Entry = Mapping[str, Any]


class ResultWriter:
    """Writes the results of any organisation."""

    def __init__(
        self, client: firestore.Client, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._sleep = sleep

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result, unless an attempt that began later has done so.

        One read, and one write per chunk and for the state. Beside them a read and a delete for
        each chunk of the generation before the last one. Raises ContentionError where the state
        keeps changing.
        """
        chunks = list(_chunks(result.entries))
        folder = self._client.collection(paths.result_chunks(org_id, result.name))
        state = self._client.document(paths.result(org_id, result.name))
        stored = state.get()
        for number, entries in enumerate(chunks):
            folder.document(_chunk_id(attempt.generation, number)).set({ENTRIES: entries})
        document = {
            "status": ResultStatus.READY.value,
            "attempted_at": attempt.computed_at,
            "computed_at": attempt.computed_at,
            "stale_at": attempt.computed_at + result.fresh_for,
            "source_rows": source_rows,
            "lag_seconds": max(0, int((attempt.computed_at - attempt.due_at).total_seconds())),
            "last_error": None,
            "generation": attempt.generation,
            "first_keys": [entries[0][KEY] for entries in chunks],
            "summary": dict(result.summary),
        }
        for number in range(1, MAX_ATTEMPTS + 1):
            before = content(stored).get("generation") or ""
            try:
                self._replace(stored, document)
                break
            except CONFLICTS:
                self._sleep(back_off_seconds(number))
                stored = state.get()
                if (content(stored).get("generation") or "") > attempt.generation:
                    for chunk in range(len(chunks)):
                        folder.document(_chunk_id(attempt.generation, chunk)).delete()
                    return
        else:
            raise ContentionError("The result keeps changing.")
        for chunk in folder.list_documents():
            if chunk.id.rpartition("_")[0] < before:
                chunk.delete()

    def _replace(self, stored: Snapshot, document: Mapping[str, Any]) -> None:
        if stored.exists:
            unchanged = self._client.write_option(last_update_time=stored.update_time)
            stored.reference.update(document, option=unchanged)
        else:
            stored.reference.create(document)

    def fail(self, org_id: str, name: str, attempt: Attempt, error: str) -> None:
        """Note a failure beside what was computed before: one write."""
        self.fail_many([org_id], name, attempt, error)

    def fail_many(self, org_ids: Iterable[str], name: str, attempt: Attempt, error: str) -> None:
        """Note the same failure for several organisations: one write each."""
        failure = {
            "status": ResultStatus.FAILED.value,
            "attempted_at": attempt.computed_at,
            "last_error": error,
        }
        waiting = iter(org_ids)
        while part := list(islice(waiting, COMMIT_SIZE)):
            batch = self._client.batch()
            for org_id in part:
                batch.set(self._client.document(paths.result(org_id, name)), failure, merge=True)
            batch.commit()

    def changed(self, org_id: str) -> None:
        """Have the organisation's pages made anew: one write."""
        touch(self._client, org_id)


class ResultReader:
    """Reads the results of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def state(self, name: str) -> ResultState | None:
        """What is known about a result; None where it was never attempted. One read."""
        snapshot = self._client.document(paths.result(self._org_id, name)).get(**READ_LIMITS)
        return _state(name, snapshot) if snapshot.exists else None

    def entries(
        self, state: ResultState, *, first_key: str | None = None, last_key: str | None = None
    ) -> list[dict[str, Any]]:
        """Entries in order, from one key to another, both included; all where left out.

        One read per chunk that may hold such a key. Raises UnavailableError where the result was
        replaced twice since its state was read.
        """
        first = 0 if first_key is None else max(0, bisect_right(state.first_keys, first_key) - 1)
        last = (
            len(state.first_keys) if last_key is None else bisect_right(state.first_keys, last_key)
        )
        folder = self._client.collection(paths.result_chunks(self._org_id, state.name))
        references = [
            folder.document(_chunk_id(state.generation or "", number))
            for number in range(first, last)
        ]
        found = {
            snapshot.id: snapshot
            for snapshot in (self._client.get_all(references, **READ_LIMITS) if references else ())
        }
        entries: list[dict[str, Any]] = []
        for reference in references:
            snapshot = found[reference.id]
            if not snapshot.exists:
                raise UnavailableError("The result is being replaced: try again.")
            entries += content(snapshot)[ENTRIES]
        return [
            entry
            for entry in entries
            if (first_key is None or entry[KEY] >= first_key)
            and (last_key is None or entry[KEY] <= last_key)
        ]


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        bytes_more = stored_bytes(entry)
        if chunk and size + bytes_more > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += bytes_more
    if chunk:
        yield chunk


def _chunk_id(generation: str, number: int) -> str:
    return f"{generation}_{number:04}"


def _state(name: str, snapshot: Snapshot) -> ResultState:
    document = content(snapshot)
    return ResultState(
        name=name,
        status=ResultStatus(document["status"]),
        attempted_at=plain_instant(document["attempted_at"]),
        computed_at=_optional(document, "computed_at"),
        stale_at=_optional(document, "stale_at"),
        source_rows=document.get("source_rows"),
        lag_seconds=document.get("lag_seconds"),
        last_error=document.get("last_error"),
        generation=document.get("generation"),
        first_keys=tuple(document.get("first_keys", ())),
        summary=document.get("summary", {}),
    )


def _optional(document: Mapping[str, Any], name: str) -> Any:
    value = document.get(name)
    return plain_instant(value) if value is not None else None
