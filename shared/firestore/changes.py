"""Whether anything that an organisation's pages show has changed, for the price of one read or two.

Context: a dashboard asks for the same pages again and again, and a page costs up to a hundred
document reads. A page that is not out of date should cost next to none. Orders, sessions and
everything else come at rates of their own, and must not contend for the same documents.

Decision: three counters of changes, each a field `changes` in documents that its writers write
anyway or that nobody else writes.

* Orders and customers: each commit that changes a counter of the organisation adds 1 in the shard
  of `segment_counts` that it writes.
* Sessions: each commit that changes the funnel adds 1 in the shard of `funnel_months` that it
  writes. Only pages that show the funnel ask for it.
* All else, such as settings, rules and nightly results: in the document `PAGES` of
  `segment_counts`, which no order writes.

`changes` is the sum over `segment_counts`, `session_changes` that over `funnel_months`. Firestore
adds up itself and bills one read per thousand documents.

* A sum only grows, and every commit makes it grow. It never comes back to a number it had, so an
  equal number means that nothing was committed in between. The same holds for both sums together.
* Read the number first and the content afterwards: then the content may be newer than the number
  says, and never older. A page that a commit overtakes is at worst fetched once more.

Why not the newest `updated_at`: a server timestamp is the time at which a request was processed, in
milliseconds, and not that of its commit. Of two commits the one with the earlier timestamp may take
effect last, or both may have the same one. The newest timestamp would then not move, and a page
without that commit would pass for current until the next one.

Consequences: whoever writes something that a page shows calls `touch` after it, or puts `CHANGE`
into the same commit. Documents of these two collections are never deleted, which would make a sum
smaller. Up to version 0.3 all three kinds were counted in the shards of `segment_counts`: what
they hold stays part of the sum.
"""

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS

FIELD = "changes"
CHANGE = {FIELD: firestore.Increment(1)}
"""To merge into a document of `segment_counts` or `funnel_months`."""
PAGES = "pages"
"""Id of the document of `segment_counts` that takes changes of neither orders nor sessions."""


def touch(client: firestore.Client, org_id: str) -> None:
    """Invalidate every page of an organisation: one write."""
    pages(client, org_id).set(CHANGE, merge=True)


def pages(client: firestore.Client, org_id: str) -> firestore.DocumentReference:
    """The document that `touch` writes, for those who put `CHANGE` into a commit of their own."""
    return client.document(paths.segment_counts_shard(org_id, PAGES))


def changes(client: firestore.Client, org_id: str) -> int:
    """Return the number of changes so far of anything but sessions: one read."""
    return _sum(client, paths.segment_counts(org_id))


def session_changes(client: firestore.Client, org_id: str) -> int:
    """Return the number of changes of the funnel so far: one read."""
    return _sum(client, paths.funnel_months(org_id))


def _sum(client: firestore.Client, collection: str) -> int:
    query = client.collection(collection).sum(FIELD, alias=FIELD)
    (results,) = query.count(alias="documents").get(**READ_LIMITS)
    # They come in any order.
    return next(int(result.value) for result in results if result.alias == FIELD)
