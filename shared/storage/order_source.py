"""Orders in bulk: all of them, or those of one organisation."""

from collections.abc import Iterator

from google.cloud import firestore

from shared.reconciliation.ports import RawOrder
from shared.storage import paths
from shared.storage.ledger_codec import plain_instant
from shared.storage.snapshots import Snapshot

PAGE_SIZE = 500

ORGANIZATION_FIELDS = ("orgId", "organizationId", "brandId", "retailerId", "dispensaryId")


def all_orders(client: firestore.Client) -> Iterator[RawOrder]:
    """Every order, by id, in pages: no query runs for long."""
    query = client.collection(paths.ORDERS).order_by("__name__").limit(PAGE_SIZE)
    yield from map(_raw, _pages(query))


def orders_claimed_for(client: firestore.Client, org_id: str) -> Iterator[RawOrder]:
    """Every order that names the organisation, or an alias of it, in any of its fields; once each.

    Some may turn out to belong to another organisation, because an earlier field decides.
    """
    aliases = client.collection(paths.ALIASES).where(
        filter=firestore.FieldFilter("org_id", "==", org_id)
    )
    seen: set[str] = set()
    for claimed_id in [org_id, *(snapshot.id for snapshot in aliases.stream())]:
        for field in ORGANIZATION_FIELDS:
            query = (
                client.collection(paths.ORDERS)
                .where(filter=firestore.FieldFilter(field, "==", claimed_id))
                .order_by("__name__")
                .limit(PAGE_SIZE)
            )
            for snapshot in _pages(query):
                if snapshot.id not in seen:
                    seen.add(snapshot.id)
                    yield _raw(snapshot)


def _pages(query: firestore.Query) -> Iterator[Snapshot]:
    page = list(query.stream())
    while page:
        yield from page
        page = list(query.start_after(page[-1]).stream()) if len(page) == PAGE_SIZE else []


def _raw(snapshot: Snapshot) -> RawOrder:
    return RawOrder(
        order_id=snapshot.id,
        data=snapshot.to_dict(),
        version=plain_instant(snapshot.update_time),
    )
