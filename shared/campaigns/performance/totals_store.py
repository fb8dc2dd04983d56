"""Number of campaigns by status."""

from typing import Any

from google.cloud import firestore

from shared.campaigns.campaign import CampaignStatus
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS


class CampaignTotals:
    """Counts the campaigns of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._collection = client.collection(paths.campaigns(org_id))

    def by_status(self) -> dict[CampaignStatus, int]:
        """Campaigns of each status: a read per status and thousand campaigns of it."""
        counts = {}
        for status in CampaignStatus:
            query = self._collection.where(
                filter=firestore.FieldFilter("status", "==", status.value)
            )
            (results,) = query.count(alias="campaigns").get(**READ_LIMITS)
            counted: Any = results
            counts[status] = int(counted[0].value)
        return counts
