"""Routes of events of campaigns' messages, for senders."""

from collections import Counter
from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.campaigns.campaign import Campaign, CampaignStatus, is_campaign_id, known_sent
from shared.campaigns.events.answers import (
    CampaignEvent,
    CampaignEventResults,
    CampaignEventsBody,
    EventResult,
)
from shared.campaigns.events.frozen_members_store import frozen_members
from shared.campaigns.events.intake import NamedEvent, intake_of
from shared.campaigns.events.job import event_recorder, look_up_profiles, points_of_profiles
from shared.campaigns.events.recorder import SUPPRESSING, EventStatus
from shared.campaigns.query import CampaignPath
from shared.campaigns.store import CampaignStore
from shared.kernel.errors import CampaignStatusError, InvalidBodyError, NotFoundError
from shared.segments.touch import EventKind
from shared.web.answers import SIGNED_IN, WITH_BODY, answer, signed_in_responses
from shared.web.context import organization, require_editor
from shared.web.parameters import OrganizationQuery
from shared.web.signatures import SCHEME

routes = APIBlueprint(
    "campaign_events",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Campaigns")],
    abp_security=[*SIGNED_IN, {SCHEME: []}],
)


@routes.post(
    "/campaigns/<id>/events",
    operation_id="postCampaignEvents",
    responses=signed_in_responses(CampaignEventResults, HTTPStatus.CONFLICT, *WITH_BODY),
)
def post_campaign_events(
    path: CampaignPath, query: OrganizationQuery, body: CampaignEventsBody
) -> Response:
    """Record what happened to messages: who they were sent to, who opened them, who unsubscribed.

    Each event counts once per member and type, whatever comes twice, late or in any order. Credit
    and consent follow in the same commit. The result of a member who is held out or unknown says
    so, and nothing is counted; a bounce, a complaint or an unsubscription is recorded in any case.
    The first message sent makes the campaign `sent`. Costs 1 read and 2 writes per message sent;
    per call 1 read, and one write of counters per 100 customers.
    """
    by = require_editor()
    current = organization()
    store = current.open(CampaignStore)
    campaign = store.campaign(path.id) if is_campaign_id(path.id) else None
    if campaign is None:
        raise NotFoundError("There is no such campaign.")
    if campaign.status in (CampaignStatus.FREEZING, CampaignStatus.FAILED):
        raise CampaignStatusError(
            f"The campaign is {campaign.status}: it has no audience to send anything to."
        )
    for number, each in enumerate(body.events):
        if each.channel is not None and each.channel not in campaign.plan.channels:
            raise InvalidBodyError(
                "must be a channel of the campaign", pointer=f"/events/{number}/channel"
            )
    intake = intake_of(
        _named_events(body.events),
        current.id,
        campaign,
        current.open(frozen_members, campaign),
        current.as_of,
    )
    recorded_statuses = iter(current.run(event_recorder, clock=current.clock).record(intake.events))
    statuses = [next(recorded_statuses) if status is None else status for status in intake.statuses]
    current.run(
        look_up_profiles,
        [each.point for each in intake.events if each.point and each.kind in SUPPRESSING],
    )
    sent_times = [
        each.at
        for each in intake.events
        if each.kind is EventKind.SENT and each.customer is not None
    ]
    if sent_times and known_sent(campaign, min(sent_times), by=by, at=current.as_of) != campaign:

        def decide(before: Campaign) -> Campaign:
            return known_sent(before, min(sent_times), by=by, at=current.as_of)

        store.change(campaign.id, decide)
    counts = Counter(statuses)
    recorded_count = counts[EventStatus.RECORDED] + counts[EventStatus.CONSENT_ONLY]
    return answer(
        CampaignEventResults(
            org_id=current.id,
            campaign_id=campaign.id,
            recorded=recorded_count,
            duplicates=counts[EventStatus.DUPLICATE],
            refused=len(statuses) - recorded_count - counts[EventStatus.DUPLICATE],
            results=[
                EventResult(id=each.id, status=status)
                for each, status in zip(body.events, statuses, strict=True)
            ],
        )
    )


def _named_events(events: list[CampaignEvent]) -> list[NamedEvent]:
    profiles = organization().run(
        points_of_profiles, [each.customer_id for each in events if each.customer_id]
    )
    return [
        NamedEvent(
            id=each.id,
            kind=each.type,
            at=each.at,
            channel=each.channel,
            # A recipient of the dashboard's campaign has the key of its customer.
            customer_key=each.customer_key or each.recipient_id,
            point=each.contact_point,
            profile_points=profiles.get(each.customer_id or "", {}),
        )
        for each in events
    ]
