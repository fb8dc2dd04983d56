"""Customers as read, with what a commit needs to be sure that they have not changed since."""

from shared.firestore.snapshots import Snapshot, content
from shared.kernel import logs
from shared.reconciliation.ports import Stored
from shared.reconciliation.stores.customer_codec import customer
from shared.segments.customer import Customer, CustomerId


def stored_customer(snapshot: Snapshot) -> Stored[Customer] | None:
    """None for a document that was damaged by hand: it holds up nobody else.

    So is one that says it is another customer than the one its path names.
    """
    try:
        value = customer(content(snapshot))
        if value.id != CustomerId(snapshot.reference.parent.parent.id, snapshot.id):
            raise ValueError("The document is not where its customer belongs.")
        return Stored(value, snapshot.update_time)
    except (KeyError, TypeError, ValueError):
        logs.customer_unreadable(snapshot.reference.path)
        return None
