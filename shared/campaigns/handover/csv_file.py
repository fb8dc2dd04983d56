"""The members of a campaign as a CSV file for a sender, made and sent piece by piece.

Treated members who may be written to now are in it with the address to write to, read as the file
is made; no other address is. See `shared.web.csv_cells` for its form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Response

from shared.campaigns.audience import Arm, Standing, contact_policy
from shared.campaigns.campaign import Campaign, CampaignStatus
from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.handover.handover import HandOverStatus, Recipient, dashboard_id
from shared.campaigns.job import recipients
from shared.contacts.profile import Channel
from shared.kernel import logs
from shared.kernel.errors import BrokenExportError
from shared.organizations.settings import OrganizationSettings
from shared.web.context import Organization
from shared.web.csv_cells import BYTE_ORDER_MARK, CSV, lines, text

FILE_NAME = "members.csv"
COLUMNS = (
    "customerKey",
    "arm",
    "leftOut",
    "segment",
    "channels",
    "inDashboard",
    "customerId",
    "firstName",
    "email",
    "phone",
)
_WITH_ADDRESSES = (CampaignStatus.READY, CampaignStatus.HANDED_OVER, CampaignStatus.SENT)


def csv_file(
    batches: Iterator[list[Standing]], campaign: Campaign, organization: Organization
) -> Response:
    """The answer. `batches` are the members wanted, by key; one batch is in memory at a time.

    The first is looked up before the answer begins, so that a failure of it is still answered as a
    problem; a later one breaks the connection.
    """
    pieces = _Pieces(campaign, organization, organization.settings())
    first = pieces.of(next(batches, []))
    return Response(
        _whole(first, pieces, batches, organization.id),
        mimetype=CSV,
        headers={"Content-Disposition": f"attachment; filename={FILE_NAME}"},
    )


def _whole(
    first: str, pieces: "_Pieces", others: Iterator[list[Standing]], org_id: str
) -> Iterator[str]:
    yield BYTE_ORDER_MARK + lines([COLUMNS]) + first
    try:
        for batch in others:
            yield pieces.of(batch)
    except Exception:
        logs.export_failed(org_id)
        # Without its cause: the server writes the text of what reaches it to its own log.
        raise BrokenExportError("The file ended before its last member.") from None


@dataclass(frozen=True, slots=True)
class _Pieces:
    campaign: Campaign
    organization: Organization
    settings: OrganizationSettings

    def of(self, standings: Sequence[Standing]) -> str:
        """Lines of some members in a row."""
        current, plan = self.organization, self.campaign.plan
        treated = [each for each in standings if each.arm is Arm.TREATED]
        by_customer: dict[str, dict[Channel, Recipient]] = {}
        if treated and self.campaign.status in _WITH_ADDRESSES:
            policy = contact_policy(
                plan.channels, self.settings, plan.contacted_within_days, current.clock()
            )
            for each in current.run(recipients).of(treated, policy, self.settings):
                by_customer.setdefault(each.customer_key, {})[each.channel] = each
        keys_by_channel = self._in_dashboard(standings)
        return lines(
            _row(
                each,
                by_customer.get(each.customer_key, {}),
                _channels(each.customer_key, keys_by_channel),
            )
            for each in standings
        )

    def _in_dashboard(self, standings: Sequence[Standing]) -> dict[Channel, set[str]]:
        """Return the customers that the dashboard's campaign names, by channel."""
        handover, channels = self.campaign.handover, self.campaign.plan.channels
        if handover is None or handover.status is not HandOverStatus.COMPLETE or not standings:
            return {}
        dashboard = self.organization.open(DashboardCampaigns)
        return {
            channel: dashboard.recipient_keys(
                dashboard_id(self.campaign.id, channel, channels),
                standings[0].customer_key,
                standings[-1].customer_key,
            )
            for channel in channels
        }


def _channels(key: str, keys_by_channel: Mapping[Channel, set[str]]) -> str:
    return ";".join(channel for channel, keys in keys_by_channel.items() if key in keys)


def _row(
    standing: Standing, recipients: Mapping[Channel, Recipient], in_dashboard: str
) -> Sequence[str | None]:
    usable = {channel: each for channel, each in recipients.items() if each.against is None}
    against = [each.against for each in recipients.values() if each.against is not None]
    held_out = standing.usable if standing.arm is Arm.HELD_OUT else ()
    ids = [each.profile_id for each in usable.values() if each.profile_id is not None]
    names = [each.first_name for each in usable.values() if each.first_name is not None]
    email, phone = usable.get(Channel.EMAIL), usable.get(Channel.SMS)
    return (
        standing.customer_key,
        standing.arm,
        standing.left_out or (against[0] if against and not usable else None),
        text(standing.segment),
        ";".join(usable or held_out),
        in_dashboard,
        text(ids[0]) if ids else None,
        text(names[0]) if names else None,
        text(email.address) if email else None,
        text(phone.address) if phone else None,
    )
