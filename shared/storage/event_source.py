"""The shop's events in bulk."""

from collections.abc import Iterator

from google.cloud import firestore

from shared.analytics.funnel import EVENT_FIELDS
from shared.storage import paths
from shared.storage.funnel_recorder import RawEvent
from shared.storage.ledger_codec import plain_instant
from shared.storage.order_source import claimed_ids
from shared.storage.snapshots import content

PAGE_SIZE = 100
"""Events of one page fit into one commit of the recorder."""


def event_pages(client: firestore.Client, org_id: str) -> Iterator[list[RawEvent]]:
    """Every event of an organisation and of its aliases, by id, in pages: one read per event.

    Only what the funnel looks at is read of each.
    """
    for claimed_id in claimed_ids(client, org_id):
        query = (
            client.collection(paths.events(claimed_id))
            .select(EVENT_FIELDS)
            .order_by("__name__")
            .limit(PAGE_SIZE)
        )
        page = list(query.stream())
        while page:
            yield [
                RawEvent(
                    claimed_id=claimed_id,
                    event_id=snapshot.id,
                    data=content(snapshot),
                    created_at=plain_instant(snapshot.create_time),
                )
                for snapshot in page
            ]
            page = list(query.start_after(page[-1]).stream()) if len(page) == PAGE_SIZE else []
