"""Reads contact points."""

from collections.abc import Iterable
from typing import Any

from google.cloud import firestore

from shared.contacts.contact_point import ContactPoint
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_codec import stored_point
from shared.contacts.profile import Channel
from shared.firestore import paths


class ContactPoints:
    """Reads the contact points of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str, secret: bytes) -> None:
        self._client = client
        self._org_id = org_id
        self._keyer = ContactKeyer(secret)

    def key(self, channel: Channel, address: str) -> str:
        """The key of an address."""
        return self._keyer.point(self._org_id, channel, address)

    def by_key(self, keys: Iterable[str], **options: Any) -> dict[str, ContactPoint]:
        """The points that are there, by key: one read per key."""
        references = [self._client.document(paths.contact_point(self._org_id, key)) for key in keys]
        if not references:
            return {}
        snapshots = self._client.get_all(references, **options)
        points = {snapshot.id: stored_point(snapshot) for snapshot in snapshots}
        return {key: point for key, point in points.items() if point is not None}
