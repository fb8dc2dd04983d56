"""The dashboard's campaigns as its sender reads them: `campaigns/{id}` and their `recipients`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.campaigns.campaign import Campaign
from shared.campaigns.handover.handover import Recipient, dashboard_id
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.firestore.commits import create
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import content
from shared.kernel.errors import ConflictError
from shared.kernel.parts import parts

COMMIT_SIZE = 400
SOURCE = "segmentCampaignId"
"""Field that marks campaigns written by this product."""


class DashboardCampaigns:
    """See `shared.campaigns.handover.worker.DashboardCampaigns`. For one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self._org_id = org_id

    def is_ours(self, dashboard_id: str, campaign: Campaign) -> bool | None:
        """Whether a campaign is ours: one read."""
        reference = self._client.document(paths.dashboard_campaign(dashboard_id))
        snapshot = reference.get(["orgId", SOURCE], **READ_LIMITS)
        if not snapshot.exists:
            return None
        document = content(snapshot)
        return (document.get("orgId"), document.get(SOURCE)) == (self._org_id, campaign.id)

    def recipient_keys(self, dashboard_id: str, first_key: str, last_key: str) -> set[str]:
        """Return recipients by customer key, from one key to another: one read each, and at least
        one."""
        folder = self._client.collection(paths.dashboard_recipients(dashboard_id))
        query = (
            folder.order_by("__name__")
            .start_at({"__name__": folder.document(first_key)})
            .end_at({"__name__": folder.document(last_key)})
            .select([])
        )
        return {each.id for each in query.stream(**READ_LIMITS)}

    def replace_recipients(
        self,
        dashboard_id: str,
        recipients: Sequence[Recipient],
        *,
        first_key: str,
        last_key: str,
        at: datetime,
    ) -> None:
        """One read, or one per recipient that was there, and one write per recipient."""
        folder = self._client.collection(paths.dashboard_recipients(dashboard_id))
        surplus = self.recipient_keys(dashboard_id, first_key, last_key)
        surplus -= {each.customer_key for each in recipients}
        for part in parts(recipients, COMMIT_SIZE):
            batch = self._client.batch()
            for each in part:
                batch.set(folder.document(each.customer_key), _recipient(dashboard_id, each, at))
            batch.commit()
        for keys in parts(sorted(surplus), COMMIT_SIZE):
            batch = self._client.batch()
            for key in keys:
                batch.delete(folder.document(key))
            batch.commit()

    def delete_recipient(self, campaigns: Iterable[Campaign], customer_key: str) -> None:
        """Delete a customer from the recipients of campaigns: one delete per channel of each."""
        paths_of = [
            f"{paths.dashboard_recipients(dashboard_id(each.id, channel, each.plan.channels))}"
            f"/{customer_key}"
            for each in campaigns
            for channel in each.plan.channels
        ]
        for part in parts(paths_of, COMMIT_SIZE):
            batch = self._client.batch()
            for path in part:
                batch.delete(self._client.document(path))
            batch.commit()

    def create(
        self, dashboard_id: str, campaign: Campaign, channel: Channel, *, by: str, at: datetime
    ) -> None:
        """One read per recipient, and one write.

        Raises ConflictError if another campaign has this id.
        """
        folder = self._client.collection(paths.dashboard_recipients(dashboard_id))
        query = folder.order_by("__name__").select(["customerId"])
        ids = [str(content(each)["customerId"]) for each in in_chunks(query, None)]
        if not ids:
            raise ConflictError("The recipients are gone.")
        reference = self._client.document(paths.dashboard_campaign(dashboard_id))
        document = _campaign(self._org_id, campaign, channel, ids, by=by, at=at)
        try:
            create(reference, document, "The dashboard has another campaign of the same id.")
        except ConflictError:
            if self.is_ours(dashboard_id, campaign) is not True:
                raise


def _campaign(
    org_id: str, campaign: Campaign, channel: Channel, ids: list[str], *, by: str, at: datetime
) -> dict[str, Any]:
    """Return a draft: its text is for people to write, and its sending for the dashboard to
    check."""
    plan = campaign.plan
    return {
        "orgId": org_id,
        SOURCE: campaign.id,
        "createdBy": by,
        "name": plan.name,
        "description": plan.description,
        "goal": plan.goal.value,
        "status": "draft",
        "channels": [channel.value],
        "audience": {
            "type": "custom",
            "customFilter": {"customerIds": ids},
            "estimatedCount": len(ids),
            "resolvedCount": len(ids),
        },
        "content": {},
        "performance": {
            "totalRecipients": len(ids),
            **dict.fromkeys(
                (
                    "sent",
                    "delivered",
                    "opened",
                    "clicked",
                    "bounced",
                    "unsubscribed",
                    "revenue",
                    "conversions",
                    "openRate",
                    "clickRate",
                    "bounceRate",
                    "conversionRate",
                ),
                0,
            ),
            "lastUpdated": at,
        },
        "tags": [],
        "createdAt": at,
        "updatedAt": at,
    }


def _recipient(dashboard_id: str, recipient: Recipient, at: datetime) -> dict[str, Any]:
    is_email = recipient.channel is Channel.EMAIL
    return {
        "campaignId": dashboard_id,
        "customerId": recipient.profile_id,
        "email": recipient.address if is_email else None,
        "phone": None if is_email else recipient.address,
        "firstName": recipient.first_name,
        "segment": recipient.segment,
        "channel": recipient.channel.value,
        "status": "pending",
        "createdAt": at,
    }
