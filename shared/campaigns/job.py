"""What campaigns do for an organisation with the services of the installation."""

from shared.campaigns.audience_store import AudienceReader
from shared.services import Services


def audiences(services: Services, org_id: str) -> AudienceReader:
    """Reads the groups of one organisation."""
    return AudienceReader(services.client, org_id, services.secret)
