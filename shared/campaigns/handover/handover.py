"""Progress of handing a campaign over to the dashboard's sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.campaigns.audience import LeftOut
from shared.contacts.profile import Channel

MAX_IDS = 20_000
MAX_ID_BYTES = 900_000
"""Room for ids in a campaign of the dashboard: its document of 1 MiB names each customer."""


class HandOverStatus(StrEnum):
    """State of the work."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


class ByFile(StrEnum):
    """Reason why a member who may be written to is left to the file."""

    NO_DASHBOARD_ID = "no_dashboard_id"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A treated member on one of the usable channels, as of now."""

    customer_key: str
    channel: Channel
    segment: str | None
    against: LeftOut | None
    """Reason against writing now; None for one who may be written to."""
    profile_id: str | None = field(default=None, repr=False)
    """Id of the dashboard's customer with this address; None if none is known."""
    address: str | None = field(default=None, repr=False)
    """None for one who may not be written to."""
    first_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHandOver:
    """Progress for the treated members on one channel."""

    in_dashboard: int = 0
    by_file: Mapping[ByFile, int] = field(default_factory=dict)
    dropped: Mapping[LeftOut, int] = field(default_factory=dict)
    id_bytes: int = 0
    """Bytes of the ids of the dashboard's customers."""

    @property
    def reachable(self) -> int:
        """Return the number of members who may be written to, by the dashboard or by file."""
        return self.in_dashboard + sum(self.by_file.values())

    def with_recipient(self, recipient: Recipient) -> tuple["ChannelHandOver", bool]:
        """Return the progress with one more member, and whether the dashboard takes it."""
        if recipient.against is not None:
            return self._with_count(dropped=recipient.against), False
        if recipient.profile_id is None:
            return self._with_count(by_file=ByFile.NO_DASHBOARD_ID), False
        size = self.id_bytes + len(recipient.profile_id.encode()) + 1
        if self.in_dashboard >= MAX_IDS or size > MAX_ID_BYTES:
            return self._with_count(by_file=ByFile.TOO_MANY), False
        return (
            ChannelHandOver(
                in_dashboard=self.in_dashboard + 1,
                by_file=self.by_file,
                dropped=self.dropped,
                id_bytes=size,
            ),
            True,
        )

    def _with_count(
        self, *, by_file: ByFile | None = None, dropped: LeftOut | None = None
    ) -> "ChannelHandOver":
        files, drops = dict(self.by_file), dict(self.dropped)
        if by_file is not None:
            files[by_file] = files.get(by_file, 0) + 1
        if dropped is not None:
            drops[dropped] = drops.get(dropped, 0) + 1
        return ChannelHandOver(
            in_dashboard=self.in_dashboard, by_file=files, dropped=drops, id_bytes=self.id_bytes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Progress of a hand-over, and the outcome for the treated members by channel."""

    status: HandOverStatus
    by: str
    """Account that requested it."""
    asked_at: datetime
    began_at: datetime
    """Instant of the first page that counts."""
    done: int = 0
    """Customers of the frozen group gone through."""
    channels: Mapping[Channel, ChannelHandOver] = field(default_factory=dict)


def dashboard_id(campaign_id: str, channel: Channel, channels: tuple[Channel, ...]) -> str:
    """Id of the dashboard's campaign for a channel.

    The dashboard writes to a customer on every channel of a campaign, so each channel, with members
    of its own, is a campaign of its own. The first has the id of ours.
    """
    return campaign_id if channel is channels[0] else f"{campaign_id}_{channel}"
