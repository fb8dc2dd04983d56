"""The group of a campaign, for the organisation of the call being answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from shared.campaigns.audience import ContactPolicy, Standing, counts_of, standing_of
from shared.campaigns.audience_store import PAGE_SIZE, GroupMember
from shared.campaigns.campaign import Plan
from shared.campaigns.job import assign_arms
from shared.campaigns.job import audiences as audience_reader
from shared.campaigns.source import SegmentSource, Source
from shared.contacts.contact_point import ContactPoint
from shared.contacts.profile import Channel
from shared.kernel.errors import NotFoundError, RequestConflictError
from shared.organizations.settings import OrganizationSettings
from shared.rules.context import segment_rules
from shared.segments.custom_segment import is_custom_segment_id
from shared.web.context import organization


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


def group_pages(
    source: Source, settings: OrganizationSettings
) -> tuple[datetime, Iterator[tuple[list[GroupMember], dict[str, ContactPoint]]]]:
    """The group as of an instant, in pages, with what is known of its addresses."""
    audiences = organization().run(audience_reader)
    as_of = audiences.now()
    keys = audiences.keys(source, as_of)

    def pages() -> Iterator[tuple[list[GroupMember], dict[str, ContactPoint]]]:
        while page := list(islice(keys, PAGE_SIZE)):
            members = audiences.page(page, as_of, settings.placeholders)
            yield members, audiences.points(members)

    return as_of, pages()


def custom_segment_name(source: Source) -> str | None:
    """The name of a custom segment. Raises NotFoundError where there is no such one."""
    if not isinstance(source, SegmentSource) or not is_custom_segment_id(source.segment):
        return None
    segment = segment_rules().custom_segment(source.segment)
    if segment is None:
        raise NotFoundError("There is no such custom segment.")
    return segment.name


def frozen_audience(
    plan: Plan, campaign_id: str, settings: OrganizationSettings
) -> tuple[list[Standing], datetime]:
    """Everybody of the group by key, with arm or reason, and as of when.

    Raises RequestConflictError where nobody would be written to.
    """
    current = organization()
    try:
        custom_segment_name(plan.source)
    except NotFoundError as error:
        raise RequestConflictError(error.detail) from error
    policy = contact_policy(plan.channels, settings, plan.contacted_within_days, current.as_of)
    standings = []
    as_of, pages = group_pages(plan.source, settings)
    for members, points in pages:
        standings += [member_standing(member, points, policy) for member in members]
    if not standings:
        raise RequestConflictError("The group is empty: there is nobody to write to.")
    standings.sort(key=lambda each: each.customer_key)
    audience = current.run(
        assign_arms, standings, campaign_id=campaign_id, holdout_share=plan.holdout_share
    )
    counts = counts_of(audience, plan.channels)
    if not counts.treated:
        reasons = ", ".join(f"{count} {reason}" for reason, count in counts.left_out.items())
        raise RequestConflictError(
            f"Nobody of the {counts.customers} customers would be written to: "
            f"{counts.held_out} held out{', ' + reasons if reasons else ''}."
        )
    return audience, as_of


def member_standing(
    member: GroupMember, points: Mapping[str, ContactPoint], policy: ContactPolicy
) -> Standing:
    return standing_of(member.customer_key, member.segment, member.addresses, points, policy)
