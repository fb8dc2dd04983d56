"""Facts about campaigns: certain gains, and results that cannot be judged. Pure."""

from collections.abc import Iterator

from shared.insights.campaign_findings import MeasuredCampaign, best_paid, latest_unclear
from shared.insights.facts.groups import group, origin_of
from shared.insights.numbers import Source
from shared.kernel.facts import Fact, FactUnit, Link, Name, Subject, Words


def campaign_facts(
    source: Source[tuple[MeasuredCampaign, ...]], campaigns: tuple[MeasuredCampaign, ...]
) -> Iterator[Subject]:
    best, unclear = best_paid(campaigns), latest_unclear(campaigns)
    if best is not None:
        yield from _paid_facts(source, best)
    if unclear is not None:
        yield from _unclear_facts(source, unclear)


def _paid_facts(source: Source[object], campaign: MeasuredCampaign) -> Iterator[Subject]:
    origin = origin_of(source, "campaigns", _link(campaign))
    yield Name(id="paid_campaign", label="the campaign that paid", text=campaign.name)
    for id, label, cents, lead, tail in (
        (
            "campaign_gain",
            "revenue that came of the campaign, measured against customers held out",
            campaign.gain_cents,
            "",
            "in revenue that came of the campaign",
        ),
        (
            "campaign_gain_low",
            "lower end of the 95 % interval of that revenue",
            campaign.least_gain_cents,
            "at least",
            "of it beyond chance",
        ),
    ):
        if cents is not None:
            yield Fact(
                id=id,
                label=label,
                value=cents,
                unit=FactUnit.CENTS,
                words=Words(lead=lead, many="", tail=tail),
                origin=origin,
            )
    yield from group(
        "campaign_treated",
        "customers the campaign was for",
        campaign.treated,
        "whom the campaign was for",
        origin,
    )
    yield from group(
        "campaign_held_out",
        "customers held out for comparison",
        campaign.held_out,
        "who were held out",
        origin,
    )


def _unclear_facts(source: Source[object], campaign: MeasuredCampaign) -> Iterator[Subject]:
    origin = origin_of(source, "campaigns", _link(campaign))
    yield Name(
        id="unclear_campaign", label="the campaign that could not be measured", text=campaign.name
    )
    yield from group(
        "unclear_treated",
        "customers that campaign was for",
        campaign.treated,
        "whom the campaign was for",
        origin,
    )
    yield from group(
        "unclear_held_out",
        "customers held out of it for comparison",
        campaign.held_out,
        "who were held out",
        origin,
    )


def _link(campaign: MeasuredCampaign) -> Link:
    return Link(
        page="/dashboard/campaigns",
        api=f"/v1/campaigns/{campaign.measurement.campaign_id}/performance",
    )
