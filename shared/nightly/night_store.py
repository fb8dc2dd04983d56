"""The last night that a job dispatched for each organisation, and the beginning of the next.

One document per organisation below the job's own. Only documents whose next night has begun are
read.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import Update, update_unchanged
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.kernel.parts import parts
from shared.nightly.local_night import LocalNight

NEXT_AT = "next_at"
PAGE_SIZE = 1000
COMMIT_SIZE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedNight:
    """An organisation's nights, as stored."""

    org_id: str
    done: LocalNight | None
    """The newest night that was dispatched."""
    snapshot: Snapshot


class NightBook:
    """The nights of one job."""

    def __init__(self, client: firestore.Client, job: str) -> None:
        self._client = client
        self._nights = client.collection(paths.nights(job))

    def due(self, now: datetime) -> list[BookedNight]:
        """Organisations whose next night has come: one read each, in pages."""
        query = self._nights.where(filter=firestore.FieldFilter(NEXT_AT, "<=", now))
        return [
            BookedNight(org_id=each.id, done=_last_night(content(each)), snapshot=each)
            for page in pages(query.order_by(NEXT_AT), PAGE_SIZE)
            for each in page
        ]

    def save(self, nights: Iterable[tuple[BookedNight, LocalNight, datetime]]) -> None:
        """Record each night as dispatched, with the beginning of the next one: one write each.

        If an organisation's settings changed since it was read, only the night is recorded: it is
        checked again.
        """
        for part in parts(nights, COMMIT_SIZE):
            updates = [
                Update(booked.snapshot, {**_stored(night), NEXT_AT: next_at})
                for booked, night, next_at in part
            ]
            for conflict in update_unchanged(self._client, updates):
                night = {name: each for name, each in conflict.fields.items() if name != NEXT_AT}
                conflict.snapshot.reference.set(night, merge=True)

    def enrol(self, org_ids: Collection[str], now: datetime) -> None:
        """Have exactly these organisations in the book; the next night of a new one is due.

        One read per organisation in the book, and a write for each that is new or gone.
        """
        booked: set[str] = {each.id for each in self._nights.select([]).stream()}
        for part in parts(sorted(booked ^ set(org_ids)), COMMIT_SIZE):
            batch = self._client.batch()
            for org_id in part:
                if org_id in booked:
                    batch.delete(self._nights.document(org_id))
                else:
                    batch.set(self._nights.document(org_id), {NEXT_AT: now}, merge=True)
            batch.commit()

    def look_again(self, org_id: str, now: datetime) -> None:
        """Have the next call check an organisation whose time zone may have changed: one write.

        Nights that began at this instant or before are unaffected.
        """
        self._nights.document(org_id).set({NEXT_AT: now}, merge=True)


def _stored(night: LocalNight) -> dict[str, Any]:
    return {"day": night.day.isoformat(), "due_at": night.due_at}


def _last_night(document: dict[str, Any]) -> LocalNight | None:
    if "day" not in document:
        return None
    return LocalNight(
        day=date.fromisoformat(document["day"]), due_at=plain_instant(document["due_at"])
    )
