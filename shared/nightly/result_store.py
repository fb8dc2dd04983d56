"""Results of scheduled computations: one document of state, and the entries in chunks.

Context: a result may be larger than a document, a run may be ended at any point, and a dashboard
reads while the next result is being written.

Decision: the chunks of a result carry its generation in their ids, and the state names the
generation to read. Chunks and state are written in one commit, so a reader sees one generation or
the other as a whole. The chunks of the previous generation stay until the next one, for readers in
progress. The state holds their numbers, so that deleting them takes no search. It holds the first
key of each chunk, too, so that a page reads only the chunks that it shows.

A result that does not fit into one commit is recorded in the state as unfinished before its chunks
are written; the state that makes it current is written last. A run killed in between leaves nothing
that is read, and its chunks are deleted once a later attempt has become the previous generation.

A night and a person may compute the same result at once. The state is written under a precondition:
if it has changed, the result as of the later instant stays, and of two as of the same instant that
of the attempt that began later.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import touch
from shared.firestore.commits import commit_batch, put
from shared.firestore.document_size import stored_bytes
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.kernel.errors import ConflictError, ContentionError, UnsettledError
from shared.kernel.parts import parts
from shared.kernel.retries import retry_conflicts
from shared.nightly.job_run import ENDED
from shared.nightly.result import KEY, Attempt, Result, ResultState, ResultStatus

CHUNK_BYTES = 600_000
"""Firestore takes 1 MiB per document."""
ENTRIES = "entries"
PREVIOUS = "previous"
"""Field of a state: the generation before, and the number of its chunks."""
UNFINISHED = "unfinished"
"""Field of a state: further generations that may have chunks, with their numbers."""
COMMIT_CHUNKS = 3
"""Written at once. Firestore takes requests of 10 MiB and its emulator those of 4 MiB, in which
values may take twice their space."""
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
        self._states: dict[str, Snapshot] = {}

    def outdated(self, org_id: str, names: Iterable[str], attempt: Attempt) -> list[str]:
        """Return those of an organisation's results that are older than the attempt.

        One read each, in one call; publishing them reads no more.
        """
        references = [self._client.document(paths.result(org_id, name)) for name in names]
        snapshots = {
            snapshot.reference.path: snapshot for snapshot in self._client.get_all(references)
        }
        self._states |= snapshots
        return [
            reference.id
            for reference in references
            if not _is_current(snapshots[reference.path], attempt)
        ]

    def state(self, org_id: str, name: str) -> ResultState | None:
        """State of a result, as `outdated` has just read it, or read now."""
        path = paths.result(org_id, name)
        snapshot = self._states.get(path) or self._client.document(path).get()
        return _state(name, snapshot) if snapshot.exists else None

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result, unless the stored one is newer.

        One read, and one commit with a write per chunk and for the state, and a delete per chunk of
        the generation before the last one; further commits where there are more than COMMIT_CHUNKS.
        Raises ContentionError if the state keeps changing.
        """
        state = self._client.document(paths.result(org_id, result.name))
        stored = self._states.pop(state.path, None) or state.get()
        if _is_newer(stored, attempt):
            return
        new = _New(self._client, org_id, result, attempt, source_rows)
        if new.is_large:
            self._write_ahead(new, stored)
            stored = state.get()

        def replace_older() -> None:
            nonlocal stored
            if _is_newer(stored, attempt):
                self._delete_unfinished(new)
                return
            try:
                self._replace(stored, new)
            except ConflictError:
                stored = state.get()
                raise

        retry_conflicts(replace_older, attempts=MAX_ATTEMPTS, sleep=self._sleep, what="a result")

    def _write_ahead(self, new: "_New", stored: Snapshot) -> None:
        """Write the chunks of a large result, after recording them for deletion."""
        attempt = new.attempt
        note: dict[str, Any] = {UNFINISHED: {attempt.generation: len(new.chunks)}}
        if not stored.exists:
            note |= _failure(attempt, ENDED)
        stored.reference.set(note, merge=True)
        for part in parts(new.chunks.items(), COMMIT_CHUNKS):
            batch = self._client.batch()
            for reference, entries in part:
                batch.set(reference, entries)
            batch.commit()

    def _replace(self, stored: Snapshot, new: "_New") -> None:
        before = content(stored)
        unfinished = dict(before.get(UNFINISHED, {}))
        if new.is_large and not unfinished.pop(new.attempt.generation, None):
            raise ContentionError("The chunks were deleted meanwhile.")
        generation = before.get("generation") or ""
        # What began after it may be on its way.
        abandoned = {name: count for name, count in unfinished.items() if name < generation}
        document = {
            **new.state,
            PREVIOUS: {generation: len(before["first_keys"])} if generation else {},
            UNFINISHED: {name: n for name, n in unfinished.items() if name not in abandoned},
        }
        batch = self._client.batch()
        if not new.is_large:
            for reference, entries in new.chunks.items():
                batch.set(reference, entries)
        for reference in self._older(new.folder, before, abandoned):
            if reference not in new.chunks:
                batch.delete(reference)
        put(batch, stored.reference, document, revision=stored.update_time)
        commit_batch(batch)

    def _older(
        self,
        folder: firestore.CollectionReference,
        before: Mapping[str, Any],
        unfinished: Mapping[str, int],
    ) -> list[firestore.DocumentReference]:
        """Return the chunks to delete when a state is replaced."""
        if before.get("generation") and PREVIOUS not in before:
            # Version 0.3 does not say.
            return [
                chunk
                for chunk in folder.list_documents()
                if chunk.id.rpartition("_")[0] < before["generation"]
            ]
        generations = {**before.get(PREVIOUS, {}), **unfinished}
        return [
            folder.document(_chunk_id(generation, number))
            for generation, chunks in generations.items()
            for number in range(chunks)
        ]

    def _delete_unfinished(self, new: "_New") -> None:
        """Delete the chunks written ahead."""
        if new.is_large:
            batch = self._client.batch()
            for reference in new.chunks:
                batch.delete(reference)
            batch.commit()

    def fail(self, org_id: str, name: str, attempt: Attempt, error: str) -> None:
        """Record a failure beside the earlier result: one write."""
        self.fail_all(org_id, [name], attempt, error)

    def fail_all(self, org_id: str, names: Iterable[str], attempt: Attempt, error: str) -> None:
        """Note the same failure of several results: one write each, in one commit."""
        self._fail((paths.result(org_id, name) for name in names), attempt, error)

    def fail_many(self, org_ids: Iterable[str], name: str, attempt: Attempt, error: str) -> None:
        """Note the same failure for several organisations: one write each."""
        self._fail((paths.result(org_id, name) for org_id in org_ids), attempt, error)

    def _fail(self, results: Iterable[str], attempt: Attempt, error: str) -> None:
        for part in parts(results, COMMIT_SIZE):
            batch = self._client.batch()
            for path in part:
                batch.set(self._client.document(path), _failure(attempt, error), merge=True)
            batch.commit()

    def invalidate(self, org_id: str) -> None:
        """Invalidate the organisation's cached responses: one write."""
        touch(self._client, org_id)


class _New:
    """A result that is to replace the one before."""

    def __init__(
        self,
        client: firestore.Client,
        org_id: str,
        result: Result,
        attempt: Attempt,
        source_rows: int,
    ) -> None:
        chunks = list(_chunks(result.entries))
        self.attempt = attempt
        self.folder = client.collection(paths.result_chunks(org_id, result.name))
        self.chunks: Mapping[firestore.DocumentReference, dict[str, Any]] = {
            self.folder.document(_chunk_id(attempt.generation, number)): {ENTRIES: entries}
            for number, entries in enumerate(chunks)
        }
        self.is_large = len(chunks) > COMMIT_CHUNKS
        self.state: Mapping[str, Any] = {
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


class ResultReader:
    """Reads the results of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def state(self, name: str) -> ResultState | None:
        """State of a result; None if it was never attempted. One read."""
        snapshot = self._client.document(paths.result(self._org_id, name)).get(**READ_LIMITS)
        return _state(name, snapshot) if snapshot.exists else None

    def keys(self, state: ResultState) -> Iterator[str]:
        """The keys of all entries: a read per chunk, one chunk in memory at a time.

        Raises UnsettledError if a chunk is gone.
        """
        folder = self._client.collection(paths.result_chunks(self._org_id, state.name))
        for number in range(len(state.first_keys)):
            chunk = folder.document(_chunk_id(state.generation or "", number)).get(**READ_LIMITS)
            if not chunk.exists:
                raise UnsettledError("Part of the result is missing.")
            yield from (entry[KEY] for entry in content(chunk)[ENTRIES])

    def entries(
        self, state: ResultState, *, first_key: str | None = None, last_key: str | None = None
    ) -> list[dict[str, Any]]:
        """Entries in order, from one key to another, both included; all if omitted.

        One read per chunk that may hold such a key. Raises UnsettledError if the result was
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
        snapshots = {
            snapshot.id: snapshot
            for snapshot in (self._client.get_all(references, **READ_LIMITS) if references else ())
        }
        entries: list[dict[str, Any]] = []
        for reference in references:
            snapshot = snapshots[reference.id]
            if not snapshot.exists:
                raise UnsettledError("The result is being replaced: retry.")
            entries += content(snapshot)[ENTRIES]
        return [
            entry
            for entry in entries
            if (first_key is None or entry[KEY] >= first_key)
            and (last_key is None or entry[KEY] <= last_key)
        ]


def _is_newer(stored: Snapshot, attempt: Attempt) -> bool:
    """Whether a stored result is as of a later instant, or of a later attempt at the same."""
    document = content(stored)
    computed_at: datetime | None = _optional(document, "computed_at")
    return computed_at is not None and (computed_at, document["generation"]) > (
        attempt.computed_at,
        attempt.generation,
    )


def _is_current(stored: Snapshot, attempt: Attempt) -> bool:
    """Whether a stored result is as of the attempt's instant or a later one, and did not fail."""
    document = content(stored)
    computed_at: datetime | None = _optional(document, "computed_at")
    return (
        computed_at is not None
        and computed_at >= attempt.computed_at
        and document["status"] == ResultStatus.READY.value
    )


def _failure(attempt: Attempt, error: str) -> dict[str, Any]:
    return {
        "status": ResultStatus.FAILED.value,
        "attempted_at": attempt.computed_at,
        "last_error": error,
    }


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
