"""The dashboard's customers, taken in as its trigger does, and campaigns as they are stored."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.campaigns.audience import Arm, ChannelStanding, Standing, counts_of
from shared.campaigns.campaign import Campaign, CampaignStatus, Economics, Plan
from shared.campaigns.source import Goal, SegmentSource
from shared.campaigns.store import CampaignStore
from shared.contacts.contact_point import ContactPoint, Statement
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_codec import point_document
from shared.contacts.profile import Channel
from shared.contacts.store import DocumentWrite
from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.orders.fact import Contact
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals, Rule
from shared.segments.crm_profile import Consent
from shared.segments.customer import Customer, CustomerId
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.shop import NOW, ORG

CROWD_BATCH = 150
"""Customers of a commit, with three documents each."""
CROWD_WRITERS = 2


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
        self.write(id, document)
        return id

    def write(self, id: str, document: dict[str, Any] | None) -> None:
        """Write or delete a document and have its event handled."""
        reference = self._services.client.collection(paths.PROFILES).document(id)
        before = reference.get().to_dict()
        if document is None:
            reference.delete()
        else:
            reference.set(document)
        written = DocumentWrite(before=before, after=document, at=utc_now())
        self._services.contacts().record(id)
        self._services.profiles().after_write(written)


def put_campaign(
    client: firestore.Client, org: str, id: str, *, name: str, keys: Sequence[str]
) -> None:
    """Store a campaign that these customers are treated in."""
    audience = [
        Standing(
            customer_key=key,
            segment="vip",
            known=(key,),
            channels={Channel.EMAIL: ChannelStanding(against=None, point=key)},
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
        expected=len(audience),
        done=len(audience),
        number=1,
        created_at=NOW,
        created_by="somebody",
        updated_at=NOW,
        updated_by="somebody",
    )
    store = CampaignStore(client, org)
    store.write_chunk(campaign, 0, audience)
    store.create(campaign)


def put_crowd(
    services: Services, count: int, *, org: str = ORG, first: int = 0, **fields: Any
) -> None:
    """Store customers of one order each, their documents of the dashboard and what follows from
    these: many, without orders and without the trigger. Customer n is `c{n:06}@example.org`.
    """
    keyer = ContactKeyer(services.secret)

    def put(start: int) -> None:
        batch = services.client.batch()
        for number in range(start, min(start + CROWD_BATCH, first + count)):
            email, profile_id = f"c{number:06}@example.org", f"profile_{number:06}"
            customer = Customer(
                id=CustomerId(org, f"{number:032x}"),
                totals=OrderTotals(
                    order_count=1,
                    lifetime_value_cents=1000 + number,
                    first_ordered_at=NOW,
                    last_ordered_at=NOW,
                ),
                first_local_date=NOW.date(),
                segment=Segment.NEW,
                rule=Rule.FIRST_ORDER_RECENT,
                segment_since=NOW,
                next_transition_at=NOW + timedelta(days=30),
                transition_count=1,
                thresholds_version=Thresholds().version,
                contact=Contact(email=email),
            )
            said = Statement(consent=Consent.GRANTED, since=NOW, id_template=profile_id)
            point = ContactPoint(org_id=org, channel=Channel.EMAIL).with_statement(
                keyer.document(profile_id), said
            )
            path = paths.customer(org, customer.id.customer_key)
            batch.set(services.client.document(path), customer_document(customer, NOW))
            key = keyer.point(org, Channel.EMAIL, email)
            batch.set(
                services.client.document(paths.contact_point(org, key)), point_document(point)
            )
            profile = {"orgId": org, "email": email, "emailConsent": True, **fields}
            batch.set(services.client.document(f"{paths.PROFILES}/{profile_id}"), profile)
        batch.commit()

    with ThreadPoolExecutor(CROWD_WRITERS) as pool:
        list(pool.map(put, range(first, first + count, CROWD_BATCH)))
