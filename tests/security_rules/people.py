"""Kinds of people, and whose documents each of them may read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ACME = "acme"
BRAVO = "bravo"

ORGANIZATION_CLAIMS = ("orgId", "brandId", "currentOrgId", "tenantId")
STAFF_ROLES = (
    "brand",
    "brand_admin",
    "brand_member",
    "dispensary",
    "dispensary_admin",
    "dispensary_staff",
    "budtender",
    "super_user",
)
OTHER_ROLES = (
    "",
    "admin",
    "customer",
    "delivery_driver",
    "grower",
    "intern",
    "owner",
    "super_admin",
    # Not quite a staff role.
    "Brand",
    "brands",
    "brand_",
    "brand_guest",
    "dispensary_customer",
    "customer_brand",
    "super_user_2",
)
NOT_TEXT: Mapping[str, object] = {
    "null": None,
    "a number": 7,
    "true": True,
    "a list": [ACME, BRAVO, "brand", "pending"],
    "a map": {ACME: True, BRAVO: True, "brand": True, "pending": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with claims in the ID token; nobody signed in where they are None."""

    kind: str
    claims: Mapping[str, object] | None
    reads: frozenset[str] = frozenset()
    """Organisations whose derived documents this person may read."""


def _people() -> Iterator[Person]:
    acme = frozenset({ACME})
    yield Person(kind="not signed in", claims=None)
    yield Person(kind="signed in without claims", claims={})

    staff = {"role": "brand_admin"}
    for claim in ORGANIZATION_CLAIMS:
        yield Person(kind=f"staff by {claim}", claims={**staff, claim: ACME}, reads=acme)
    yield Person(
        kind="staff, all claims empty", claims={**staff, **dict.fromkeys(ORGANIZATION_CLAIMS, "")}
    )
    for what, value in NOT_TEXT.items():
        claims = {**staff, **dict.fromkeys(ORGANIZATION_CLAIMS, value)}
        yield Person(kind=f"staff, every claim {what}", claims=claims)
    for role in STAFF_ROLES:
        yield Person(kind=f"role {role}", claims={"role": role, "orgId": ACME}, reads=acme)
    for role in ("brand", "super_user"):
        yield Person(kind=f"role {role} of no organisation", claims={"role": role})
    for role in OTHER_ROLES:
        yield Person(kind=f"role {role or 'empty'}", claims={"role": role, "orgId": ACME})
    for what, value in NOT_TEXT.items():
        yield Person(kind=f"role is {what}", claims={"role": value, "orgId": ACME})
    yield Person(kind="no role", claims=dict.fromkeys(ORGANIZATION_CLAIMS, ACME))

    member = {"role": "dispensary", "orgId": ACME}
    for status in ("pending", "rejected", "suspended", "Pending", "approved "):
        yield Person(kind=f"approval {status}", claims={**member, "approvalStatus": status})
    for harmless in ("approved", "", None):
        yield Person(
            kind=f"approval {harmless!r}", claims={**member, "approvalStatus": harmless}, reads=acme
        )
    for what, value in NOT_TEXT.items():
        if value is not None:
            yield Person(kind=f"approval is {what}", claims={**member, "approvalStatus": value})

    yield Person(
        kind="super_user of the other organisation",
        claims={"role": "super_user", "orgId": BRAVO},
        reads=frozenset({BRAVO}),
    )
    yield Person(
        kind="staff of two organisations",
        claims={"role": "brand", "orgId": ACME, "brandId": BRAVO},
        reads=frozenset({ACME, BRAVO}),
    )
    yield Person(
        kind="staff, the other claims empty",
        claims={"role": "brand", "orgId": "", "brandId": "", "currentOrgId": "", "tenantId": ACME},
        reads=acme,
    )
    yield Person(
        kind="staff, the other claims of wrong types",
        claims={
            "role": "brand",
            "orgId": ACME,
            "brandId": [BRAVO],
            "currentOrgId": {BRAVO: True},
            "tenantId": 7,
        },
        reads=acme,
    )
    for claim in ("locationId", "orgIds", "organizationId", "sub"):
        yield Person(kind=f"staff, {claim} only", claims={"role": "brand", claim: ACME})
    for near in ("ACME", "acm", "acme ", "acme/customer_segments", "*"):
        yield Person(kind=f"staff of {near!r}", claims={"role": "brand", "orgId": near})


PEOPLE = tuple(_people())
"""One of each kind."""
