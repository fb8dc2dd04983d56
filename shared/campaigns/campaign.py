"""A campaign: an audience frozen at an instant, with its status and results."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.campaigns.audience import AudienceCounts
from shared.campaigns.handover.handover import HandOver, HandOverStatus
from shared.campaigns.source import Goal, Source
from shared.contacts.profile import Channel
from shared.kernel.errors import (
    CampaignStatusError,
    HandOverRunningError,
    IdempotencyKeyError,
)

ID_PATTERN = r"sc_[0-9a-f]{12}"
MAX_HOLDOUT = 0.5


class CampaignStatus(StrEnum):
    """State of a campaign."""

    FREEZING = "freezing"
    """Its audience is being frozen."""
    FAILED = "failed"
    """Its audience could not be frozen."""
    READY = "ready"
    HANDED_OVER = "handed_over"
    """The dashboard's sender has it."""
    SENT = "sent"
    CANCELLED = "cancelled"


TRANSITIONS = {
    CampaignStatus.FREEZING: frozenset({CampaignStatus.READY, CampaignStatus.FAILED}),
    CampaignStatus.FAILED: frozenset[CampaignStatus](),
    CampaignStatus.READY: frozenset(
        {CampaignStatus.HANDED_OVER, CampaignStatus.SENT, CampaignStatus.CANCELLED}
    ),
    CampaignStatus.HANDED_OVER: frozenset({CampaignStatus.SENT, CampaignStatus.CANCELLED}),
    CampaignStatus.SENT: frozenset[CampaignStatus](),
    CampaignStatus.CANCELLED: frozenset[CampaignStatus](),
}
"""Allowed transitions from each status."""
BY_PEOPLE = frozenset({CampaignStatus.SENT, CampaignStatus.CANCELLED})
"""Statuses that people may set; the others follow from completed work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Cost and margins of a campaign; None for unknown ones."""

    cost_cents: int | None = None
    margin: float | None = None
    """Share of revenue, from 0 to 1."""
    discount: float | None = None
    """Share of the price, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign as requested: equal calls have equal plans."""

    name: str
    description: str | None
    goal: Goal
    channels: tuple[Channel, ...]
    source: Source
    holdout_share: float
    window_days: int
    contacted_within_days: int
    economics: Economics


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign with its frozen audience."""

    id: str
    plan: Plan
    created_plan: str
    """Fingerprint of the plan that it was created with."""
    status: CampaignStatus
    counts: AudienceCounts | None
    """None until the audience is frozen."""
    rules_revision: int
    """Revision of the rules that defined the group."""
    frozen_at: datetime
    """Instant as of which the audience is frozen."""
    generation: str
    """Names the chunks that hold the audience."""
    chunks: int
    expected: int | None
    """Customers of the group; None until they are known."""
    done: int
    """Number of them processed."""
    number: int
    """Number of times it was saved."""
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    sent_at: datetime | None = None
    worked_at: datetime | None = None
    """Latest sign of progress; None if the work failed or has not begun."""
    failure: str | None = None
    """Cause of the failure, or of the last failed attempt to continue."""
    handover: HandOver | None = None
    """None until a hand-over is requested."""

    @property
    def handing_over(self) -> bool:
        """Whether it is being handed over."""
        running = self.handover is not None and self.handover.status is HandOverStatus.RUNNING
        return running and self.status is CampaignStatus.READY

    @property
    def unfinished(self) -> bool:
        """Whether work on it has to continue."""
        return self.status is CampaignStatus.FREEZING or self.handing_over


def new_campaign(
    campaign_id: str,
    plan: Plan,
    created_plan: str,
    *,
    rules_revision: int,
    frozen_at: datetime,
    generation: str,
    by: str,
    at: datetime,
) -> Campaign:
    """Return a new campaign whose audience has yet to be frozen."""
    return Campaign(
        id=campaign_id,
        plan=plan,
        created_plan=created_plan,
        status=CampaignStatus.FREEZING,
        counts=None,
        rules_revision=rules_revision,
        frozen_at=frozen_at,
        generation=generation,
        chunks=0,
        expected=None,
        done=0,
        number=1,
        created_at=at,
        created_by=by,
        updated_at=at,
        updated_by=by,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New values of the fields of a campaign that may change."""

    name: str
    description: str | None
    status: CampaignStatus
    economics: Economics


def is_campaign_id(text: str) -> bool:
    """Whether the text is of the form that ids of campaigns have."""
    return re.fullmatch(ID_PATTERN, text) is not None


def check_repeated(existing: Campaign, created_plan: str) -> Campaign:
    """Return the campaign that the same call created before.

    Raises IdempotencyKeyError if it was another call with the same key.
    """
    if existing.created_plan != created_plan:
        raise IdempotencyKeyError(
            "The Idempotency-Key was used before, for another campaign than the one in the body."
        )
    return existing


def with_change(before: Campaign, change: Change, *, by: str, at: datetime) -> Campaign:
    """Return the campaign after a change; the same object if nothing differs.

    Raises CampaignStatusError for a status that it cannot go to, and HandOverRunningError.
    """
    status = change.status
    possible = TRANSITIONS[before.status] & BY_PEOPLE
    if status is not before.status and status not in possible:
        alternatives = " or ".join(sorted(possible)) or "nothing else"
        raise CampaignStatusError(
            f"The campaign is {before.status} and can become {alternatives}, not {status}."
        )
    if status is not before.status and before.handing_over:
        raise HandOverRunningError("The campaign is being handed over: wait until that is done.")
    plan = replace(
        before.plan,
        name=change.name,
        description=change.description,
        economics=change.economics,
    )
    if (plan, status) == (before.plan, before.status):
        return before
    became_sent = status is CampaignStatus.SENT and before.sent_at is None
    return replace(
        before,
        plan=plan,
        status=status,
        number=before.number + 1,
        updated_at=at,
        updated_by=by,
        sent_at=at if became_sent else before.sent_at,
    )


def known_sent(before: Campaign, sent_at: datetime, *, by: str, at: datetime) -> Campaign:
    """Return the campaign once a message is known to have been sent; the earliest one counts."""
    if before.status in (CampaignStatus.READY, CampaignStatus.HANDED_OVER):
        status, first = CampaignStatus.SENT, sent_at
    elif before.status is CampaignStatus.SENT:
        status, first = before.status, min(sent_at, before.sent_at or sent_at)
    else:
        return before
    if (status, first) == (before.status, before.sent_at):
        return before
    return replace(
        before,
        status=status,
        sent_at=first,
        number=before.number + 1,
        updated_at=at,
        updated_by=by,
    )
