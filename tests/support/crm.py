"""The dashboard's customers, taken in as its trigger does, and campaigns as they are stored."""

from collections.abc import Sequence
from typing import Any

from google.cloud import firestore

from shared.campaigns.audience import Arm, Reached, Standing, counts_of
from shared.campaigns.campaign import Campaign, CampaignStatus, Economics, Plan
from shared.campaigns.source import Goal, SegmentSource
from shared.campaigns.store import CampaignStore
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.services import Services
from tests.support.shop import NOW, ORG


class People:
    """Writes documents of the dashboard's customers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._number = 0

    def put(self, email: str, *, org: str = ORG, id: str | None = None, **fields: Any) -> str:
        """Write a document, with consent for e-mail unless fields say otherwise; gives its id."""
        self._number += 1
        id = id or f"profile_{self._number}"
        document = {"orgId": org, "email": email, "emailConsent": True, **fields}
        self._services.client.collection(paths.PROFILES).document(id).set(document)
        self._services.contacts().record(id)
        return id


def put_campaign(
    client: firestore.Client, org: str, id: str, *, name: str, keys: Sequence[str]
) -> None:
    """Store a campaign that these customers are treated in."""
    audience = [
        Standing(
            customer_key=key,
            segment="vip",
            known=(key,),
            channels={Channel.EMAIL: Reached(against=None, point=key)},
            arm=Arm.TREATED,
        )
        for key in keys
    ]
    campaign = Campaign(
        id=id,
        plan=Plan(
            name=name,
            description=None,
            goal=Goal.WINBACK,
            channels=(Channel.EMAIL,),
            source=SegmentSource(segment="vip"),
            holdout_share=0,
            window_days=7,
            contacted_within_days=7,
            economics=Economics(),
        ),
        created_plan="",
        status=CampaignStatus.READY,
        counts=counts_of(audience, [Channel.EMAIL]),
        rules_revision=0,
        frozen_at=NOW,
        generation="g",
        chunks=1,
        number=1,
        created_at=NOW,
        created_by="somebody",
        updated_at=NOW,
        updated_by="somebody",
    )
    CampaignStore(client, org).create(campaign, audience)
