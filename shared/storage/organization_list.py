"""Which organisations there are."""

from google.cloud import firestore

from shared.storage import paths


def organization_ids(client: firestore.Client) -> list[str]:
    """Every organisation that anything is stored for, in order: one read each."""
    return sorted(reference.id for reference in client.collection(paths.TENANTS).list_documents())
