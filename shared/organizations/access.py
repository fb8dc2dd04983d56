"""Identity and organisation of a caller, from verified token claims alone.

A caller sees exactly one organisation: their own, or, for a super user, the one they name. Nothing
here ever turns one id into another, so an organisation without data answers with no data and never
with another's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.kernel.errors import (
    InvalidParameterError,
    NoOrganizationError,
    NotApprovedError,
    OrganizationNotFoundError,
    RoleError,
)
from shared.kernel.organization_ids import valid_organization_id

SUPER_USER = "super_user"
BUDTENDER = "budtender"

ORGANIZATION_CLAIMS = ("orgId", "brandId", "currentOrgId", "uid")
"""The first of these that is not blank names the caller's own organisation."""
OTHER_ORGANIZATION_CLAIMS = ("tenantId", "orgIds")
"""Claims that name further organisations, which the API never answers about."""

_UID_CLAIMS = ("uid", "user_id", "sub")
ROLES = (
    "brand",
    "brand_admin",
    "brand_member",
    "dispensary",
    "dispensary_admin",
    "dispensary_staff",
    BUDTENDER,
    SUPER_USER,
)
"""The roles that may use this product; firestore.rules lists the same."""
_APPROVED = ("approved", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in account that may use this product."""

    uid: str
    """Id of the account."""
    org_id: str
    """The account's own organisation."""
    is_super_user: bool
    """Whether the account may name any organisation."""
    may_change: bool
    """Whether the account may change anything: the staff at the counter reads."""
    role: str
    """One of ROLES."""
    org_claim: str
    """The claim that `org_id` comes from, one of ORGANIZATION_CLAIMS."""
    other_org_ids: tuple[str, ...] = ()
    """Further organisations that the claims name, sorted; naming them gives no access."""


def caller_from_claims(claims: Mapping[str, object]) -> Caller:
    """The caller behind the claims of a verified ID token.

    Raises ForbiddenError for a role that may not use this product, for an account that is not
    approved, for one without an id, and for one whose organisation id cannot be one.
    """
    role = claims.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise RoleError("The account has no role that may use this API.")
    if not _is_approved(claims.get("approvalStatus")):
        raise NotApprovedError("The account is not approved.")
    uid = _first(claims, _UID_CLAIMS)
    if uid is None:
        raise NoOrganizationError("The account has no id.")
    org_claim = _first_claim(claims, ORGANIZATION_CLAIMS)
    org_id = None if org_claim is None else str(claims[org_claim])
    if org_claim is None or org_id is None or not valid_organization_id(org_id):
        raise NoOrganizationError("The account belongs to no organisation.")
    return Caller(
        uid=uid,
        org_id=org_id,
        is_super_user=role == SUPER_USER,
        may_change=role != BUDTENDER,
        role=role,
        org_claim=org_claim,
        other_org_ids=_others(claims, org_id),
    )


def organization_for(caller: Caller, requested: str | None) -> str:
    """The organisation a request is about; `requested` is the one it names, None for none.

    Raises NotFoundError if a caller names an organisation that is not theirs, existing or not,
    and InvalidParameterError where a super user names something that cannot be one.
    """
    if requested is None or requested == caller.org_id:
        return caller.org_id
    if not caller.is_super_user:
        raise OrganizationNotFoundError("The organisation does not exist.")
    if not valid_organization_id(requested):
        raise InvalidParameterError("must be an organisation id", parameter="org")
    return requested


def _is_approved(status: object) -> bool:
    """Most accounts have no status. A word or type that is not known does not pass."""
    return status is None or (isinstance(status, str) and status in _APPROVED)


def _others(claims: Mapping[str, object], org_id: str) -> tuple[str, ...]:
    """Organisations other than the caller's own that the claims name."""
    names = (*ORGANIZATION_CLAIMS[:-1], *OTHER_ORGANIZATION_CLAIMS)
    org_ids: set[str] = set()
    for claim in names:
        value = claims.get(claim)
        values = value if isinstance(value, list) else [value]
        org_ids.update(each for each in values if isinstance(each, str))
    return tuple(sorted(each for each in org_ids - {org_id} if valid_organization_id(each)))


def _first(claims: Mapping[str, object], names: Sequence[str]) -> str | None:
    """The first of these claims that is text and not blank."""
    name = _first_claim(claims, names)
    return None if name is None else str(claims[name])


def _first_claim(claims: Mapping[str, object], names: Sequence[str]) -> str | None:
    """Name of the first of these claims that is text and not blank."""
    for name in names:
        value = claims.get(name)
        if isinstance(value, str) and value.strip():
            return name
    return None
