"""What campaigns do for an organisation with the services of the installation."""

from collections.abc import Sequence

from shared.campaigns.audience import Standing, assigned
from shared.campaigns.audience_store import AudienceReader
from shared.services import Services


def audiences(services: Services, org_id: str) -> AudienceReader:
    """Reads the groups of one organisation."""
    return AudienceReader(services.client, org_id, services.secret)


def assign_arms(
    services: Services,
    org_id: str,
    standings: Sequence[Standing],
    *,
    campaign_id: str,
    holdout_share: float,
) -> list[Standing]:
    """Customers with their arms, by a key that nobody outside can compute."""
    return assigned(
        standings,
        secret=services.secret,
        campaign_id=f"{org_id}/{campaign_id}",
        holdout_share=holdout_share,
    )
