"""Sales by product as version 0.3 counted them, which nothing reads any more.

That version kept what every product sold in the documents of days, and all time in `sales_totals`,
and marked days as open or added up. Days keep all their other numbers.
"""

from google.cloud import firestore

from shared.firestore import paths

SALES_TOTALS = "sales_totals"
MARK = "open"
"""Field of every day's document that version 0.3 wrote, and of no other."""
UNUSED = (MARK, "products", "rolled_up_at")
PAGE_SIZE = 400


def delete_unused_sales(client: firestore.Client, org_id: str) -> int:
    """Delete them from every document of the organisation; returns from how many.

    One read and one write per document, and one read more. Orders may be counted meanwhile.
    """
    documents_deleted = 0
    candidates = (
        client.collection(paths.daily_stats(org_id))
        .where(filter=firestore.FieldFilter(MARK, "in", [True, False]))
        .select([MARK])
        .limit(PAGE_SIZE)
    )
    while page := list(candidates.stream()):
        batch = client.batch()
        for day in page:
            batch.update(day.reference, dict.fromkeys(UNUSED, firestore.DELETE_FIELD))
        batch.commit()
        documents_deleted += len(page)
    totals = client.collection(f"{paths.TENANTS}/{org_id}/{SALES_TOTALS}")
    for bucket in totals.list_documents():
        bucket.delete()
        documents_deleted += 1
    return documents_deleted
