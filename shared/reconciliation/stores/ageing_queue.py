"""The queue of customers with a future transition by time: a field of each customer's document.

`ageing` holds a shard and the instant of the next attempt, `try_at`: at first the very instant at
which the customer changes, later where an attempt failed. The exact instant stays in
`next_transition_at`. A customer without such a transition has no place in the queue.

Firestore takes some 500 writes per second to neighbouring entries of an index, and these instants
only grow. One index over all organisations would make that the limit of the installation, so its
entries begin with the shard. `next_transition_at` has an index within each organisation only.
"""

from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.keys import shard_for

SHARDS = 16
"""So that some 8,000 customers per second can be written. A query names at most 30."""
FIELD = "ageing"
SHARD = f"{FIELD}.shard"
TRY_AT = f"{FIELD}.try_at"


def place(customer_key: str, next_transition_at: datetime | None) -> dict[str, Any] | None:
    """Return the place of a customer just written; None without a transition by time."""
    if next_transition_at is None:
        return None
    return {"shard": int(shard_for(customer_key, SHARDS)), "try_at": next_transition_at}


def in_queue(client: firestore.Client, until: datetime) -> firestore.Query:
    """Customers of all organisations to try by `until`, the earliest first."""
    return (
        client.collection_group(paths.CUSTOMERS)
        .where(filter=firestore.FieldFilter(SHARD, "in", list(range(SHARDS))))
        .where(filter=firestore.FieldFilter(TRY_AT, "<=", until))
        .order_by(TRY_AT)
    )
