"""Members of frozen audiences in the warehouse: keys and arms, nothing that names a person."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from google.cloud import firestore

from shared.campaigns.audience import Arm
from shared.campaigns.campaign import Campaign
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.kernel import logs
from shared.kernel.parts import parts
from shared.nightly.question import AskedCampaign, ComputedOrganization
from shared.warehouse.warehouse import Warehouse

LOADED = "members_loaded"
"""Field of a campaign: the generation of the audience that the warehouse has."""
PART_ROWS = 20_000
"""Of a load job: some 5 MB."""
LOADS_AT_ONCE = 8


def with_members(
    client: firestore.Client,
    warehouse: Callable[[], Warehouse],
    organizations: Sequence[ComputedOrganization],
) -> list[ComputedOrganization]:
    """The organisations with those campaigns that the warehouse has the members of.

    Loads the members that it lacks, so that the night after a send measures it: what `load_members`
    costs per campaign, and a read. A campaign whose members cannot be loaded is left for the next
    night and does not block others.
    """

    def is_there(org_id: str, asked: AskedCampaign) -> bool:
        if asked.members_loaded:
            return True
        try:
            campaign = CampaignStore(client, org_id).campaign(asked.id)
            if campaign is None or campaign.generation != asked.generation:
                return False
            load_members(client, warehouse(), org_id, campaign)
        except Exception:
            # One audience that cannot be read or loaded stops no other organisation's night.
            logs.campaign_members_not_loaded(org_id)
            return False
        return True

    def with_own(each: ComputedOrganization) -> ComputedOrganization:
        if each.campaigns is None:
            return each
        loaded_campaigns = tuple(one for one in each.campaigns if is_there(each.org_id, one))
        return replace(each, campaigns=loaded_campaigns)

    with ThreadPoolExecutor(LOADS_AT_ONCE) as pool:
        return list(pool.map(with_own, organizations))


def load_members(
    client: firestore.Client, warehouse: Warehouse, org_id: str, campaign: Campaign
) -> int:
    """Load the members of a campaign, once for its frozen audience; returns how many.

    A repeated call loads nothing, or rows that are there already: who asks counts a member once.
    Costs a document read per chunk of the audience, a load job per PART_ROWS members, and a write,
    which notes in the campaign that all of them are there.
    """
    rows = (
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
    )
    loaded = sum(
        warehouse.load_members(
            part, job_id=f"campaign_members_{campaign.id}_{campaign.generation}_{number}"
        )
        for number, part in enumerate(parts(rows, PART_ROWS))
    )
    client.document(paths.campaign(org_id, campaign.id)).update({LOADED: campaign.generation})
    return loaded
