"""A campaign to 100,000: frozen, handed over and measured by work that is ended again and again.

The baseline reads a tenth of the customers and addresses in pages, with no logic. The audience
must come out as it does undisturbed, its recipients must be the treated, as far as the dashboard
has room, and the measurement must be what each arm spent. The memory is what the process took at
most, the client's included.
"""

import resource
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple
from unittest.mock import patch

from google.cloud import firestore

from shared.campaigns import freezing, job
from shared.campaigns.audience import Arm, Standing, assigned
from shared.campaigns.campaign import Campaign, CampaignStatus, Economics, Plan, new_campaign
from shared.campaigns.handover import worker
from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.handover.handover import MAX_IDS
from shared.campaigns.handover.worker import with_hand_over
from shared.campaigns.source import Goal, SegmentSource
from shared.campaigns.store import CampaignStore
from shared.contacts.profile import Channel
from shared.firestore import paths, query_chunks
from shared.firestore.page_reads import READ_LIMITS
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.settings import Settings
from shared.nightly.dispatch import Task
from shared.segments.crm_profile import Consent
from shared.services import Services
from tests.benchmarks.campaign_lift import measured
from tests.benchmarks.installation import SECRET, new_client
from tests.benchmarks.ratio import Ratio
from tests.campaigns.crm import put_crowd
from tests.support.memory_queue import MemoryQueue
from tests.support.metered import Before, Meter, failing, metered
from tests.support.shop import ORG

ID = "sc_000000000001"
HOLDOUT_SHARE = 0.1
SIZE = 100_000
PAGE = 500
ENDED_AFTER = 20
"""Commits after which the first task is ended; each further one is granted so many more."""
EMULATOR_SECONDS = 300.0
"""For a query: the emulator sorts the whole collection for each part of one, which an index of
Firestore's does not need."""
EMULATOR_PAST = timedelta(minutes=50)
"""Age of the oldest instant read: on a busy machine the emulator takes longer than Firestore."""


class Work(NamedTuple):
    """Result of the tasks of a campaign, and their cost."""

    campaign: Campaign
    took: float
    meter: Meter
    peak: int
    """KiB."""
    ended: int
    """Number of killed tasks."""


def measure(size: int = SIZE) -> list[Ratio]:
    """Measure once each: reads and writes are the same at every run."""
    with (
        patch.object(query_chunks, "CHUNK_SIZE", size + 1),
        patch.dict(READ_LIMITS, timeout=EMULATOR_SECONDS),
        patch.object(freezing, "LONGEST_PAST", EMULATOR_PAST),
        patch.object(worker, "LONGEST_PAST", EMULATOR_PAST),
    ):
        return _measure(size)


def _measure(size: int) -> list[Ratio]:
    client = new_client()
    services = build_services(client, Settings(settings_refresh_seconds=3600), SECRET)
    put_crowd(services, size)
    base = 10 * _timed(lambda: _read(client, size // 10))
    queue = MemoryQueue()
    services = replace(services, queue=lambda: queue)
    store = CampaignStore(client, ORG)
    frozen = _frozen(services, store)
    _check_audience(list(store.audience(frozen.campaign)), size)
    over = _handed_over(services, store, frozen.campaign)
    handed = over.campaign
    assert handed.handover is not None
    channel = handed.handover.channels[Channel.EMAIL]
    treated = [each.customer_key for each in store.audience(handed) if each.arm is Arm.TREATED]
    recipients = DashboardCampaigns(client, ORG).recipient_keys(handed.id, "0", "g")
    if sorted(recipients) != treated[:MAX_IDS]:
        raise AssertionError("The recipients are not the treated.")
    return [
        Ratio(
            what=f"freezing {size:,} members, ended {frozen.ended} times",
            baseline="reading their customers and addresses",
            value=frozen.took / base,
            goal="≤ 4.00",
            figures=f"{frozen.took:.1f} s / {base:.1f} s, {_per(frozen.meter, size)}, "
            f"{frozen.peak >> 10} MiB",
        ),
        Ratio(
            what=f"handing {size:,} members over, ended {over.ended} times",
            baseline="reading their customers and addresses",
            value=over.took / base,
            goal="≤ 6.00",
            figures=f"{over.took:.1f} s / {base:.1f} s, {_per(over.meter, size)}, "
            f"{channel.in_dashboard:,} in the dashboard, {sum(channel.by_file.values()):,} by file",
        ),
        *measured(client, handed),
    ]


def _read(client: firestore.Client, size: int) -> None:
    for folder in (paths.customers(ORG), paths.contact_points(ORG)):
        keys = (each.id for each in client.collection(folder).select([]).limit(size).stream())
        while page := list(islice(keys, PAGE)):
            list(client.get_all([client.document(f"{folder}/{key}") for key in page]))


def _check_audience(found: list[Standing], size: int) -> None:
    """Everybody must be in it with consent, in the arm that is drawn when nothing is ended."""
    undisturbed = assigned(
        [replace(each, arm=None) for each in found],
        secret=SECRET,
        campaign_id=f"{ORG}/{ID}",
        holdout_share=HOLDOUT_SHARE,
    )
    keys = [f"{number:032x}" for number in range(size)]
    if found != undisturbed or [each.customer_key for each in found] != keys:
        raise AssertionError("The audience is not the one of work that is not ended.")
    for each in found:
        channel = each.channels[Channel.EMAIL]
        if each.arm is None or each.left_out is not None or channel.against is not None:
            raise AssertionError("A member is left out.")
        if channel.consent is None or channel.consent.consent is not Consent.GRANTED:
            raise AssertionError("The consent of a member is not kept.")


def _frozen(services: Services, store: CampaignStore) -> Work:
    plan = Plan(
        name="Hello",
        description=None,
        goal=Goal.AWARENESS,
        channels=(Channel.EMAIL,),
        source=SegmentSource(segment="new"),
        holdout_share=HOLDOUT_SHARE,
        window_days=7,
        contacted_within_days=0,
        economics=Economics(),
    )
    store.create(
        new_campaign(
            ID,
            plan,
            "plan",
            rules_revision=0,
            frozen_at=job.audiences(services, ORG).now(),
            generation="benchmark",
            by="benchmark",
            at=utc_now(),
        )
    )
    return _worked(services, store, CampaignStatus.READY)


def _handed_over(services: Services, store: CampaignStore, campaign: Campaign) -> Work:
    store.change(campaign.id, lambda each: with_hand_over(each, by="benchmark", at=utc_now()))
    return _worked(services, store, CampaignStatus.HANDED_OVER)


def _worked(services: Services, store: CampaignStore, wanted: CampaignStatus) -> Work:
    """Deliver tasks, which are killed again and again, until the campaign has reached a status."""
    gap, limit, times = 0, ENDED_AFTER, 0

    def plan(method: str, _number: int) -> Before | None:
        nonlocal gap
        gap += method == "commit"
        if method != "commit" or gap < limit:
            return None
        gap = 0
        return Before(RuntimeError("ended"))

    start = perf_counter()
    with metered(services.client) as meter, failing(services.client, plan):
        while True:
            campaign = store.campaign(ID)
            assert campaign is not None
            if campaign.status is wanted:
                break
            if campaign.status is CampaignStatus.FAILED:
                raise AssertionError(campaign.failure)
            # A further part waits for nobody who was ended.
            task = Task(queue=job.QUEUE, org_id=ORG, due_at=utc_now(), part=1)
            try:
                job.run_campaigns_task(services, task, clock=utc_now)
            except RuntimeError:
                # The last step assigns all arms in one go.
                limit += ENDED_AFTER
                times += 1
    took = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Work(campaign, took, meter, peak, times)


def _timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _per(meter: Meter, size: int) -> str:
    reads, writes = meter.documents_read / size, meter.documents_written / size
    return f"per member {reads:.3f} reads and {writes:.3f} writes"
