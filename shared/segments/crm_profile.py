"""Profile of a customer from the dashboard's documents, as stored in the customer's document."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.kernel.compared_text import unformatted


class LoyaltyTier(StrEnum):
    """A tier of the shop's loyalty programme, lowest first."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


class Consent(StrEnum):
    """Recorded consent to messages."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConsent:
    """Whether a customer may be written to on one channel, all documents and messages considered.

    The strictest decides: an unsubscription or a complaint counts as denied.
    """

    consent: Consent
    since: datetime | None = None
    """None for UNKNOWN where no document says anything."""
    unsubscribed: bool = False
    undeliverable: bool = False
    """Whether a message bounced, or the customer complained of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmProfile:
    """Profile combined from all documents of a person; of several values the one written last.

    Personal data: its `repr` shows none of it.
    """

    point_keys: tuple[str, ...] = ()
    """Keys of the addresses behind the profile, sorted. If they differ from those of the customer's
    contact, a look-up is pending."""
    ids: tuple[str, ...] = field(default=(), repr=False)
    """Ids of the documents, sorted."""
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    tier: LoyaltyTier | None = None
    points: int | None = None
    purchase_streak: int | None = None
    tags: tuple[str, ...] = field(default=(), repr=False)
    """Those of every document, sorted, each once whatever its case."""
    source: str | None = field(default=None, repr=False)
    created_at: datetime | None = None
    """The earliest."""
    email_consent: ChannelConsent | None = None
    """None if no document has the customer's e-mail address."""
    sms_consent: ChannelConsent | None = None
    """None if no document has the customer's phone number."""

    @property
    def has_loyalty(self) -> bool:
        """Whether the person is in the loyalty programme."""
        return any(each is not None for each in (self.tier, self.points, self.purchase_streak))

    @property
    def email_allowed(self) -> Consent:
        """Return the consent for e-mail; UNKNOWN too if no document has the address."""
        return self.email_consent.consent if self.email_consent else Consent.UNKNOWN

    @property
    def sms_allowed(self) -> Consent:
        """Consent for text messages, likewise."""
        return self.sms_consent.consent if self.sms_consent else Consent.UNKNOWN

    @property
    def tag_keys(self) -> frozenset[str]:
        """Return the tags in the form used for comparison."""
        return frozenset(map(tag_key, self.tags))


def tag_key(tag: str) -> str:
    """Return a tag in the form used for comparison: without case and variants of letters."""
    return unformatted(tag).strip().casefold()


NO_PROFILE = CrmProfile()
