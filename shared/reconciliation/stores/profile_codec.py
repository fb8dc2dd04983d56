"""Codec of the profile from the dashboard's documents in a customer's document."""

from collections.abc import Mapping
from typing import Any

from shared.firestore.values import optional_instant
from shared.segments.crm_profile import (
    NO_PROFILE,
    ChannelConsent,
    Consent,
    CrmProfile,
    LoyaltyTier,
)


def profile_document(profile: CrmProfile) -> dict[str, Any] | None:
    """Return the field of the document; None if nothing was looked up yet, or nothing can be."""
    if profile == NO_PROFILE:
        return None
    return {
        "point_keys": list(profile.point_keys),
        "ids": list(profile.ids),
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "tier": profile.tier.value if profile.tier else None,
        "points": profile.points,
        "purchase_streak": profile.purchase_streak,
        "tags": list(profile.tags),
        "source": profile.source,
        "created_at": profile.created_at,
        "email_consent": _consent_document(profile.email_consent),
        "sms_consent": _consent_document(profile.sms_consent),
    }


def stored_profile(document: Mapping[str, Any]) -> CrmProfile:
    """The profile in a customer's document; nothing in one of versions up to 0.3."""
    stored = document.get("profile")
    if stored is None:
        return NO_PROFILE
    return CrmProfile(
        point_keys=tuple(stored["point_keys"]),
        ids=tuple(stored["ids"]),
        first_name=stored["first_name"],
        last_name=stored["last_name"],
        tier=LoyaltyTier(stored["tier"]) if stored["tier"] else None,
        points=stored["points"],
        purchase_streak=stored["purchase_streak"],
        tags=tuple(stored["tags"]),
        source=stored["source"],
        created_at=optional_instant(stored["created_at"]),
        email_consent=_stored_consent(stored["email_consent"]),
        sms_consent=_stored_consent(stored["sms_consent"]),
    )


def _consent_document(consent: ChannelConsent | None) -> dict[str, Any] | None:
    if consent is None:
        return None
    return {
        "consent": consent.consent.value,
        "since": consent.since,
        "unsubscribed": consent.unsubscribed,
        "undeliverable": consent.undeliverable,
    }


def _stored_consent(stored: Mapping[str, Any] | None) -> ChannelConsent | None:
    if stored is None:
        return None
    return ChannelConsent(
        consent=Consent(stored["consent"]),
        since=optional_instant(stored["since"]),
        unsubscribed=stored["unsubscribed"],
        undeliverable=stored["undeliverable"],
    )
