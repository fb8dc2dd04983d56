"""Lists all organisations."""

from google.cloud import firestore

from shared.firestore import paths
from shared.reconciliation.stores.order_source import orders_claimed_for

PAGE_SIZE = 1000


def organization_ids(client: firestore.Client) -> list[str]:
    """Every organisation that anything is stored for, in order: one read each, in pages."""
    tenants = client.collection(paths.TENANTS)
    return sorted(reference.id for reference in tenants.list_documents(page_size=PAGE_SIZE))


def organization_exists(client: firestore.Client, org_id: str) -> bool:
    """Whether anything is stored for an organisation, or any order names it.

    One read if something is stored.
    """
    stored = client.document(paths.TENANTS, org_id).collections()
    return (
        next(iter(stored), None) is not None
        or next(iter(orders_claimed_for(client, org_id)), None) is not None
    )
