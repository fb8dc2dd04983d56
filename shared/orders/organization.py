"""The organisation that an order names."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.compared_text import unformatted
from shared.kernel.organization_ids import valid_organization_id
from shared.orders.fact import Rejection, RejectionCode
from shared.orders.fields import first_usable

ORGANIZATION_FIELDS = ("orgId", "organizationId", "brandId", "retailerId", "dispensaryId")
"""Fields of an order that may name its organisation, the deciding one first."""
MAX_NAME_CHARACTERS = 256
"""A longer text names no organisation, whatever blanks surround an id in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedOrganization:
    """The id that an order gives for its organisation. May be an alias: not resolved yet."""

    id: str
    field: str
    """Field of the order that names it."""


def claimed_organization(data: object) -> ClaimedOrganization | Rejection:
    """The first organisation id in an order document, in the order of precedence of the fields.

    A field that is blank or no string is passed over. An id that cannot name a document rejects
    the order instead: the next field names another thing (a location), not the same one better.
    """
    if not isinstance(data, Mapping):
        return Rejection(code=RejectionCode.DOCUMENT_INVALID, field="")
    claim = first_usable(data, ORGANIZATION_FIELDS, _not_blank)
    if claim.path is None or claim.value is None:
        return Rejection(code=RejectionCode.ORGANIZATION_MISSING, field=ORGANIZATION_FIELDS[0])
    if not valid_organization_id(claim.value):
        return Rejection(code=RejectionCode.ORGANIZATION_INVALID, field=claim.path)
    return ClaimedOrganization(id=claim.value, field=claim.path)


def organization_names(data: object) -> tuple[str, ...]:
    """Return the values of an order's organisation fields: sorted, each once.

    As written, blanks included, so that counting by these fields finds as many orders as ledger
    entries with a name.

    >>> organization_names({"orgId": "org_1 ", "brandId": "b", "retailerId": 7, "name": "x"})
    ('b', 'org_1 ')
    """
    if not isinstance(data, Mapping):
        return ()
    values = (data.get(field) for field in ORGANIZATION_FIELDS)
    return tuple(
        sorted(
            {
                name
                for name in values
                if isinstance(name, str)
                and len(name) <= MAX_NAME_CHARACTERS
                and valid_organization_id(unformatted(name).strip())
            }
        )
    )


def _not_blank(value: object) -> str | None:
    return (unformatted(value).strip() or None) if isinstance(value, str) else None
