"""Context of a route: the organisation of its call, with no access to any other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from flask import g, request
from google.cloud import firestore

from shared.kernel.clock import Clock
from shared.kernel.errors import InvalidParameterError, NotFoundError, ReadOnlyError
from shared.kernel.organization_ids import valid_organization_id
from shared.kernel.settings import Settings
from shared.limits.token_bucket import CallKind, Outcome, Scope
from shared.nightly.result_store import ResultReader
from shared.organizations.access import Caller, caller_from_claims, organization_for
from shared.organizations.settings import OrganizationSettings
from shared.segments.customer import Moment
from shared.services import Services
from shared.web.authentication import VerifyToken, claims_of
from shared.web.page_tokens import Argument, PageTokens
from shared.web.pager import Pager
from shared.web.signatures import check_signature, signing_key

P = ParamSpec("P")
T = TypeVar("T")


SENDER = "sender"
"""Stands for the account and role of a signed call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organisation that a call is about, as of the instant of the call."""

    id: str
    caller: Caller
    """The caller; a super user's own organisation may be another one."""
    as_of: datetime
    page_tokens: PageTokens
    clock: Clock
    services: Services
    """For `open` and `run`, which name this organisation: routes do not touch them."""

    def open(
        self,
        store: Callable[Concatenate[firestore.Client, str, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Open a store of this organisation, which has no access to another."""
        return store(self.services.client, self.id, *args, **kwargs)

    def run(
        self,
        job: Callable[Concatenate[Services, str, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a job of the installation for this organisation and return its result."""
        return job(self.services, self.id, *args, **kwargs)

    def pager(self, name: str, *arguments: Argument, token: str | None) -> Pager:
        """Return the pager of the list of this name and these arguments."""
        return Pager(tokens=self.page_tokens, arguments=[name, self.id, *arguments], token=token)

    @property
    def results(self) -> ResultReader:
        """Return the reader of its nightly results."""
        return self.open(ResultReader)

    @property
    def installation(self) -> Settings:
        """The settings of the installation, for all organisations."""
        return self.services.settings

    def settings(self) -> OrganizationSettings:
        """The settings in force; kept in memory for a while."""
        return self.services.organizations.settings(self.id)

    def fresh_settings(self) -> OrganizationSettings:
        """The settings as they are stored now."""
        return self.services.organizations.refreshed(self.id)

    def take(self, kind: CallKind) -> Mapping[Scope, Outcome]:
        """Take the call from its rate limits; see `shared.limits.store`."""
        return self.services.limiter.take(
            kind, account=self.caller.uid, org_id=self.id, now=self.clock()
        )

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
        """Determine the organisation of the call, before anything else is read.

        Raises UnauthenticatedError, then ForbiddenError, then OrganizationNotFoundError for
        another's organisation, then InvalidParameterError; so a caller without access learns
        nothing about the parameters.
        """
        claims = claims_of(request.authorization, self.verify, check_revoked=_changes_or_exports())
        caller = caller_from_claims(claims)
        self._admit(caller, organization_for(caller, request.args.get("org") or None))

    def admit_signed(self, signature: str, body: bytes) -> None:
        """Admit a call signed by the organisation that its `org` names.

        Raises the errors of `check_signature`, and NotFoundError for an invalid organisation.
        """
        org_id = request.args.get("org", "")
        if not valid_organization_id(org_id):
            raise NotFoundError("There is no such campaign.")
        key = signing_key(self.services.secret, org_id)
        check_signature(key, signature, request.path, body, self.clock())
        caller = Caller(
            uid=SENDER,
            org_id=org_id,
            is_super_user=False,
            may_change=True,
            role=SENDER,
            org_claim="org",
        )
        self._admit(caller, org_id)

    def _admit(self, caller: Caller, org_id: str) -> None:
        refuse_malformed_parameters()
        g.organization = Organization(
            id=org_id,
            caller=caller,
            as_of=self.clock(),
            page_tokens=self.page_tokens,
            clock=self.clock,
            services=self.services,
        )


def _changes_or_exports() -> bool:
    """Whether the call may change something or takes much away: GET of pages does neither."""
    return (
        request.method != "GET"
        or request.path.endswith(":export")
        or request.args.get("format") == "csv"
    )


def organization() -> Organization:
    """The organisation of the call being answered."""
    current: Organization = g.organization
    return current


def require_editor() -> str:
    """Return the id of the calling account. Raises ReadOnlyError if it may not change anything."""
    caller = organization().caller
    if not caller.may_change:
        raise ReadOnlyError("The role budtender may not change anything.")
    return caller.uid


def refuse_malformed_parameters() -> None:
    """Raise InvalidParameterError for the first parameter that is not UTF-8 or is given twice."""
    for part in request.query_string.split(b"&"):
        try:
            unquote_to_bytes(part).decode()
        except UnicodeDecodeError as error:
            name = unquote(part.partition(b"=")[0].decode("latin-1"))
            raise InvalidParameterError("must be UTF-8", parameter=name) from error
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidParameterError("must be given once", parameter=name)
