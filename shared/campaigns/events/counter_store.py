"""Events and credit of campaigns, added up over the shards of their counters."""

from collections import defaultdict
from collections.abc import Iterator

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.reconciliation.counters import CampaignDelta
from shared.reconciliation.stores.counter_codec import campaign_delta

_AFTER_ALL_SHARDS = "`"
"""Sorts directly behind the underscore between a campaign and its shard."""


class CampaignCounters:
    """Reads the counters of one organisation's campaigns: one read per shard."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._collection = client.collection(paths.campaign_counters(org_id))

    def of(self, campaign_id: str) -> CampaignDelta:
        """Return the counters of one campaign; all 0 without events."""
        document = self._collection.document
        query = (
            self._collection.order_by("__name__")
            .start_at({"__name__": document(f"{campaign_id}_")})
            .end_before({"__name__": document(f"{campaign_id}{_AFTER_ALL_SHARDS}")})
        )
        return _added_up(query.stream(**READ_LIMITS)).get(campaign_id, CampaignDelta())

    def all(self) -> dict[str, CampaignDelta]:
        """Return the counters of all campaigns with events, by id."""
        return _added_up(self._collection.stream(**READ_LIMITS))


def _added_up(shards: Iterator[Snapshot]) -> dict[str, CampaignDelta]:
    sums: defaultdict[str, CampaignDelta] = defaultdict(CampaignDelta)
    for snapshot in shards:
        document = content(snapshot)
        sums[document["campaign_id"]].add(campaign_delta(document))
    return dict(sums)
