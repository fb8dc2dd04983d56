"""Freeze the audience of a campaign, in steps that can be resumed.

First the keys of the group are found and written down, then customers are evaluated in pages, then
arms are assigned, which takes the whole group. Everything is read as of one instant and a page is
always written under the same name, so a continuation after a killed call arrives at the same
audience. Firestore remembers the past for an hour: work that began long before starts again, as of
now.

Costs one read per customer for the keys (up to 3 in a cell of a matrix), one per customer and one
per address, and per chunk of customers 4 reads and 3 writes: one read of the keys and two of the
chunk, two writes of the chunk, and one read and write of the progress.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from shared.campaigns.audience import Arms, ContactPolicy, Standing, contact_policy, counts_of
from shared.campaigns.campaign import Campaign, CampaignStatus
from shared.campaigns.source import Source
from shared.kernel.clock import Clock
from shared.kernel.errors import ConflictError
from shared.orders.nobody import Placeholders
from shared.organizations.settings import OrganizationSettings

LONGEST_PAST = timedelta(minutes=25)
"""Age at which work starts again: a task runs for as long, and Firestore keeps the past for an
hour."""
GIVEN_UP_AFTER = timedelta(days=1)
LONGEST_SILENCE = timedelta(minutes=2)
"""Many times the duration of a page: a call without progress for so long was killed."""


class Groups(Protocol):
    """Reads the groups of one organisation."""

    def now(self) -> datetime:
        """The server's time."""
        ...

    def keys(self, source: Source, as_of: datetime) -> Iterator[str]:
        """The keys of a group's customers, each once, in no particular order."""
        ...

    def standings(
        self,
        keys: Sequence[str],
        as_of: datetime,
        policy: ContactPolicy,
        placeholders: Placeholders,
    ) -> list[Standing]:
        """Return the standings of customers as of an instant, in the order given."""
        ...


class Campaigns(Protocol):
    """Keeps the campaigns of one organisation, with their audiences."""

    def change(self, campaign_id: str, decide: Callable[[Campaign], Campaign]) -> Campaign | None:
        """Apply `decide` to a campaign and store the result; None if it does not exist."""
        ...

    def write_keys(self, campaign: Campaign, keys: Sequence[str]) -> None:
        """Write the keys of the group, in order."""
        ...

    def keys(self, campaign: Campaign, start: int, size: int) -> list[str]:
        """Return consecutive keys."""
        ...

    def delete_keys(self, campaign: Campaign) -> None:
        """Delete what `write_keys` wrote."""
        ...

    def write_chunk(self, campaign: Campaign, number: int, standings: Sequence[Standing]) -> None:
        """Write one chunk of the audience."""
        ...

    def chunk(self, campaign: Campaign, number: int) -> list[Standing]:
        """One chunk of the audience."""
        ...

    def delete_audience(self, campaign: Campaign) -> None:
        """Delete all chunks of the campaign's generation."""
        ...


class Freezer:
    """Freezes audiences of one organisation."""

    def __init__(
        self,
        campaigns: Campaigns,
        groups: Groups,
        settings: OrganizationSettings,
        *,
        org_id: str,
        secret: bytes,
        chunk_size: int,
        new_generation: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._groups = groups
        self._settings = settings
        self._org_id = org_id
        self._secret = secret
        self._chunk_size = chunk_size
        self._new_generation = new_generation
        self._clock = clock

    def freeze(
        self, campaign: Campaign, *, stop_at: datetime | None = None, at_most: int | None = None
    ) -> Campaign:
        """Continue until the audience is frozen or cannot be; returns the campaign in its new
        state.

        Stops early, with the campaign still `freezing`, at `stop_at`, and before reading a group of
        more than `at_most`. Raises ConflictError if another call has progressed.
        """
        too_large = at_most is not None and (campaign.expected or 0) > at_most
        if campaign.status is not CampaignStatus.FREEZING or too_large:
            return campaign
        if self._clock() >= campaign.created_at + GIVEN_UP_AFTER:
            return self._fail(campaign, "The audience could not be frozen within a day.")
        if self._groups.now() > campaign.frozen_at + LONGEST_PAST:
            campaign = self._begun_again(campaign)
        if campaign.expected is None:
            most = None if at_most is None else at_most + 1
            keys = sorted(islice(self._groups.keys(campaign.plan.source, campaign.frozen_at), most))
            if at_most is not None and len(keys) > at_most:
                return campaign
            if not keys:
                return self._fail(campaign, "The group is empty: there is nobody to write to.")
            self._campaigns.write_keys(campaign, keys)
            chunks = -(-len(keys) // self._chunk_size)
            campaign = self._save(campaign, expected=len(keys), chunks=chunks)
        while campaign.done < (campaign.expected or 0):
            campaign = self._page(campaign)
            if stop_at is not None and self._clock() >= stop_at:
                return campaign
        return self._finish(campaign)

    def _begun_again(self, campaign: Campaign) -> Campaign:
        again = self._save(
            campaign,
            frozen_at=self._groups.now(),
            generation=self._new_generation(),
            rules_revision=self._settings.rules.revision,
            expected=None,
            chunks=0,
            done=0,
        )
        self._campaigns.delete_audience(campaign)
        return again

    def _page(self, campaign: Campaign) -> Campaign:
        keys = self._campaigns.keys(campaign, campaign.done, self._chunk_size)
        plan = campaign.plan
        policy = contact_policy(
            plan.channels, self._settings, plan.contacted_within_days, campaign.frozen_at
        )
        standings = self._groups.standings(
            keys, campaign.frozen_at, policy, self._settings.placeholders
        )
        self._campaigns.write_chunk(campaign, campaign.done // self._chunk_size, standings)
        return self._save(campaign, done=campaign.done + len(keys))

    def _finish(self, campaign: Campaign) -> Campaign:
        """Assign arms, chunk by chunk: a repeated call assigns the same."""
        arms = Arms(
            secret=self._secret,
            campaign_id=f"{self._org_id}/{campaign.id}",
            holdout_share=campaign.plan.holdout_share,
        )
        for number in range(campaign.chunks):
            for standing in self._campaigns.chunk(campaign, number):
                arms.add(standing)
        counts = counts_of(self._assigned(campaign, arms), campaign.plan.channels)
        if not counts.treated:
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts.left_out.items())
            failed_campaign = self._fail(
                campaign,
                f"Nobody of the {counts.customers} customers would be written to: "
                f"{counts.held_out} held out{', ' + reasons if reasons else ''}.",
                counts=counts,
            )
            self._campaigns.delete_keys(campaign)
            return failed_campaign
        self._campaigns.delete_keys(campaign)
        return self._save(campaign, status=CampaignStatus.READY, counts=counts)

    def _assigned(self, campaign: Campaign, arms: Arms) -> Iterator[Standing]:
        everybody = (
            (number, standing)
            for number in range(campaign.chunks)
            for standing in self._campaigns.chunk(campaign, number)
        )
        # One pass over all of them: of customers with one address the first keeps it.
        waiting = arms.assign(standing for _, standing in everybody)
        for number in range(campaign.chunks):
            part = list(islice(waiting, self._chunk_size))
            self._campaigns.write_chunk(campaign, number, part)
            yield from part

    def _fail(self, campaign: Campaign, why: str, **changes: Any) -> Campaign:
        return self._save(campaign, status=CampaignStatus.FAILED, failure=why, **changes)

    def _save(self, campaign: Campaign, **changes: Any) -> Campaign:
        """Save the progress, unless another call has progressed."""

        def decide(stored: Campaign) -> Campaign:
            if _place(stored) != _place(campaign):
                raise ConflictError("Another task is processing the campaign.")
            now = {"worked_at": self._clock(), "failure": None, "number": stored.number + 1}
            return replace(stored, **(now | changes))

        saved_campaign = self._campaigns.change(campaign.id, decide)
        if saved_campaign is None:
            raise ConflictError("The campaign is gone.")
        return saved_campaign


def is_worked_on(campaign: Campaign, now: datetime) -> bool:
    """Whether the work is progressing: the place moves with every page."""
    return campaign.worked_at is not None and now < campaign.worked_at + LONGEST_SILENCE


def _place(campaign: Campaign) -> tuple[object, ...]:
    return campaign.status, campaign.generation, campaign.expected, campaign.done
