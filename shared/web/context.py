"""What a route works with: the organisation of the call it answers, and no way to another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, unquote_to_bytes

from flask import g, request

from functions.services import Services
from shared.cohorts.store import CohortReader
from shared.customers.store import CustomerLists
from shared.funnel.store import FunnelReader
from shared.history.cell_store import CellReader
from shared.history.store import SegmentHistoryReader
from shared.history.timeline_store import TimelineReader
from shared.insights.generation import Outcome
from shared.insights.job import make_insights
from shared.insights.store import InsightStore
from shared.kernel.clock import Clock
from shared.kernel.errors import ForbiddenError, InvalidParameterError
from shared.limits.token_bucket import CallKind, Scope, Taken
from shared.nightly.result_store import ResultReader
from shared.organizations.access import Caller, caller_from_claims, organization_for
from shared.organizations.settings import OrganizationSettings
from shared.overview.store import OrganizationReader
from shared.reconciliation.stores.unprocessed_store import UnprocessedReader
from shared.rules.store import SegmentRulesStore
from shared.segments.customer import Moment
from shared.web.authentication import VerifyToken, claims_of
from shared.web.page_tokens import PageTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organisation that a call is about, as of the instant of the call."""

    id: str
    caller: Caller
    """Who calls; a super user's own organisation may be another one."""
    as_of: datetime
    reader: OrganizationReader
    customers: CustomerLists
    history: SegmentHistoryReader
    cells: CellReader
    cohorts: CohortReader
    funnel: FunnelReader
    timelines: TimelineReader
    results: ResultReader
    unprocessed: UnprocessedReader
    insights: InsightStore
    make_insights: Callable[[], Outcome]
    """Brings the insights up to date; may ask Claude, where the function is bound to its key."""
    insights_enabled: bool
    """Whether the installation makes any."""
    page_tokens: PageTokens
    rules: SegmentRulesStore
    settings: Callable[[], OrganizationSettings]
    """Loads the settings in force; kept in memory for a while."""
    fresh_settings: Callable[[], OrganizationSettings]
    """Loads the settings as they are stored now."""
    take: Callable[[CallKind], Mapping[Scope, Taken]]
    """The call's try at its rate limits; see `shared.limits.store`."""

    def moment(self) -> Moment:
        """The instant of the call, with the thresholds in force."""
        return self.settings().moment(self.as_of)


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
        org_id = organization_for(caller, request.args.get("org") or None)
        refuse_malformed_parameters()
        g.organization = Organization(
            id=org_id,
            caller=caller,
            as_of=self.clock(),
            reader=OrganizationReader(self.services.client, org_id),
            customers=CustomerLists(self.services.client, org_id),
            history=SegmentHistoryReader(self.services.client, org_id),
            cells=CellReader(self.services.client, org_id),
            cohorts=CohortReader(self.services.client, org_id),
            funnel=FunnelReader(self.services.client, org_id),
            timelines=TimelineReader(self.services.client, org_id),
            results=ResultReader(self.services.client, org_id),
            unprocessed=UnprocessedReader(self.services.client, org_id),
            insights=InsightStore(self.services.client, org_id),
            make_insights=lambda: make_insights(
                self.services, org_id, clock=self.clock, asked_for=True
            ),
            insights_enabled=self.services.settings.insights_enabled,
            page_tokens=self.page_tokens,
            rules=SegmentRulesStore(self.services.client, org_id, clock=self.clock),
            settings=lambda: self.services.organizations.settings(org_id),
            fresh_settings=lambda: self.services.organizations.refreshed(org_id),
            take=lambda kind: self.services.limiter.take(
                kind, account=caller.uid, org_id=org_id, now=self.clock()
            ),
        )


def organization() -> Organization:
    """The organisation of the call being answered."""
    admitted: Organization = g.organization
    return admitted


def changer() -> str:
    """Id of the account that makes a change. Raises ForbiddenError where it may not make any."""
    caller = organization().caller
    if not caller.may_change:
        raise ForbiddenError("The role budtender may not change anything.")
    return caller.uid


def refuse_malformed_parameters() -> None:
    """Raises InvalidParameterError for the first parameter that is not UTF-8 or is given twice."""
    for part in request.query_string.split(b"&"):
        try:
            unquote_to_bytes(part).decode()
        except UnicodeDecodeError as error:
            name = unquote(part.partition(b"=")[0].decode("latin-1"))
            raise InvalidParameterError("must be UTF-8", parameter=name) from error
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidParameterError("must be given once", parameter=name)
