"""Orders as the shop wrote them, even those that the client library cannot decode."""

from dataclasses import replace

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import Snapshot
from shared.firestore.values import plain_instant
from shared.reconciliation.ports import UNREADABLE, RawOrder


def raw_order(snapshot: Snapshot) -> RawOrder:
    """The order in a snapshot; the version of a missing one is when that was seen."""
    version = snapshot.update_time if snapshot.exists else snapshot.read_time
    return RawOrder(
        order_id=snapshot.id,
        data=snapshot.to_dict(),
        version=plain_instant(version),
        created_at=plain_instant(snapshot.create_time) if snapshot.exists else None,
    )


def order_page(client: firestore.Client, query: firestore.Query) -> list[RawOrder]:
    """The orders that a query finds.

    The library raises ValueError where any document of an answer holds a reference into another
    database. Then each is read by itself, and the faulty one without its content.
    """
    try:
        return [raw_order(snapshot) for snapshot in query.stream()]
    except ValueError:
        ids = [snapshot.id for snapshot in query.select(["__name__"]).stream()]
        return [readable_order(client, id) for id in ids]


def readable_order(client: firestore.Client, order_id: str) -> RawOrder:
    """One order by id, as UNREADABLE if its content cannot be decoded."""
    reference = client.document(paths.ORDERS, order_id)
    try:
        return raw_order(reference.get())
    except ValueError:
        bare = raw_order(reference.get(["__name__"]))
        return bare if bare.data is None else replace(bare, data=UNREADABLE)
