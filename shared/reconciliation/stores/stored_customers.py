"""Customers as read, with what a commit needs to be sure that they have not changed since."""

from shared.firestore.snapshots import Snapshot, content
from shared.kernel import logs
from shared.reconciliation.ports import Stored
from shared.reconciliation.stores.customer_codec import customer
from shared.segments.customer import Customer, CustomerId


def stored_customer(snapshot: Snapshot) -> Stored[Customer] | None:
    """Return the customer; None for a document that was damaged by hand, which does not affect
    others.

    The same if its path names another customer.
    """
    try:
        value = customer(content(snapshot))
        if value.id != CustomerId(snapshot.reference.parent.parent.id, snapshot.id):
            raise ValueError("The document is not where its customer belongs.")
        return Stored(value, snapshot.update_time)
    except (KeyError, TypeError, ValueError):
        logs.customer_unreadable(snapshot.reference.path)
        return None
