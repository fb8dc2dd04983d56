"""Hand a campaign over to the dashboard's sender, in pages that can be resumed.

Consent is checked once more, as recorded when a page is processed. Of the members who may still be
written to, those that the dashboard has a customer for become recipients; after the last page, its
campaign is written, which names them. It never exists without its customers: the dashboard would
send a campaign that names no customers to everybody.

A killed page is repeated, with the same result. Costs, per treated member, one read for the
customer and one per address, one per document of the dashboard, and a write and a read per
recipient; per 1,000 customers of the group 3 reads and a write; and one write per channel.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from shared.campaigns.audience import Arm, ContactPolicy, Standing, contact_policy
from shared.campaigns.campaign import Campaign, CampaignStatus
from shared.campaigns.freezing import GIVEN_UP_AFTER, LONGEST_PAST
from shared.campaigns.handover.handover import (
    ChannelHandOver,
    HandOver,
    HandOverStatus,
    Recipient,
    dashboard_id,
)
from shared.contacts.profile import Channel
from shared.kernel.clock import Clock
from shared.kernel.errors import CampaignStatusError, ConflictError
from shared.organizations.settings import OrganizationSettings


class Campaigns(Protocol):
    """Keeps the campaigns of one organisation, with their audiences."""

    def change(self, campaign_id: str, decide: Callable[[Campaign], Campaign]) -> Campaign | None:
        """Write what `decide` makes of a campaign; None without one."""
        ...

    def chunk(self, campaign: Campaign, number: int) -> list[Standing]:
        """One chunk of the audience."""
        ...


class Recipients(Protocol):
    """Resolves members to recipients as of now."""

    def of(
        self, treated: Sequence[Standing], policy: ContactPolicy, settings: OrganizationSettings
    ) -> list[Recipient]:
        """Return treated members in order, each on each usable channel."""
        ...


class DashboardCampaigns(Protocol):
    """Writes campaigns of the dashboard for one organisation."""

    def is_ours(self, dashboard_id: str, campaign: Campaign) -> bool | None:
        """Whether a campaign of the dashboard is ours; None if it does not exist."""
        ...

    def replace_recipients(
        self,
        dashboard_id: str,
        recipients: Sequence[Recipient],
        *,
        first_key: str,
        last_key: str,
        at: datetime,
    ) -> None:
        """Replace the recipients among the customers from one key to another."""
        ...

    def create(
        self, dashboard_id: str, campaign: Campaign, channel: Channel, *, by: str, at: datetime
    ) -> None:
        """Write the campaign, with all its recipients, unless it exists."""
        ...


class HandOverWorker:
    """Hands campaigns of one organisation over."""

    def __init__(
        self,
        campaigns: Campaigns,
        recipients: Recipients,
        dashboard: DashboardCampaigns,
        settings: OrganizationSettings,
        *,
        chunk_size: int,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._recipients = recipients
        self._dashboard = dashboard
        self._settings = settings
        self._chunk_size = chunk_size
        self._clock = clock

    def go_on(
        self, campaign: Campaign, *, stop_at: datetime | None = None, at_most: int | None = None
    ) -> Campaign:
        """Continue until the campaign is handed over or cannot be; returns it in its new state.

        Stops early at `stop_at`, and before any work on a group of more than `at_most`. Raises
        ConflictError if another call has progressed.
        """
        handover = campaign.handover
        too_large = at_most is not None and (campaign.expected or 0) > at_most
        if handover is None or not campaign.handing_over or too_large:
            return campaign
        ids = {
            channel: dashboard_id(campaign.id, channel, campaign.plan.channels)
            for channel in campaign.plan.channels
        }
        ours = [self._dashboard.is_ours(each, campaign) for each in ids.values()]
        if False in ours:
            return self._fail(campaign, "The dashboard has another campaign of the same id.")
        now = self._clock()
        if True not in ours:
            if now >= handover.asked_at + GIVEN_UP_AFTER:
                return self._fail(campaign, "The campaign could not be handed over within a day.")
            if now > handover.began_at + LONGEST_PAST:
                # What was found then may be true no longer.
                again = replace(handover, began_at=now, done=0, channels={})
                campaign = self._save(campaign, handover=again)
        while campaign.handover and campaign.handover.done < (campaign.expected or 0):
            campaign = self._page(campaign, campaign.handover, ids)
            if stop_at is not None and self._clock() >= stop_at:
                return campaign
        return self._finish(campaign, ids)

    def _page(self, campaign: Campaign, handover: HandOver, ids: dict[Channel, str]) -> Campaign:
        standings = self._campaigns.chunk(campaign, handover.done // self._chunk_size)
        plan, now = campaign.plan, self._clock()
        policy = contact_policy(plan.channels, self._settings, plan.contacted_within_days, now)
        treated = [each for each in standings if each.arm is Arm.TREATED]
        recipients = self._recipients.of(treated, policy, self._settings)
        channels = {}
        for channel, id in ids.items():
            progress = handover.channels.get(channel, ChannelHandOver())
            recipients_taken, progress = _accepted_recipients(
                (each for each in recipients if each.channel is channel), progress
            )
            channels[channel] = progress
            self._dashboard.replace_recipients(
                id,
                recipients_taken,
                first_key=standings[0].customer_key,
                last_key=standings[-1].customer_key,
                at=now,
            )
        processed = handover.done + len(standings)
        return self._save(campaign, handover=replace(handover, done=processed, channels=channels))

    def _finish(self, campaign: Campaign, ids: dict[Channel, str]) -> Campaign:
        handover = campaign.handover
        assert handover is not None
        if not any(each.reachable for each in handover.channels.values()):
            return self._fail(campaign, "Nobody of the audience may be written to any more.")
        for channel, id in ids.items():
            if handover.channels[channel].in_dashboard:
                self._dashboard.create(id, campaign, channel, by=handover.by, at=self._clock())
        return self._save(
            campaign,
            status=CampaignStatus.HANDED_OVER,
            handover=replace(handover, status=HandOverStatus.COMPLETE),
        )

    def _fail(self, campaign: Campaign, why: str) -> Campaign:
        assert campaign.handover is not None
        failed_handover = replace(campaign.handover, status=HandOverStatus.FAILED)
        return self._save(campaign, handover=failed_handover, failure=why)

    def _save(self, campaign: Campaign, **changes: Any) -> Campaign:
        """Save the progress, unless another call has progressed."""

        def decide(stored: Campaign) -> Campaign:
            if (stored.status, stored.handover) != (campaign.status, campaign.handover):
                raise ConflictError("Another task is processing the campaign.")
            now = {"worked_at": self._clock(), "failure": None, "number": stored.number + 1}
            return replace(stored, **(now | changes))

        saved_campaign = self._campaigns.change(campaign.id, decide)
        if saved_campaign is None:
            raise ConflictError("The campaign is gone.")
        return saved_campaign


def _accepted_recipients(
    recipients: Iterable[Recipient], progress: ChannelHandOver
) -> tuple[list[Recipient], ChannelHandOver]:
    accepted = []
    for each in recipients:
        progress, is_taken = progress.with_recipient(each)
        if is_taken:
            accepted.append(each)
    return accepted, progress


def with_hand_over(campaign: Campaign, *, by: str, at: datetime) -> Campaign:
    """Return the campaign with a requested hand-over; unchanged if that is under way or complete.

    Raises CampaignStatusError if it cannot be.
    """
    if campaign.status is CampaignStatus.HANDED_OVER or campaign.handing_over:
        return campaign
    if campaign.status is not CampaignStatus.READY:
        raise CampaignStatusError(f"The campaign is {campaign.status} and cannot be handed over.")
    return replace(
        campaign,
        handover=HandOver(status=HandOverStatus.RUNNING, by=by, asked_at=at, began_at=at),
        failure=None,
        worked_at=None,
        number=campaign.number + 1,
        updated_at=at,
        updated_by=by,
    )
