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
    """The label of everybody in a tier."""
    return f"tier:{tier}"


def tag_label(key: str) -> str:
    """The label of everybody with a tag, as it is compared."""
    return f"tag:{key}"


def consent_label(channel: str, consent: Consent) -> str:
    """The label of everybody who granted or denied a channel."""
    return f"{channel}:{consent}"
