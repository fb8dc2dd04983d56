"""Search words of customers, refreshed after a change of normalisation."""

from functools import partial

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import touch
from shared.firestore.commits import Update, update_unchanged
from shared.firestore.query_chunks import pages
from shared.firestore.snapshots import Snapshot, content
from shared.orders.fact import Contact
from shared.segments.contact_search import search_prefixes, sort_name

PAGE_SIZE = 500


def refresh_search_words(client: firestore.Client, org_id: str) -> int:
    """Write the words of those customers whose stored ones are outdated; returns how many.

    One read per customer, one write per outdated one. A customer that an order writes meanwhile
    gets current words by that write.
    """
    query = client.collection(paths.customers(org_id)).select(["contact"]).order_by("__name__")
    refreshed = 0
    for page in pages(query, PAGE_SIZE):
        refreshed += sum(map(partial(_refreshed, client), page))
    if refreshed:
        touch(client, org_id)
    return refreshed


def _refreshed(client: firestore.Client, snapshot: Snapshot) -> bool:
    """Whether the words of this customer were outdated, and have been written."""
    stored = content(snapshot)["contact"]
    contact = Contact(
        display_name=stored["display_name"], email=stored["email"], phone=stored["phone"]
    )
    words = {"search": search_prefixes(contact), "sort_name": sort_name(contact)}
    if words.items() <= stored.items():
        return False
    fields = {f"contact.{name}": value for name, value in words.items()}
    return not update_unchanged(client, [Update(snapshot, fields)])
