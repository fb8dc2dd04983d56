"""Customers as read, with what a commit needs to be sure that they have not changed since."""

from shared import logs
from shared.reconciliation.ports import Stored
from shared.segments.customer import Customer
from shared.storage.customer_codec import customer
from shared.storage.snapshots import Snapshot, content


def stored_customer(snapshot: Snapshot) -> Stored[Customer] | None:
    """None for a document that was damaged by hand: it holds up nobody else."""
    try:
        return Stored(customer(content(snapshot)), snapshot.update_time)
    except (KeyError, TypeError, ValueError):
        logs.customer_unreadable(snapshot.reference.path)
        return None
