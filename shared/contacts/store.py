"""Contact points in Firestore, kept by reconciling the dashboard's `customers` documents.

Like orders: a document is compared with the entries last recorded from it, and one commit brings
both up to date, each with a precondition on what was read. Deliveries may come twice, late and in
any order. The ledger of documents (`contact_ledger`) holds the version it has seen, so that an
older one never replaces it.

Costs 2 reads and one per address that the document has or had, and no write for a repeated
delivery, one for an edit that says nothing new, and one per address beside it for one that does.
"""

import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.contacts.contact_point import ContactPoint, Statement, statement_of
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_codec import (
    point_document,
    statement_document,
    stored_point,
    stored_statement,
)
from shared.contacts.profile import (
    PROFILE_FIELDS,
    Channel,
    Profile,
    claimed_org,
    id_template,
    read_profile,
    witnessed_grants,
)
from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.firestore.values import optional_instant, plain_instant
from shared.kernel.errors import ConflictError
from shared.kernel.retries import retry_conflicts
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.ports import Organizations

PAGE_SIZE = 500
_UNREADABLE = object()
"""Placeholder for a field that cannot be decoded: a value of no valid type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWrite:
    """One write of a document, from its event; None if there was no document."""

    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcome:
    """Result of recording a document."""

    org_id: str | None
    document_key: str
    points_written: int
    ledger_written: bool


@dataclass(frozen=True, slots=True)
class _Source:
    data: Mapping[str, object] | None
    version: datetime
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """Statement last recorded from one channel of a document."""

    point: str | None
    statement: Statement


class ContactRecorder:
    """Keeps contact points. Raises ContentionError, UnreadableRulesError and what Firestore raises.

    Nothing in a document makes it raise.
    """

    def __init__(
        self,
        client: firestore.Client,
        organizations: Organizations,
        secret: bytes,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._organizations = organizations
        self._keyer = ContactKeyer(secret)
        self._sleep = sleep

    def record(self, profile_id: str, document_write: DocumentWrite | None = None) -> RecordOutcome:
        """Bring the contact points of one document up to date.

        `document_write` is the write behind the call, if known: it alone dates a consent exactly.
        """
        return retry_conflicts(lambda: self._record(profile_id, document_write), sleep=self._sleep)

    def _record(self, profile_id: str, document_write: DocumentWrite | None) -> RecordOutcome:
        document_key = self._keyer.document(profile_id)
        source = self._source(profile_id)
        ledger = self._client.document(paths.contact_ledger(document_key)).get()
        entry = content(ledger)
        seen_version = optional_instant(entry.get("source_version"))
        if seen_version is not None and seen_version > source.version:
            raise ConflictError("A newer version of the document has been seen.")
        org_id = self._organization(source.data)
        entries = self._entries(profile_id, org_id, source, entry, seen_version, document_write)
        old_org, old_entries = entry.get("org_id"), _entries_of(entry)
        points = self._points(org_id, entries, old_org, old_entries)
        batch = self._client.batch()
        points_changed = self._change_points(batch, document_key, points, org_id, entries)
        document = _ledger_document(org_id, source, entries)
        ledger_written = document != entry
        if not ledger_written and not points_changed:
            return RecordOutcome(
                org_id=org_id, document_key=document_key, points_written=0, ledger_written=False
            )
        self._put(batch, ledger, document)
        commit_batch(batch)
        return RecordOutcome(
            org_id=org_id,
            document_key=document_key,
            points_written=points_changed,
            ledger_written=True,
        )

    def _source(self, profile_id: str) -> _Source:
        """Return the current document, read before the ledger, so that it is never older."""
        reference = self._client.document(paths.PROFILES, profile_id)
        snapshot = decodable(self._client, [reference], PROFILE_FIELDS).get(reference)
        data: Mapping[str, object] | None
        if snapshot is None:
            # Field by field: what cannot be decoded is there, and is not what it should be.
            data = {}
            for name in PROFILE_FIELDS:
                one = decodable(self._client, [reference], [name]).get(reference)
                data = {**data, **(content(one) if one else {name: _UNREADABLE})}
            snapshot = reference.get(["__name__"])
        else:
            data = snapshot.to_dict() if snapshot.exists else None
        if not snapshot.exists:
            return _Source(None, plain_instant(snapshot.read_time), None)
        return _Source(
            data, plain_instant(snapshot.update_time), plain_instant(snapshot.create_time)
        )

    def _organization(self, data: Mapping[str, object] | None) -> str | None:
        claimed_org_id = claimed_org(data) if data is not None else None
        return None if claimed_org_id is None else self._organizations.resolve(claimed_org_id)

    def _entries(
        self,
        profile_id: str,
        org_id: str | None,
        source: _Source,
        ledger_document: Mapping[str, Any],
        seen_version: datetime | None,
        document_write: DocumentWrite | None,
    ) -> dict[Channel, _Entry]:
        """Return the document's statements, by channel; empty if it is gone or names no
        organisation."""
        if org_id is None or source.data is None or source.created_at is None:
            return {}
        settings = self._organizations.settings(org_id)
        profile = _profile(source.data, settings)
        grants = self._grants(org_id, settings, document_write)
        known_from = seen_version
        if known_from is None:
            known_from = min(source.created_at, profile.created_at or source.created_at)
        # What another organisation's document said is not this one's to know.
        before = _entries_of(ledger_document) if ledger_document.get("org_id") == org_id else {}
        entries = {}
        for channel, details in profile.channels.items():
            granted_to, granted_at = grants.get(channel, (None, None))
            entry = before.get(channel)
            statement = statement_of(
                details,
                entry.statement if entry else None,
                version=source.version,
                known_from=known_from,
                granted_at=granted_at if granted_to == details.address else None,
                archived=profile.archived,
                test=profile.test,
                id_template=id_template(profile_id, profile),
            )
            point = None
            if details.address is not None:
                point = self._keyer.point(org_id, channel, details.address)
            entries[channel] = _Entry(point, statement)
        return entries

    def _grants(
        self, org_id: str, settings: OrganizationSettings, document_write: DocumentWrite | None
    ) -> dict[Channel, tuple[str, datetime]]:
        if document_write is None or self._organization(document_write.after) != org_id:
            return {}
        before = (
            _profile(document_write.before, settings) if document_write.before is not None else None
        )
        after = (
            _profile(document_write.after, settings) if document_write.after is not None else None
        )
        return witnessed_grants(before, after, document_write.at)

    def _points(
        self,
        org_id: str | None,
        entries: Mapping[Channel, _Entry],
        old_org: str | None,
        old_entries: Mapping[Channel, _Entry],
    ) -> list[tuple[str, Channel, Snapshot]]:
        """Return every point that the document has or had, as stored."""
        channels: dict[firestore.DocumentReference, tuple[str, Channel]] = {}
        for org, some in ((old_org, old_entries), (org_id, entries)):
            for channel, entry in some.items():
                if org is not None and entry.point is not None:
                    path = paths.contact_point(org, entry.point)
                    channels[self._client.document(path)] = (org, channel)
        if not channels:
            return []
        snapshots = self._client.get_all(list(channels))
        return [(*channels[each.reference], each) for each in snapshots]

    def _change_points(
        self,
        batch: firestore.WriteBatch,
        document_key: str,
        points: Sequence[tuple[str, Channel, Snapshot]],
        org_id: str | None,
        entries: Mapping[Channel, _Entry],
    ) -> int:
        """Add the writes of changed points; returns their number."""
        points_changed = 0
        for org, channel, snapshot in points:
            before = stored_point(snapshot) or ContactPoint(org_id=org, channel=channel)
            entry = entries.get(channel)
            says = entry is not None and org == org_id and entry.point == snapshot.id
            after = before.with_statement(
                document_key, entry.statement if entry is not None and says else None
            )
            if after != before:
                self._put(batch, snapshot, point_document(after))
                points_changed += 1
        return points_changed

    def _put(self, batch: firestore.WriteBatch, stored: Snapshot, document: dict[str, Any]) -> None:
        put(batch, stored.reference, document, revision=stored.update_time)

    def forget_deleted(self, seen_keys: Container[str], before: datetime) -> int:
        """Take back the statements of deleted documents; returns their number.

        `seen_keys` are those of all documents of all organisations, found after `before`, an
        instant of the server's clock. One read per entry of the ledger.
        """
        documents_forgotten = 0
        ledger = self._client.collection(paths.CONTACT_LEDGER).order_by("__name__")
        for snapshot in in_chunks(ledger, None):
            entry = content(snapshot)
            is_deleted = snapshot.id not in seen_keys and entry["exists"]
            if is_deleted and plain_instant(entry["source_version"]) < before:
                documents_forgotten += self._forget(snapshot, before)
        return documents_forgotten

    def server_time(self) -> datetime:
        """The server's time: one read."""
        return plain_instant(self._client.document(paths.contact_ledger("none")).get().read_time)

    def _forget(self, ledger: Snapshot, at: datetime) -> int:
        entry = content(ledger)
        points = self._points(None, {}, entry["org_id"], _entries_of(entry))
        batch = self._client.batch()
        self._change_points(batch, ledger.id, points, None, {})
        self._put(batch, ledger, _ledger_document(None, _Source(None, at, None), {}))
        try:
            commit_batch(batch)
        except ConflictError:
            return 0  # Written meanwhile, by somebody who saw more.
        return 1


def profile_ids(client: firestore.Client, claimed_ids: Iterable[str] | None) -> Iterator[str]:
    """Ids of the dashboard's customers, of all or of these organisations and aliases.

    One read each.
    """
    collection = client.collection(paths.PROFILES)
    if claimed_ids is None:
        queries = [collection.order_by("__name__")]
    else:
        queries = [
            collection.where(filter=firestore.FieldFilter("orgId", "==", claimed_id))
            for claimed_id in claimed_ids
        ]
    for query in queries:
        for snapshot in in_chunks(query.select(["__name__"]), None, PAGE_SIZE):
            yield snapshot.id


def _profile(data: Mapping[str, object], settings: OrganizationSettings) -> Profile:
    return read_profile(data, time_zone=settings.time_zone, placeholders=settings.placeholders)


def _ledger_document(
    org_id: str | None, source: _Source, entries: Mapping[Channel, _Entry]
) -> dict[str, Any]:
    return {
        "org_id": org_id,
        "exists": source.data is not None,
        "source_version": source.version,
        "channels": {
            channel.value: {"point": entry.point, "statement": statement_document(entry.statement)}
            for channel, entry in entries.items()
        },
    }


def _entries_of(ledger: Mapping[str, Any]) -> dict[Channel, _Entry]:
    return {
        Channel(name): _Entry(stored["point"], stored_statement(stored["statement"]))
        for name, stored in ledger.get("channels", {}).items()
    }
