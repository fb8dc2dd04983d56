"""Jobs of campaigns, with the services of the installation.

Work on campaigns is a task per organisation, which continues in further tasks. Progress is kept in
the campaigns themselves: a scheduled function enqueues stalled work again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from shared.campaigns.audience_store import AudienceReader
from shared.campaigns.campaign import Campaign
from shared.campaigns.freezing import Freezer, is_worked_on
from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.handover.recipient_store import RecipientReader
from shared.campaigns.handover.worker import HandOverWorker, with_hand_over
from shared.campaigns.store import (
    CHUNK_SIZE,
    CampaignStore,
    organizations_with_unfinished_campaigns,
)
from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError, QueueError
from shared.kernel.platform import TASK_WORK_SECONDS
from shared.nightly.dispatch import DispatchOutcome, Task, dispatch
from shared.services import Services

QUEUE = "campaignsorganization"
IN_CALL = 2_000
"""Customers of a group that a call processes itself, in some seconds; more are left to a task."""


def audiences(services: Services, org_id: str) -> AudienceReader:
    """Reads the groups of one organisation."""
    return AudienceReader(services.client, org_id, services.secret)


def start(services: Services, org_id: str, campaign: Campaign, *, clock: Clock) -> Campaign:
    """Freeze a small audience, or have a task freeze a larger one; returns the campaign after
    that."""
    try:
        campaign = _freezer(services, org_id, clock).freeze(campaign, at_most=IN_CALL)
    except ConflictError:
        # Another call with the same key is processing it.
        campaign = CampaignStore(services.client, org_id).campaign(campaign.id) or campaign
    if campaign.unfinished:
        enqueue(services, org_id, clock())
    return campaign


def hand_over(
    services: Services, org_id: str, campaign_id: str, *, by: str, at: datetime, clock: Clock
) -> Campaign | None:
    """Hand a campaign over, or have a task do so for a larger one; None without the campaign.

    Returns the campaign after that. Raises CampaignStatusError if it cannot be handed over.
    """
    store = CampaignStore(services.client, org_id)
    campaign = store.change(campaign_id, lambda before: with_hand_over(before, by=by, at=at))
    if campaign is None or not campaign.handing_over:
        return campaign
    try:
        campaign = _hand_over_worker(services, org_id, clock).go_on(campaign, at_most=IN_CALL)
    except ConflictError:
        campaign = store.campaign(campaign_id) or campaign
    if campaign.unfinished:
        enqueue(services, org_id, clock())
    return campaign


def recipients(services: Services, org_id: str) -> RecipientReader:
    """Build the reader of an organisation's recipients."""
    return RecipientReader(services.client, org_id, services.secret, services.organizations)


def enqueue(services: Services, org_id: str, at: datetime) -> None:
    """Enqueue a task that continues an organisation's campaigns."""
    try:
        _enqueue(services, Task(queue=QUEUE, org_id=org_id, due_at=at))
    except QueueError:
        # `dispatch_unfinished` will.
        logs.task_not_enqueued(QUEUE, org_id)


def dispatch_unfinished(
    services: Services, due_at: datetime, *, clock: Clock, stop_at: datetime
) -> DispatchOutcome:
    """Enqueue a task for every organisation with unfinished campaigns: one query, in pages."""
    tasks = (
        Task(queue=QUEUE, org_id=org_id, due_at=due_at)
        for org_id in organizations_with_unfinished_campaigns(services.client)
    )
    return dispatch(services.queue(), QUEUE, tasks, clock=clock, stop_at=stop_at)


def run_campaigns_task(services: Services, task: Task, *, clock: Clock) -> None:
    """Continue an organisation's campaigns; out of time, enqueue a task that continues.

    The first task of several leaves a campaign to the one working on it; one that continues
    another does not. A failure is recorded in its campaign, does not delay others, and is raised at
    the end.
    """
    stop_at = clock() + timedelta(seconds=TASK_WORK_SECONDS)
    store = CampaignStore(services.client, task.org_id)
    failure: Exception | None = None
    unfinished = False
    for campaign in store.unfinished():
        if task.part == 0 and is_worked_on(campaign, clock()):
            continue
        try:
            after = _go_on(services, task.org_id, campaign, stop_at, clock)
        except ConflictError:
            # Another task has taken over and reports the outcome.
            logs.task_skipped(QUEUE, task.org_id)
        except Exception as error:
            _note(store, campaign, error)
            failure = error
        else:
            unfinished |= after.unfinished
    if failure is not None:
        raise failure
    if unfinished:
        _enqueue(services, task.next_part())


def _go_on(
    services: Services, org_id: str, campaign: Campaign, stop_at: datetime, clock: Clock
) -> Campaign:
    if campaign.handing_over:
        after = _hand_over_worker(services, org_id, clock).go_on(campaign, stop_at=stop_at)
    else:
        after = _freezer(services, org_id, clock).freeze(campaign, stop_at=stop_at)
    logs.campaign_worked_on(org_id, campaign.id, after.status, done=after.done)
    return after


def _note(store: CampaignStore, campaign: Campaign, error: Exception) -> None:
    def noted(before: Campaign) -> Campaign:
        if not before.unfinished:
            return before
        return replace(before, failure=type(error).__name__, worked_at=None)

    store.change(campaign.id, noted)


def _freezer(services: Services, org_id: str, clock: Clock) -> Freezer:
    return Freezer(
        CampaignStore(services.client, org_id),
        audiences(services, org_id),
        services.organizations.refreshed(org_id),
        org_id=org_id,
        secret=services.secret,
        chunk_size=CHUNK_SIZE,
        new_generation=lambda: uuid4().hex,
        clock=clock,
    )


def _hand_over_worker(services: Services, org_id: str, clock: Clock) -> HandOverWorker:
    return HandOverWorker(
        CampaignStore(services.client, org_id),
        recipients(services, org_id),
        DashboardCampaigns(services.client, org_id),
        services.organizations.refreshed(org_id),
        chunk_size=CHUNK_SIZE,
        clock=clock,
    )


def _enqueue(services: Services, task: Task) -> None:
    is_enqueued = services.queue().enqueue(task)
    logs.tasks_dispatched(QUEUE, enqueued=int(is_enqueued), existing=int(not is_enqueued), failed=0)
