"""Campaigns of an organisation."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.campaigns import answers as models
from shared.campaigns import presentation
from shared.campaigns.audience import (
    ContactPolicy,
    Standing,
    assigned,
    counts_of,
    standing_of,
)
from shared.campaigns.audience_store import PAGE_SIZE, GroupMember
from shared.campaigns.facts import FactsOfGroup
from shared.campaigns.job import audiences as audience_reader
from shared.campaigns.query import PrefillQuery
from shared.campaigns.source import SegmentSource, Source
from shared.contacts.contact_point import ContactPoint
from shared.contacts.profile import Channel
from shared.kernel.errors import NotFoundError
from shared.organizations.settings import OrganizationSettings
from shared.rules.context import segment_rules
from shared.segments.custom_segment import is_custom_segment_id
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.limits import check_scanner, count_scan

routes = APIBlueprint(
    "campaigns",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Campaigns", description="Whom to write to, and what it earned.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/campaigns:prefill",
    operation_id="prefillCampaign",
    responses=signed_in_responses(models.Prefill, HTTPStatus.TOO_MANY_REQUESTS),
)
def prefill(query: PrefillQuery) -> Response:
    """Draft a campaign for a segment, a cell of a cohort or a cell of the matrix.

    Nothing is written. Exact, and so it costs up to two document reads per customer of the group
    and one per address.
    """
    current = organization()
    check_scanner()
    settings = current.fresh_settings()
    source = query.source(settings, current.as_of)
    custom_name = _custom_name(source)
    count_scan()
    facts = FactsOfGroup(
        as_of=current.as_of, window_days=query.window_days, time_zone=settings.time_zone
    )
    policy = contact_policy(query.channels, settings, query.contacted_within_days, current.as_of)
    standings: list[Standing] = []
    for members, points in _pages(source, settings):
        for member in members:
            facts.add(
                lifetime_value_cents=member.lifetime_value_cents,
                orders=member.orders,
                categories=member.categories,
            )
            standings.append(
                standing_of(member.customer_key, member.segment, member.addresses, points, policy)
            )
    standings.sort(key=lambda each: each.customer_key)
    drafted = assigned(standings, secret=b"draft", campaign_id="", holdout_share=0)
    return answer(
        presentation.prefill(
            current.id,
            source,
            query.channels,
            counts_of(drafted, query.channels),
            facts.facts(),
            custom_name=custom_name,
            as_of=current.as_of,
        )
    )


def contact_policy(
    channels: tuple[Channel, ...],
    settings: OrganizationSettings,
    contacted_within_days: int,
    now: datetime,
) -> ContactPolicy:
    """Under which conditions the organisation writes to somebody now."""
    since = now - timedelta(days=contacted_within_days) if contacted_within_days else None
    return ContactPolicy(
        channels=channels,
        unless_unsubscribed=settings.email_unless_unsubscribed,
        not_contacted_since=since,
    )


def _pages(
    source: Source, settings: OrganizationSettings
) -> Iterator[tuple[list[GroupMember], dict[str, ContactPoint]]]:
    """The group in pages, with what is known of its addresses."""
    audiences = organization().run(audience_reader)
    as_of = audiences.now()
    keys = audiences.keys(source, as_of)
    while page := list(islice(keys, PAGE_SIZE)):
        members = audiences.page(page, as_of, settings.placeholders)
        yield members, audiences.points(members)


def _custom_name(source: Source) -> str | None:
    """The name of a custom segment. Raises NotFoundError where there is no such one."""
    if not isinstance(source, SegmentSource) or not is_custom_segment_id(source.segment):
        return None
    segment = segment_rules().custom_segment(source.segment)
    if segment is None:
        raise NotFoundError("There is no such custom segment.")
    return segment.name
