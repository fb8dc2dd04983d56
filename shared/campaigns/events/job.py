"""Build the recorder of campaign events from the services of the installation."""

from collections.abc import Sequence

from shared.campaigns.events.recorder import EventRecorder
from shared.contacts.keyer import ContactKeyer
from shared.contacts.profile import Channel
from shared.contacts.suppression_store import ContactSuppressions
from shared.kernel.clock import Clock
from shared.segments.customer import Customer, Moment
from shared.services import Services


def event_recorder(services: Services, org_id: str, *, clock: Clock) -> EventRecorder:
    """Build the recorder of events of one organisation's campaigns."""
    settings = services.organizations.settings(org_id)

    def moment_for(customer: Customer) -> Moment:
        nonlocal settings
        if customer.rules_revision > settings.rules.revision:
            settings = services.organizations.refreshed(org_id)
        return settings.moment(clock())

    addresses = ContactSuppressions(services.client, org_id)
    return EventRecorder(org_id, services.store, addresses, moment_for, clock=clock)


def look_up_profiles(services: Services, org_id: str, point_keys: Sequence[str]) -> None:
    """Bring the profiles of customers with these addresses up to date."""
    services.profiles().after_messages(org_id, point_keys)


def points_of_profiles(
    services: Services, org_id: str, ids: Sequence[str]
) -> dict[str, dict[Channel, str]]:
    """Keys of the addresses of an organisation's customers in the dashboard, by their ids."""
    addresses = ContactSuppressions(services.client, org_id)
    return addresses.of_profiles(ids, ContactKeyer(services.secret))
