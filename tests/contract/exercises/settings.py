"""Rules and campaigns: for the queries that they run."""

from datetime import datetime, timedelta

import pytest

from shared.campaigns.audience_store import AudienceReader
from shared.campaigns.campaign import known_sent
from shared.campaigns.events.counter_store import CampaignCounters
from shared.campaigns.events.job import event_recorder
from shared.campaigns.events.recorder import EventStatus, MessageEvent
from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.performance.lift_store import asked_campaigns
from shared.campaigns.source import CohortSource, SegmentSource, TransitionSource
from shared.campaigns.store import CampaignStore, organizations_with_unfinished_campaigns
from shared.cohorts.cohorts import CohortCell, Mode
from shared.cohorts.period import Granularity, Period
from shared.contacts.keyer import ContactKeyer
from shared.contacts.profile import Channel
from shared.contacts.store import DocumentWrite
from shared.customers.scan_store import CustomerScan
from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.kernel.errors import ConflictError
from shared.organizations.settings import StoredRules
from shared.reconciliation.stores import (
    reclassification_store,
)
from shared.reconciliation.stores.zero_counters import drop_zero_counters
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from shared.segments.custom_segment import CustomSegment
from shared.segments.customer import CustomerId
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.segments.touch import EventKind, Touch
from shared.services import Services
from tests.campaigns.crm import put_campaign
from tests.contract.exercises.world import CUSTOM, NOW, ORG
from tests.support.reclassify import run_all
from tests.support.world import SECRET
from tools.contacts_backfill import run_contacts_backfill, run_profiles_backfill


def rules_change(services: Services) -> None:
    """Thresholds and a custom segment, with one customer per page of what that sets off."""
    rules = services.rules(ORG)
    rules.save_thresholds(Thresholds(slipping_min_days=29), by="ann", source=ThresholdSource.API)
    rules.change_custom_segment(CUSTOM, _custom_segment)
    assert [version.number for version in rules.versions(limit=1)] == [1]
    assert [version.number for version in rules.versions(limit=1, before=1)] == [0]
    assert rules.version(1)
    assert rules.custom_segments()
    assert rules.custom_segment(CUSTOM)
    scan = CustomerScan(services.client, ORG)
    assert len(list(scan.candidates())) == len(list(scan.subjects())) == 2
    assert not services.reclassifier().run(ORG, utc_now() + timedelta(hours=1))
    assert run_all(services.reclassifier(), utc_now() + timedelta(hours=1)) == 1
    store = reclassification_store.FirestoreReclassifications(services.client, services.store)
    assert len(list(store.outdated(ORG, revision=10**6))) == 2
    assert drop_zero_counters(services.client, ORG)


def _custom_segment(
    rules: StoredRules, before: CustomSegment | None, at: datetime
) -> CustomSegment:
    return new_segment(
        CUSTOM,
        Draft(
            name="Vape",
            description=None,
            definition=parse_definition({"event": "ordered", "category": "Vape"}),
            filters=None,
        ),
        before,
        rules.definitions,
        by="ann",
        at=at,
    )


def the_dashboards_customers_are_read(services: Services) -> None:
    profile = services.client.collection(paths.PROFILES).document("p1")
    profile.set({"orgId": ORG, "email": "ada@example.org", "emailConsent": True})
    assert run_contacts_backfill(services, ORG) == (1, 1, 0)
    profile.delete()
    assert run_contacts_backfill(services, None) == (0, 0, 1)
    written = DocumentWrite(before=None, after={"orgId": ORG, "email": "ada@example.org"}, at=NOW)
    assert services.profiles().after_write(written) == 1
    point_key = ContactKeyer(SECRET).point(ORG, Channel.EMAIL, "ada@example.org")
    assert services.profiles().after_messages(ORG, [point_key]) == 0
    assert run_profiles_backfill(services, ORG)[1] == 1


def campaigns_are_made(services: Services) -> None:
    put_campaign(services.client, ORG, "sc_000000000000", name="Back", keys=["k1"])
    store = CampaignStore(services.client, ORG)
    actual, more = store.page(size=1, after=(NOW + timedelta(days=1), "x"))
    assert len(actual) == 1
    assert not more
    assert len(list(store.audience(actual[0]))) == 1
    dashboard = DashboardCampaigns(services.client, ORG)
    assert not dashboard.recipient_keys("sc_000000000000", "0", "f")
    with pytest.raises(ConflictError):
        dashboard.create("sc_000000000000", actual[0], Channel.EMAIL, by="somebody", at=NOW)
    assert not store.unfinished()
    assert not list(organizations_with_unfinished_campaigns(services.client))
    (customer, *_) = services.client.collection(paths.customers(ORG)).stream()
    recorder = event_recorder(services, ORG, clock=utc_now)
    sent = Touch(campaign_id="sc_000000000000", channel="email", window_days=30)
    for kind in (EventKind.SENT, EventKind.UNSUBSCRIBED):
        event = MessageEvent(
            kind=kind,
            at=customer.get("last_ordered_at"),
            customer=CustomerId(ORG, customer.id),
            message=sent,
            point="p1",
        )
        assert recorder.record([event]) == [EventStatus.RECORDED]
    counters = CampaignCounters(services.client, ORG)
    assert counters.of("sc_000000000000").events == {"sent": 1, "unsubscribed": 1}
    assert asked_campaigns(services.client, ORG, NOW) == ()
    store.change("sc_000000000000", lambda each: known_sent(each, NOW, by="ann", at=NOW))
    asked = asked_campaigns(services.client, ORG, NOW)
    assert asked
    assert [each.id for each in asked] == ["sc_000000000000"]
    assert counters.all().keys() == {"sc_000000000000"}
    assert not counters.of("sc_00000000000").events
    reader = AudienceReader(services.client, ORG, services.secret)
    as_of = reader.now()
    month = Period.of(NOW.date(), Granularity.MONTH)
    cell = CohortCell(cohort=month, k=0, mode=Mode.IN, returned=True)
    for source in (
        SegmentSource(segment="new"),
        SegmentSource(segment=CUSTOM),
        CohortSource(cell=cell),
        TransitionSource(
            from_segment="new",
            to_segment="new",
            opening_at=NOW - timedelta(days=90),
            closing_at=NOW,
        ),
    ):
        list(reader.keys(source, as_of))
