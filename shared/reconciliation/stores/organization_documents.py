"""Documents of every organisation, queried by the name of their collection.

Such a query finds documents in collections of that name below any other document too, and a
project's own rules may let anybody write there. So the path alone decides whose a document is: it
is an organisation's at `tenants/{org}/{collection}/{id}`; documents anywhere else are skipped
unread.
"""

from collections.abc import Iterator

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot
from shared.kernel import logs

OrganizationDocument = tuple[str, Snapshot]
"""An organisation's id, and a document of it."""


def organization_pages(
    query: firestore.Query, collection: str, field: str, size: int
) -> Iterator[list[OrganizationDocument]]:
    """Yield the organisations' documents that a query over collections of one name finds, in its
    order.

    Of each, `field` is read and nothing else: it is the one that the query compares, so its type is
    known, while the rest of a document elsewhere may be anything and of any size. One read per
    document. A page without any document of an organisation is empty, so that a caller that checks
    the clock between pages does so there too.
    """
    warned = False
    for page in pages(query.select([field]), size):
        documents = [(org_id, each) for each in page if (org_id := _organization(each, collection))]
        if len(documents) < len(page) and not warned:
            logs.foreign_documents(collection)
            warned = True
        yield documents


def _organization(snapshot: Snapshot, collection: str) -> str | None:
    path: list[str] = snapshot.reference.path.split("/")
    match path:
        case [paths.TENANTS, org_id, name, _] if name == collection:
            return org_id
    return None
