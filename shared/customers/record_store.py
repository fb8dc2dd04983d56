"""Single customers of an organisation: by key, with their newest orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.cloud import firestore

from shared.customers.store import SHOWN_FIELDS, listed_customer
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.reconciliation.ledger import LedgerEntry
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.ledger_codec import ledger_entry
from shared.segments.customer import Customer
from shared.segments.customer_selection import ListedCustomer

RECENT_ORDERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A stored customer, with what lists show of it."""

    customer: Customer
    listed: ListedCustomer


class CustomerRecords:
    """Customers of one organisation. Raises what Firestore raises, after seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def customer(self, customer_key: str) -> CustomerRecord | None:
        """One customer: one read. `customer_key` must be usable as a document id."""
        path = paths.customer(self._org_id, customer_key)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return _record(snapshot) if snapshot.exists else None

    def customers_by_key(self, customer_keys: Sequence[str]) -> list[ListedCustomer]:
        """Customers in the order of their keys given, without those that are gone: a read each."""
        references = [
            self._client.document(paths.customer(self._org_id, key)) for key in customer_keys
        ]
        by_key = {
            snapshot.id: listed_customer(snapshot.id, content(snapshot))
            for snapshot in self._client.get_all(references, SHOWN_FIELDS, **READ_LIMITS)
            if snapshot.exists
        }
        return [by_key[key] for key in customer_keys if key in by_key]

    def recent_orders(self, customer_key: str) -> list[LedgerEntry]:
        """A customer's newest orders, counted or not: one query of at most RECENT_ORDERS reads."""
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", self._org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer_key))
            .order_by("ordered_at", direction=firestore.Query.DESCENDING)
            .order_by("__name__", direction=firestore.Query.DESCENDING)
            .limit(RECENT_ORDERS)
        )
        return [ledger_entry(s.id, content(s)) for s in query.stream(**READ_LIMITS)]


def _record(snapshot: Snapshot) -> CustomerRecord:
    """Return the customer in an existing document."""
    document = content(snapshot)
    return CustomerRecord(
        customer=customer(document),
        listed=listed_customer(snapshot.id, document),
    )
