"""Labels by which one index filters a list of customers: tier, tags and consent, as texts."""

from shared.segments.crm_profile import Consent, CrmProfile, LoyaltyTier


def labels(profile: CrmProfile) -> list[str]:
    """Every label of a profile, sorted. Consent that is unknown has none: so do most customers.

    >>> labels(CrmProfile(tier=LoyaltyTier.GOLD, tags=("Edibles",)))
    ['tag:edibles', 'tier:gold']
    """
    result = {tag_label(key) for key in profile.tag_keys}
    if profile.tier is not None:
        result.add(tier_label(profile.tier))
    for channel, consent in (("email", profile.email_allowed), ("sms", profile.sms_allowed)):
        if consent is not Consent.UNKNOWN:
            result.add(consent_label(channel, consent))
    return sorted(result)


def tier_label(tier: LoyaltyTier) -> str:
    """Return the label of a tier."""
    return f"tier:{tier}"


def tag_label(key: str) -> str:
    """Return the label of a tag."""
    return f"tag:{key}"


def consent_label(channel: str, consent: Consent) -> str:
    """Return the label of consent granted or denied on a channel."""
    return f"{channel}:{consent}"
