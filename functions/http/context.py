"""What a route works with: the organisation of the call it answers, and no way to another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import g, request

from functions.http.authentication import VerifyToken, claims_of
from functions.http.page_tokens import PageTokens
from functions.services import Services
from shared.clock import Clock
from shared.errors import InvalidParameterError
from shared.organizations.access import caller_from_claims, organization_for
from shared.organizations.settings import OrganizationSettings
from shared.segments.customer import Moment
from shared.storage.customer_list import CustomerLists
from shared.storage.organization_reader import OrganizationReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organisation that a call is about, as of the instant of the call."""

    id: str
    as_of: datetime
    reader: OrganizationReader
    customers: CustomerLists
    page_tokens: PageTokens
    settings: Callable[[], OrganizationSettings]
    """Loads the settings in force; kept in memory for a while."""

    def moment(self) -> Moment:
        """The instant of the call, with the thresholds in force."""
        settings = self.settings()
        return Moment(
            now=self.as_of,
            thresholds=settings.thresholds,
            thresholds_version=settings.thresholds_version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Lets a call in, for one organisation."""

    services: Services
    verify: VerifyToken
    clock: Clock
    page_tokens: PageTokens

    def admit(self) -> None:
        """Settle which organisation the call is about, before anything else is looked at.

        Raises UnauthenticatedError, then ForbiddenError, then NotFoundError for another's
        organisation, then InvalidParameterError; so nothing about the parameters is told to
        somebody who may not call.
        """
        caller = caller_from_claims(claims_of(request.authorization, self.verify))
        org_id = organization_for(caller, request.args.get("org"))
        refuse_repeated_parameters()
        g.organization = Organization(
            id=org_id,
            as_of=self.clock(),
            reader=OrganizationReader(self.services.client, org_id),
            customers=CustomerLists(self.services.client, org_id),
            page_tokens=self.page_tokens,
            settings=lambda: self.services.organizations.settings(org_id),
        )


def organization() -> Organization:
    """The organisation of the call being answered."""
    admitted: Organization = g.organization
    return admitted


def refuse_repeated_parameters() -> None:
    """Raises InvalidParameterError for the first parameter given twice."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidParameterError("must be given once", parameter=name)
