"""Settings for the evaluation of customers, however long they have been cached."""

from collections.abc import Iterable

from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.ports import Organizations
from shared.segments.customer import Customer


def settings_for(
    organizations: Organizations, org_id: str, customers: Iterable[Customer | None]
) -> OrganizationSettings:
    """Return settings at least as new as those that any of these customers was evaluated under.

    Settings are cached. A customer with a higher revision forces a reload: otherwise an instance
    with older rules would undo the work of one with newer rules.
    """
    settings = organizations.settings(org_id)
    revisions = (customer.rules_revision for customer in customers if customer)
    if max(revisions, default=0) > settings.rules.revision:
        settings = organizations.refreshed(org_id)
    return settings
