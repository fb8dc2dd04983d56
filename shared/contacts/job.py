"""What is known of an organisation's customers, with the services of the installation."""

from shared.contacts.profile_store import CrmProfiles
from shared.services import Services


def crm_profiles(services: Services, org_id: str) -> CrmProfiles:
    """Reads the dashboard's documents of the organisation's customers."""
    organizations = services.organizations
    return CrmProfiles(
        services.client,
        org_id,
        services.secret,
        settings=organizations.settings(org_id),
        resolve=organizations.resolve,
    )
