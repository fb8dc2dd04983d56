"""Erase a person: `python -m tools.erase --org ORG --customer KEY`."""

from typing import Annotated

import typer

from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.campaigns.store import CampaignStore
from shared.firestore.changes import touch
from shared.kernel.clock import utc_now
from shared.kernel.document_ids import is_document_id
from shared.reconciliation.erasure import Erasure, erase
from shared.reconciliation.settings_for import settings_for
from shared.segments.customer import Customer, CustomerId, Moment
from shared.services import Services
from tools.connection import Project, connect
from tools.console import CONSOLE, run
from tools.organization import require_organization
from tools.organization_option import organization_id

NOT_ERASED = (
    "Not erased, since they are the shop's own: the documents in `orders` and `customers`, the "
    "events in `organizations/{org}/events`, and what other systems keep. Of one person with "
    "several identities, such as an address and a phone number, each is a customer: erase each."
)


def main(
    org: Annotated[str, typer.Option(help="The organisation.", callback=organization_id)],
    customer: Annotated[
        str, typer.Option(help="Key of the customer, as `customerKey` of the API has it.")
    ],
    project: Project = None,
) -> None:
    """Erase the person behind a customer for good: contact, search words and recipients.

    The customer's orders and numbers stay, without a name. Orders placed later under the same
    identity count for revenue and for no customer.
    """
    services = connect(project)
    require_organization(services, org)
    erasure = run_erase(services, org, customer)
    CONSOLE.print(
        f"{customer} of {org} was erased at {erasure.erased_at:%Y-%m-%d %H:%M:%S} UTC already."
        if erasure.already
        else f"Erased the person behind {customer} of {org}. "
        f"{erasure.order_count:,} counted orders stay, without a name."
    )
    CONSOLE.print(NOT_ERASED)


def run_erase(services: Services, org: str, customer: str) -> Erasure:
    """Raise BadParameter, which exits a tool with code 2, for an unknown customer."""
    unknown = typer.BadParameter(
        f"{org} has no customer {customer}: neither a document nor an order.",
        param_hint="--customer",
    )
    if not is_document_id(customer):
        raise unknown

    def moment_for(customer_state: Customer) -> Moment:
        return settings_for(services.organizations, org, [customer_state]).moment(utc_now())

    erasure = erase(CustomerId(org, customer), services.store, moment_for)
    if erasure is None:
        raise unknown
    # After the mark, as nobody who has it is handed over.
    campaigns = CampaignStore(services.client, org).handed_over()
    DashboardCampaigns(services.client, org).delete_recipient(campaigns, customer)
    # Pages that show the customer are out of date although no number has changed.
    touch(services.client, org)
    return erasure


if __name__ == "__main__":
    run(main)
