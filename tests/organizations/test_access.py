"""Access: callers and their organisation, from token claims and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ForbiddenError, InvalidParameterError, NotFoundError
from shared.organizations.access import (
    ORGANIZATION_CLAIMS,
    Caller,
    caller_from_claims,
    organization_for,
)

STAFF = {"role": "dispensary", "uid": "user_1"}


def own_caller(*, is_super_user: bool = False) -> Caller:
    return Caller(
        uid="u",
        org_id="mine",
        is_super_user=is_super_user,
        may_change=True,
        role="super_user" if is_super_user else "brand",
        org_claim="orgId",
    )


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param(
            {"orgId": "org", "brandId": "brand", "currentOrgId": "current"}, "org", id="all ids"
        ),
        pytest.param({"brandId": "brand"}, "brand", id="only brandId"),
        pytest.param({"currentOrgId": "current"}, "current", id="only currentOrgId"),
        pytest.param({}, "user_1", id="only uid"),
        pytest.param(
            {"orgId": None, "brandId": None, "currentOrgId": None}, "user_1", id="undefined claims"
        ),
        pytest.param({"orgId": "", "brandId": "", "currentOrgId": "  "}, "user_1", id="empty"),
        pytest.param(
            {"orgId": "", "brandId": "\t", "currentOrgId": "c"}, "c", id="blank, then one"
        ),
        pytest.param({"orgId": 7, "brandId": ["b"], "currentOrgId": "c"}, "c", id="not strings"),
        pytest.param({"locationId": "l", "orgIds": ["o"], "tenantId": "t"}, "user_1", id="others"),
    ],
)
def test_the_first_claim_that_is_not_blank_names_the_organisation(
    claims: dict[str, Any], expected: str
) -> None:
    assert caller_from_claims({**STAFF, **claims}).org_id == expected


@pytest.mark.parametrize("org_id", ["a/b", "..", "__x__", "x" * 129, "a\x00"])
def test_an_id_that_cannot_be_an_organisation_is_not_skipped_over(org_id: str) -> None:
    with pytest.raises(ForbiddenError):
        caller_from_claims({**STAFF, "orgId": org_id, "brandId": "brand"})


@pytest.mark.parametrize(
    "role",
    [
        "brand",
        "brand_admin",
        "brand_member",
        "dispensary",
        "dispensary_admin",
        "dispensary_staff",
        "budtender",
        "super_user",
    ],
)
def test_staff_may_call(role: str) -> None:
    caller = caller_from_claims({"uid": "u", "role": role})
    assert caller == Caller(
        uid="u",
        org_id="u",
        is_super_user=role == "super_user",
        may_change=role != "budtender",
        role=role,
        org_claim="uid",
    )


@pytest.mark.parametrize(
    "role",
    [
        None,
        "",
        "customer",
        "intern",
        "grower",
        "delivery_driver",
        "owner",
        "admin",
        "super_admin",
        "superuser",
        "super_user ",
        "Brand",
        "brandy",
        "brand_",
        "brand_guest",
        "dispensary_customer",
        "dispensaryX",
        "budtender_lead",
        "xbrand_admin",
        ["brand"],
        {"brand": True},
        True,
    ],
)
def test_any_other_role_may_not(role: object) -> None:
    with pytest.raises(ForbiddenError):
        caller_from_claims({"uid": "u", "orgId": "o", "role": role})


@pytest.mark.parametrize(
    "status", ["pending", "rejected", "suspended", "Rejected", " ", 0, False, ["approved"], {}]
)
def test_an_account_that_is_not_approved_may_not(status: object) -> None:
    with pytest.raises(ForbiddenError):
        caller_from_claims({**STAFF, "orgId": "o", "approvalStatus": status})


@pytest.mark.parametrize("status", [None, "approved", ""])
def test_most_accounts_have_no_status_or_an_approved_one(status: object) -> None:
    caller = caller_from_claims({**STAFF, "orgId": "o", "approvalStatus": status})
    assert caller.org_id == "o"


@pytest.mark.parametrize(
    ("claims", "uid"),
    [
        ({"uid": "a", "user_id": "b", "sub": "c"}, "a"),
        ({"user_id": "b", "sub": "c"}, "b"),
        ({"uid": " ", "user_id": 7, "sub": "c"}, "c"),
    ],
)
def test_an_account_has_the_id_of_its_token(claims: dict[str, Any], uid: str) -> None:
    assert caller_from_claims({"role": "brand", "orgId": "o", **claims}).uid == uid


def test_an_account_without_an_id_may_not() -> None:
    with pytest.raises(ForbiddenError):
        caller_from_claims({"role": "brand", "orgId": "o"})


def test_a_caller_may_name_their_own_organisation() -> None:
    caller = own_caller()

    assert organization_for(caller, None) == "mine"
    assert organization_for(caller, "mine") == "mine"


@pytest.mark.parametrize("requested", ["other", "", " mine", "MINE", "a/b", "x" * 999])
def test_anything_else_is_not_found_whether_it_exists_or_not(requested: str) -> None:
    with pytest.raises(NotFoundError):
        organization_for(own_caller(), requested)


def test_a_super_user_may_name_any_organisation() -> None:
    caller = own_caller(is_super_user=True)

    assert organization_for(caller, None) == "mine"
    assert organization_for(caller, "other") == "other"
    for requested in ("", "a/b", "..", "__x__"):
        with pytest.raises(InvalidParameterError) as raised:
            organization_for(caller, requested)
        assert raised.value.parameter == "org"


texts = st.text(max_size=8) | st.sampled_from(["org_a", "org_b", "", " "])
values = st.none() | st.booleans() | st.integers() | texts | st.lists(texts, max_size=2)


@given(
    claims=st.dictionaries(
        st.sampled_from([*ORGANIZATION_CLAIMS, "role", "approvalStatus", "orgIds", "tenantId"]),
        values | st.sampled_from(["brand", "budtender", "super_user"]),
    ),
    requested=st.none() | texts,
)
def test_nobody_but_a_super_user_ever_sees_what_their_claims_do_not_name(
    claims: dict[str, Any], requested: str | None
) -> None:
    try:
        org_id = organization_for(caller_from_claims(claims), requested)
    except (ForbiddenError, NotFoundError, InvalidParameterError):
        return

    own = [claims[name] for name in ORGANIZATION_CLAIMS if str(claims.get(name) or "").strip()]
    assert org_id in own or (claims["role"] == "super_user" and org_id == requested)
