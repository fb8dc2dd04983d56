"""Suppressions of addresses by bounces, complaints and unsubscriptions, as writes of a larger
commit."""

from collections.abc import Iterable
from datetime import datetime

from google.cloud import firestore

from shared.contacts.contact_point import ContactPoint
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_codec import LAST_CONTACT, micros_of, point_document, stored_point
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.reconciliation.ports import FieldMaximum, OtherWrite, Stored


class ContactSuppressions:
    """Reads and changes the contact points of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def points(self, keys: Iterable[str]) -> dict[str, Stored[ContactPoint]]:
        """The points by key, those without a document included: one read each."""
        references = [self._client.document(self._path(key)) for key in sorted(set(keys))]
        if not references:
            return {}
        return {
            snapshot.id: Stored(stored_point(snapshot), snapshot.update_time)
            for snapshot in self._client.get_all(references, **READ_LIMITS)
        }

    def of_profiles(self, ids: Iterable[str], keyer: ContactKeyer) -> dict[str, dict[Channel, str]]:
        """Keys of the addresses of the dashboard's customers, by id; nothing for another's.

        One read each.
        """
        documents = {
            self._client.document(paths.contact_ledger(keyer.document(id))): id
            for id in sorted(set(ids))
        }
        suppressions: dict[str, dict[Channel, str]] = {}
        for snapshot in self._client.get_all(list(documents), **READ_LIMITS) if documents else ():
            entry = content(snapshot) if snapshot.exists else {}
            if entry.get("org_id") == self._org_id:
                suppressions[documents[snapshot.reference]] = {
                    Channel(name): stored["point"]
                    for name, stored in entry["channels"].items()
                    if stored["point"] is not None
                }
        return suppressions

    def write(self, key: str, point: ContactPoint, revision: object) -> OtherWrite:
        """The write that stores a point."""
        return OtherWrite(path=self._path(key), fields=point_document(point), revision=revision)

    def contacted(self, key: str, channel: Channel, at: datetime) -> FieldMaximum:
        """Return the write of the last contact with an address: no read, valid in any order."""
        return FieldMaximum(
            path=self._path(key),
            name=LAST_CONTACT,
            at_least=micros_of(at),
            fields={"org_id": self._org_id, "channel": channel.value},
        )

    def _path(self, key: str) -> str:
        return paths.contact_point(self._org_id, key)
