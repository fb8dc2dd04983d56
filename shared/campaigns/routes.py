"""Campaigns of an organisation."""

import hashlib
from http import HTTPStatus
from itertools import islice
from uuid import uuid4

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.campaigns import answers as models
from shared.campaigns import presentation
from shared.campaigns.audience import Standing, assigned, contact_policy, counts_of
from shared.campaigns.campaign import (
    Campaign,
    CampaignStatus,
    Change,
    Plan,
    check_repeated,
    is_campaign_id,
    new_campaign,
    with_change,
)
from shared.campaigns.context import (
    custom_segment_name,
    group_pages,
    member_standing,
    unresolvable,
)
from shared.campaigns.facts import FactsOfGroup
from shared.campaigns.handover.csv_file import csv_file
from shared.campaigns.handover.handover import HandOverStatus
from shared.campaigns.job import audiences, hand_over, start
from shared.campaigns.performance.lift_store import Measurements
from shared.campaigns.query import (
    CampaignBody,
    CampaignChangeBody,
    CampaignPath,
    MemberKind,
    MembersQuery,
    PrefillQuery,
)
from shared.campaigns.source import goal_of
from shared.campaigns.store import CampaignStore
from shared.kernel.errors import (
    CampaignStatusError,
    EmptyAudienceError,
    HandOverFailedError,
    NotFoundError,
)
from shared.web.answers import (
    SIGNED_IN,
    WITH_BODY,
    WITH_MATCH,
    answer,
    created,
    signed_in_responses,
)
from shared.web.context import organization, require_editor
from shared.web.filters import ListFormat
from shared.web.idempotency import IdempotencyHeader, new_id
from shared.web.limits import check_scanner, count_scan
from shared.web.parameters import OrganizationQuery, PageQuery
from shared.web.preconditions import MatchHeader, require_match

routes = APIBlueprint(
    "campaigns",
    __name__,
    url_prefix="/v1",
    abp_tags=[
        Tag(
            name="Campaigns", description="Audiences, holdouts, hand-over and results of campaigns."
        )
    ],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/campaigns:prefill",
    operation_id="prefillCampaign",
    responses=signed_in_responses(models.Prefill, HTTPStatus.TOO_MANY_REQUESTS),
)
def prefill(query: PrefillQuery) -> Response:
    """Draft a campaign for a segment, a cell of a cohort or a cell of the matrix.

    Nothing is written. The numbers are exact, so it costs up to two document reads per customer of
    the group and one per address.
    """
    current = organization()
    check_scanner()
    settings = current.fresh_settings()
    source = query.source(settings, current.as_of)
    custom_name = custom_segment_name(source)
    count_scan()
    facts = FactsOfGroup(
        as_of=current.as_of, window_days=query.window_days, time_zone=settings.time_zone
    )
    policy = contact_policy(query.channels, settings, query.contacted_within_days, current.as_of)
    standings: list[Standing] = []
    for members, points in group_pages(source, settings):
        for member in members:
            facts.add(
                lifetime_value_cents=member.lifetime_value_cents,
                orders=member.orders,
                categories=member.categories,
            )
            standings.append(member_standing(member, points, policy))
    standings.sort(key=lambda each: each.customer_key)
    drafted = assigned(standings, secret=b"draft", campaign_id="", holdout_share=0)
    return answer(
        presentation.prefill(
            current.id,
            source,
            query.channels,
            counts_of(drafted, query.channels),
            facts.facts(),
            current.open(Measurements).of_goal(goal_of(source)),
            custom_name=custom_name,
            as_of=current.as_of,
        )
    )


@routes.post(
    "/campaigns",
    operation_id="createCampaign",
    responses=signed_in_responses(
        models.CampaignModel,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        *WITH_BODY,
        success=HTTPStatus.CREATED,
    ),
)
def create_campaign(
    header: IdempotencyHeader, query: OrganizationQuery, body: CampaignBody
) -> Response:
    """Create a campaign and freeze its audience: who is treated, held out, or left out and why.

    A group of up to 2,000 customers is frozen when this answers. A larger one is `freezing`:
    poll the campaign until it is `ready`, or `failed` with a reason.

    409 if the custom segment does not exist and, up to that size, if the group is empty or has no
    member who may be written to: then no campaign is created. Costs as much as a draft, and three
    writes per 1,000 customers of the group.
    """
    by = require_editor()
    current = organization()
    settings = current.fresh_settings()
    source = body.source(settings, current.as_of)
    plan = Plan(
        name=body.name,
        description=body.description,
        goal=body.goal or goal_of(source),
        channels=body.channels,
        source=source,
        holdout_share=body.holdout_share,
        window_days=body.window_days,
        contacted_within_days=body.contacted_within_days,
        economics=body.economics,
    )
    fingerprint = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    campaign_id = new_id("sc", header.idempotency_key, "campaign", current.id)
    store = current.open(CampaignStore)
    campaign = store.campaign(campaign_id)
    if campaign is None:
        nobody = unresolvable(source)
        if nobody is not None:
            raise EmptyAudienceError(nobody)
        count_scan()
        campaign = store.create(
            new_campaign(
                campaign_id,
                plan,
                fingerprint,
                rules_revision=settings.rules.revision,
                frozen_at=current.run(audiences).now(),
                generation=uuid4().hex,
                by=by,
                at=current.as_of,
            )
        )
    check_repeated(campaign, fingerprint)
    if campaign.status is CampaignStatus.FREEZING:
        campaign = current.run(start, campaign, clock=current.clock)
        if campaign.status is CampaignStatus.FAILED:
            store.delete(campaign)
            raise EmptyAudienceError(campaign.failure or "Nobody would be written to.")
    return created(
        presentation.campaign_model(current.id, campaign),
        f"/v1/campaigns/{campaign_id}",
        etag=str(campaign.number),
    )


@routes.get(
    "/campaigns", operation_id="listCampaigns", responses=signed_in_responses(models.Campaigns)
)
def list_campaigns(query: PageQuery) -> Response:
    """List campaigns, the newest first: one document read each, and one more."""
    current = organization()
    pager = current.pager("campaigns", token=query.page_token)
    place = pager.after()
    after = (place[0], place[1]) if place else None
    page, more = current.open(CampaignStore).page(size=query.page_size, after=after)
    return answer(
        models.Campaigns(
            org_id=current.id,
            campaigns=[presentation.campaign_model(current.id, each) for each in page],
            next_page_token=pager.next_token([page[-1].created_at, page[-1].id] if more else None),
        )
    )


@routes.get(
    "/campaigns/<id>",
    operation_id="getCampaign",
    responses=signed_in_responses(models.CampaignModel),
)
def get_campaign(path: CampaignPath, query: OrganizationQuery) -> Response:
    """Show one campaign. The `ETag` names its version, for `If-Match` of a change."""
    campaign = _campaign(path.id)
    model = presentation.campaign_model(organization().id, campaign)
    return answer(model, etag=str(campaign.number))


@routes.put(
    "/campaigns/<id>",
    operation_id="putCampaign",
    responses=signed_in_responses(
        models.CampaignModel, HTTPStatus.CONFLICT, *WITH_BODY, *WITH_MATCH
    ),
)
def put_campaign(
    header: MatchHeader, path: CampaignPath, query: OrganizationQuery, body: CampaignChangeBody
) -> Response:
    """Change name, status, cost, margin and discount of a campaign, but not its audience."""
    by = require_editor()
    current = organization()
    change = Change(
        name=body.name,
        description=body.description,
        status=body.status,
        economics=body.economics,
    )

    def decide(before: Campaign) -> Campaign:
        require_match(str(before.number))
        return with_change(before, change, by=by, at=current.as_of)

    campaign = None
    if is_campaign_id(path.id):
        campaign = current.open(CampaignStore).change(path.id, decide)
    if campaign is None:
        raise _not_found()
    return answer(presentation.campaign_model(current.id, campaign), etag=str(campaign.number))


@routes.post(
    "/campaigns/<string:id>:handover",
    operation_id="handOverCampaign",
    responses=signed_in_responses(
        models.CampaignModel, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def hand_over_campaign(path: CampaignPath, query: OrganizationQuery) -> Response:
    """Hand a campaign over to the dashboard's sender: treated members who may be written to now.

    Writes the dashboard's campaign, as a draft that names its customers, and a recipient for each.
    It has room for some 20,000: further members, and those whom the dashboard has no customer for,
    are for the file of members, and `handover` says how many they are. Consent is checked once
    more, and members who may no longer be written to are dropped.

    A group of up to 2,000 customers is handed over when this answers; poll a larger one until its
    `handover` is `complete` or `failed`. A repeated call changes nothing. 409 where the campaign is
    not `ready`, where no member may be written to any more, or where the dashboard has another
    campaign of the same id. Costs up to four reads per treated member and one write.
    """
    by = require_editor()
    current = organization()
    _campaign(path.id)
    count_scan()
    campaign = current.run(hand_over, path.id, by=by, at=current.as_of, clock=current.clock)
    if campaign is None:
        raise _not_found()
    if campaign.handover is not None and campaign.handover.status is HandOverStatus.FAILED:
        raise HandOverFailedError(campaign.failure or "The campaign cannot be handed over.")
    return answer(presentation.campaign_model(current.id, campaign), etag=str(campaign.number))


@routes.get(
    "/campaigns/<id>/members",
    operation_id="listCampaignMembers",
    responses=signed_in_responses(
        models.CampaignMembers, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def list_campaign_members(path: CampaignPath, query: MembersQuery) -> Response:
    """List the customers of the frozen group by key, with arm or reason and recorded consent.

    A page costs one document read and one per 1,000 customers scanned, and contains no address.

    `format=csv` answers with all of them as the file `members.csv`, for a sender: UTF-8 with a byte
    order mark, lines that end in CR LF, and columns customerKey, arm, leftOut, segment, channels
    and inDashboard (both joined by `;`), customerId, firstName, email and phone. Only treated
    members who may be written to when the file is made are in it with an address; `channels` are
    those that they may be written to on, and `inDashboard` those that a hand-over gave to the
    dashboard's sender. It costs what a hand-over costs.
    """
    current = organization()
    campaign = _campaign(path.id)
    store = current.open(CampaignStore)
    if campaign.status in (CampaignStatus.FREEZING, CampaignStatus.FAILED):
        raise CampaignStatusError(f"The campaign is {campaign.status}: it has no members.")
    if query.format_ is ListFormat.CSV:
        count_scan()
        chunks = (store.chunk(campaign, number) for number in range(campaign.chunks))
        batches = ([each for each in chunk if _is_wanted(each, query)] for chunk in chunks)
        return csv_file(batches, campaign, current)
    pager = current.pager(
        "campaign members",
        campaign.id,
        campaign.generation,
        query.kind.value if query.kind else None,
        token=query.page_token,
    )
    (start_at,) = pager.after() or [0]
    numbered_members = (
        (number, each)
        for number, each in enumerate(store.audience(campaign, start_at), start_at)
        if _is_wanted(each, query)
    )
    page = list(islice(numbered_members, query.page_size + 1))
    more = len(page) > query.page_size
    return answer(
        models.CampaignMembers(
            org_id=current.id,
            campaign_id=campaign.id,
            members=[presentation.member_model(each) for _, each in page[: query.page_size]],
            next_page_token=pager.next_token([page[-1][0]] if more else None),
        )
    )


def _is_wanted(standing: Standing, query: MembersQuery) -> bool:
    kind = MemberKind(standing.arm) if standing.arm else MemberKind.LEFT_OUT
    return query.kind is None or kind is query.kind


def _campaign(campaign_id: str) -> Campaign:
    campaign = None
    if is_campaign_id(campaign_id):
        campaign = organization().open(CampaignStore).campaign(campaign_id)
    if campaign is None:
        raise _not_found()
    return campaign


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such campaign.")
