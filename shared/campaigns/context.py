"""The group of a campaign, for the organisation of the call being answered."""

from collections.abc import Iterator, Mapping

from shared.campaigns.audience import ContactPolicy, Standing, standing_of
from shared.campaigns.audience_store import PAGE_SIZE, GroupMember
from shared.campaigns.job import audiences as audience_reader
from shared.campaigns.source import SegmentSource, Source
from shared.contacts.contact_point import ContactPoint
from shared.kernel.errors import NotFoundError
from shared.kernel.parts import parts
from shared.organizations.settings import OrganizationSettings
from shared.rules.context import segment_rules
from shared.segments.custom_segment import is_custom_segment_id
from shared.web.context import organization


def group_pages(
    source: Source, settings: OrganizationSettings
) -> Iterator[tuple[list[GroupMember], dict[str, ContactPoint]]]:
    """Yield the group as of now, in pages, with the contact points of its addresses."""
    audiences = organization().run(audience_reader)
    as_of = audiences.now()
    for page in parts(audiences.keys(source, as_of), PAGE_SIZE):
        members = audiences.page(page, as_of, settings.placeholders)
        yield members, audiences.points(members, as_of)


def custom_segment_name(source: Source) -> str | None:
    """Return the name of a custom segment. Raises NotFoundError if it does not exist."""
    if not isinstance(source, SegmentSource) or not is_custom_segment_id(source.segment):
        return None
    segment = segment_rules().custom_segment(source.segment)
    if segment is None:
        raise NotFoundError("There is no such custom segment.")
    return segment.name


def unresolvable(source: Source) -> str | None:
    """Return why no such group can exist; None if it can."""
    try:
        custom_segment_name(source)
    except NotFoundError as error:
        return error.detail
    return None


def member_standing(
    member: GroupMember, points: Mapping[str, ContactPoint], policy: ContactPolicy
) -> Standing:
    """Return the standing of a customer of the group."""
    return standing_of(member.customer_key, member.segment, member.addresses, points, policy)
