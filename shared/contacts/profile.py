"""Contact details and consent in one of the dashboard's `customers/{id}` documents.

A value that is not as the dashboard writes it never raises and never grants: consent that cannot be
read is unknown, and whatever may mean archived, test or unsubscribed means it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from shared.kernel.compared_text import unformatted
from shared.kernel.instants import parse_instant
from shared.kernel.organization_ids import valid_organization_id
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.people import real_email, real_phone
from shared.segments.crm_profile import Consent


class Channel(StrEnum):
    """A channel of communication."""

    EMAIL = "email"
    SMS = "sms"


PROFILE_FIELDS = (
    "orgId",
    "email",
    "phone",
    "phoneDigits",
    "emailConsent",
    "emailConsentAt",
    "emailUnsubscribedAt",
    "smsConsent",
    "smsConsentAt",
    "smsUnsubscribedAt",
    "archived",
    "isTestAccount",
    "createdAt",
)
"""Fields read of a document."""

_NATIONAL_DIGITS = 10
_NUMBER_IN_ID = re.compile(r"phone[_-]?\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDetails:
    """Address and consent of one channel in a document."""

    address: str | None = field(default=None, repr=False)
    """A lower-case e-mail address, or the digits of a phone number; None without a valid one."""
    consent: Consent = Consent.UNKNOWN
    readable: bool = True
    """False if there is a consent that is neither true nor false."""
    granted_at: datetime | None = None
    """Time of the consent, if the document gives one."""
    unsubscribed: bool = False
    unsubscribed_at: datetime | None = None
    """Time of the unsubscription; also None if there is one without a readable time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Contact details and consent of one document."""

    claimed_org: str | None
    """The organisation, or an alias of it; None for a document of no organisation."""
    channels: Mapping[Channel, ChannelDetails]
    archived: bool
    test: bool
    created_at: datetime | None


def claimed_org(data: Mapping[str, object]) -> str | None:
    """The id in `orgId`, the one field that the dashboard scopes its customers by."""
    value = data.get("orgId")
    text = unformatted(value).strip() if isinstance(value, str) else ""
    return text if valid_organization_id(text) else None


def read_profile(
    data: Mapping[str, object],
    *,
    time_zone: tzinfo = UTC,
    placeholders: Placeholders = STANDARD,
) -> Profile:
    """Read a document, whatever shape its fields have; never raises."""
    phone = real_phone(data.get("phone"), placeholders)
    if phone is None:
        phone = real_phone(data.get("phoneDigits"), placeholders)
    addresses = {
        Channel.EMAIL: real_email(data.get("email"), placeholders),
        Channel.SMS: phone,
    }
    return Profile(
        claimed_org=claimed_org(data),
        channels={
            channel: _details(data, channel, address, time_zone)
            for channel, address in addresses.items()
        },
        archived=_is_set(data.get("archived")),
        test=_is_set(data.get("isTestAccount")),
        created_at=parse_instant(data.get("createdAt"), time_zone),
    )


def _details(
    data: Mapping[str, object], channel: Channel, address: str | None, time_zone: tzinfo
) -> ChannelDetails:
    consent = data.get(f"{channel}Consent")
    unsubscribed = data.get(f"{channel}UnsubscribedAt")
    if isinstance(consent, bool):
        recorded_consent = Consent.GRANTED if consent else Consent.DENIED
    else:
        recorded_consent = Consent.UNKNOWN
    return ChannelDetails(
        address=address,
        consent=recorded_consent,
        readable=consent is None or isinstance(consent, bool),
        granted_at=parse_instant(data.get(f"{channel}ConsentAt"), time_zone),
        unsubscribed=_is_set(unsubscribed),
        unsubscribed_at=parse_instant(unsubscribed, time_zone),
    )


def _is_set(value: object) -> bool:
    """Whether a mark against writing to the person is set, in whatever shape."""
    return value is not None and value is not False


def witnessed_grants(
    before: Profile | None, after: Profile | None, at: datetime
) -> dict[Channel, tuple[str, datetime]]:
    """Return the addresses that one write gave consent for, with the times.

    Moving a consent to another address gives none, nor does a write that says at the same time that
    the person unsubscribed.
    """
    grants: dict[Channel, tuple[str, datetime]] = {}
    for channel in Channel if after else ():
        assert after is not None
        now = after.channels[channel]
        was = before.channels[channel] if before else ChannelDetails()
        unsubscribed_now = now.unsubscribed and (
            not was.unsubscribed or now.unsubscribed_at != was.unsubscribed_at
        )
        if (
            now.address is not None
            and now.consent is Consent.GRANTED
            and was.consent is not Consent.GRANTED
            and not unsubscribed_now
        ):
            grants[channel] = (now.address, at)
    return grants


def id_template(profile_id: str, profile: Profile) -> str | None:
    """Return the document's id with its address replaced by a placeholder; None if an address would
    stay.

    `{email}` and `{phone}`, the last ten digits, stand for what was there; `filled_id` puts it
    back.

    >>> said = read_profile({"phone": "(555) 201-3344"})
    >>> id_template("org_1_phone_5552013344", said)
    'org_1_phone_{phone}'
    """
    if "{" in profile_id:
        return None
    template = profile_id
    email = profile.channels[Channel.EMAIL].address
    phone = profile.channels[Channel.SMS].address
    if email is not None:
        template = re.sub(re.escape(email), "{email}", template, flags=re.IGNORECASE)
    if phone is not None:
        template = template.replace(phone[-_NATIONAL_DIGITS:], "{phone}")
    return None if "@" in template or _NUMBER_IN_ID.search(template) else template


def filled_id(template: str | None, email: str | None, phone: str | None) -> str | None:
    """Return the id behind an `id_template`; None if its address is not known."""
    if template is None:
        return None
    for mark, value in (("{email}", email), ("{phone}", phone and phone[-_NATIONAL_DIGITS:])):
        if mark in template:
            if not value:
                return None
            template = template.replace(mark, value)
    return template
