"""Transitions of a campaign, by people and by completed work."""

from datetime import UTC, datetime

import pytest

from shared.campaigns.audience import counts_of
from shared.campaigns.campaign import (
    TRANSITIONS,
    Campaign,
    CampaignStatus,
    Change,
    Economics,
    Plan,
    with_change,
)
from shared.campaigns.source import Goal, SegmentSource
from shared.contacts.profile import Channel
from shared.kernel.errors import CampaignStatusError

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def campaign(status: CampaignStatus) -> Campaign:
    return Campaign(
        id="sc_000000000000",
        plan=Plan(
            name="Come back",
            description=None,
            goal=Goal.WINBACK,
            channels=(Channel.EMAIL,),
            source=SegmentSource(segment="slipping"),
            holdout_share=0.1,
            window_days=7,
            contacted_within_days=7,
            economics=Economics(),
        ),
        created_plan="plan",
        status=status,
        counts=counts_of([], [Channel.EMAIL]),
        rules_revision=0,
        frozen_at=NOW,
        generation="g",
        chunks=0,
        expected=0,
        done=0,
        number=1,
        created_at=NOW,
        created_by="somebody",
        updated_at=NOW,
        updated_by="somebody",
    )


def put(before: CampaignStatus, after: CampaignStatus) -> Campaign:
    change = Change(name="Come back", description=None, status=after, economics=Economics())
    return with_change(campaign(before), change, by="somebody", at=NOW)


def test_every_campaign_ends_sent_cancelled_or_failed() -> None:
    ends = {status for status in CampaignStatus if not TRANSITIONS[status]}
    assert ends == {CampaignStatus.SENT, CampaignStatus.CANCELLED, CampaignStatus.FAILED}
    assert all(status not in TRANSITIONS[status] for status in CampaignStatus)


@pytest.mark.parametrize("before", CampaignStatus)
@pytest.mark.parametrize("after", CampaignStatus)
def test_people_say_sent_and_cancelled_and_nothing_else(
    before: CampaignStatus, after: CampaignStatus
) -> None:
    """`handed_over`, `ready` and `failed` follow from work, whoever asks for them."""
    usable = before in (CampaignStatus.READY, CampaignStatus.HANDED_OVER)
    if before is after:
        assert put(before, after) == campaign(before)
    elif usable and after in (CampaignStatus.SENT, CampaignStatus.CANCELLED):
        assert put(before, after).status is after
        assert (put(before, after).sent_at == NOW) == (after is CampaignStatus.SENT)
    else:
        with pytest.raises(CampaignStatusError, match=f"is {before}"):
            put(before, after)
