"""The shop's events in bulk."""

from collections.abc import Iterator

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.firestore.values import plain_instant
from shared.funnel.funnel import EVENT_FIELDS
from shared.funnel.recorder_store import RawEvent
from shared.reconciliation.stores.order_source import claimed_ids

PAGE_SIZE = 100
"""Events of one page fit into one commit of the recorder."""


def event_pages(client: firestore.Client, org_id: str) -> Iterator[list[RawEvent]]:
    """Yield every event of an organisation and of its aliases, by id, in pages: one read per event.

    Only the fields of the funnel are read, except those with a reference into another database,
    which the trigger leaves out as well. A page with such a field costs a few more reads.
    """
    for claimed_id in claimed_ids(client, org_id):
        query = (
            client.collection(paths.events(claimed_id))
            .select(EVENT_FIELDS)
            .order_by("__name__")
            .limit(PAGE_SIZE)
        )
        page = _page(client, query)
        while page:
            yield [
                RawEvent(
                    claimed_id=claimed_id,
                    event_id=snapshot.id,
                    data=content(snapshot),
                    created_at=plain_instant(snapshot.create_time),
                )
                for snapshot in page
                if snapshot.exists
            ]
            after = query.start_after({"__name__": page[-1].reference})
            page = _page(client, after) if len(page) == PAGE_SIZE else []


def _page(client: firestore.Client, query: firestore.Query) -> list[Snapshot]:
    try:
        return list(query.stream())
    except ValueError:
        references = [snapshot.reference for snapshot in query.select(["__name__"]).stream()]
        snapshots = decodable(client, references, EVENT_FIELDS)
        return [snapshots.get(each) or _readable(client, each) for each in references]


def _readable(client: firestore.Client, reference: firestore.DocumentReference) -> Snapshot:
    """The event with those of its fields that can be decoded."""
    fields = [name for name in EVENT_FIELDS if decodable(client, [reference], [name])]
    return reference.get(["__name__", *fields])
