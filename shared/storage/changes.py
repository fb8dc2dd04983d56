"""Whether anything that an organisation's pages show has changed, for the price of one read.

Context: a dashboard asks for the same pages again and again, and a page costs up to a hundred
document reads. A page that is not out of date should cost next to none.

Decision: every commit that changes a counter of an organisation, and whatever else changes what a
page shows, also adds 1 to `changes` in one of the documents of `segment_counts`, as a rule one that
it writes anyway. The sum of `changes` over the collection is the organisation's number of changes.
Firestore adds it up itself and bills one read per thousand documents.

* The sum only grows, and every commit makes it grow. It never comes back to a number it had, so an
  equal number means that nothing was committed in between.
* Read the number first and the content afterwards: then the content may be newer than the number
  says, and never older. A page that a commit overtakes is at worst fetched once more.

Why not the newest `updated_at`: a server timestamp is the time at which a request was processed, in
milliseconds, and not that of its commit. Of two commits the one with the earlier timestamp may take
effect last, or both may have the same one. The newest timestamp would then not move, and a page
without that commit would pass for current until the next one.

Consequences: whoever writes something that a page shows calls `touch` after it, or puts `CHANGE`
into the same commit. Documents of `segment_counts` are never deleted, which would make the sum
smaller.
"""

from google.cloud import firestore

from shared.storage import paths
from shared.storage.page_reads import READ_LIMITS

FIELD = "changes"
CHANGE = {FIELD: firestore.Increment(1)}
"""To merge into a document of `segment_counts`."""
SHARD = "0"
"""The document that takes a change which belongs to no other one."""


def touch(client: firestore.Client, org_id: str) -> None:
    """Have every page of an organisation made anew: one write."""
    path = paths.segment_counts_shard(org_id, SHARD)
    client.document(path).set(CHANGE, merge=True)


def changes(client: firestore.Client, org_id: str) -> int:
    """How often something has changed so far: one read, however much there is."""
    query = client.collection(paths.segment_counts(org_id)).sum(FIELD, alias=FIELD)
    (results,) = query.count(alias="documents").get(**READ_LIMITS)
    # They come in any order.
    return next(int(result.value) for result in results if result.alias == FIELD)
