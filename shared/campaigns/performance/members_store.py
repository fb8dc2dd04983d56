"""Members of frozen audiences in the warehouse: keys and arms, nothing that names a person."""

from google.cloud import firestore

from shared.campaigns.audience import Arm
from shared.campaigns.campaign import Campaign
from shared.campaigns.store import CampaignStore
from shared.warehouse.warehouse import Warehouse


def load_members(
    client: firestore.Client, warehouse: Warehouse, org_id: str, campaign: Campaign
) -> int:
    """Load the members of a campaign, once for its frozen audience; returns how many.

    A repeated call loads nothing, or rows that are there already: who asks counts a member once.
    Costs a document read per chunk of the audience, and a load job.
    """
    return warehouse.load_members(
        (
            {
                "org_id": org_id,
                "campaign_id": campaign.id,
                "generation": campaign.generation,
                "customer_key": each.customer_key,
                "held_out": each.arm is Arm.HELD_OUT,
                "segment": each.segment,
                "frozen_at": campaign.frozen_at.isoformat(),
            }
            for each in CampaignStore(client, org_id).audience(campaign)
            if each.arm is not None
        ),
        job_id=f"campaign_members_{campaign.id}_{campaign.generation}",
    )
