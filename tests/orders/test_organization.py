import pytest

from shared.kernel.organization_ids import valid_organization_id
from shared.orders.fact import Rejection, RejectionCode
from shared.orders.organization import ClaimedOrganization, claimed_organization


@pytest.mark.parametrize(
    ("document", "org_id", "field"),
    [
        ({"orgId": "o", "brandId": "b", "retailerId": "r"}, "o", "orgId"),
        ({"organizationId": "n", "brandId": "b"}, "n", "organizationId"),
        ({"brandId": "b", "retailerId": "r"}, "b", "brandId"),
        ({"retailerId": "r", "dispensaryId": "d"}, "r", "retailerId"),
        ({"dispensaryId": "d"}, "d", "dispensaryId"),
        ({"orgId": None, "brandId": "b"}, "b", "brandId"),
        ({"orgId": "  ", "brandId": "b"}, "b", "brandId"),
        ({"orgId": 7, "brandId": "b"}, "b", "brandId"),
        ({"orgId": " o "}, "o", "orgId"),
    ],
)
def test_an_order_belongs_to_the_first_organisation_it_names(
    document: dict[str, object], org_id: str, field: str
) -> None:
    assert claimed_organization(document) == ClaimedOrganization(id=org_id, field=field)


@pytest.mark.parametrize("document", [{}, {"orgId": ""}, {"orgId": None}, {"brandId": ["b"]}])
def test_an_order_without_an_organisation_is_rejected(document: dict[str, object]) -> None:
    rejection = Rejection(code=RejectionCode.ORGANIZATION_MISSING, field="orgId")
    assert claimed_organization(document) == rejection


def test_an_organisation_that_cannot_be_a_document_is_rejected_and_not_replaced() -> None:
    rejection = Rejection(code=RejectionCode.ORGANIZATION_INVALID, field="brandId")
    assert claimed_organization({"brandId": "a/b", "retailerId": "r"}) == rejection


@pytest.mark.parametrize("document", [None, "order", 1, [], b"{}"])
def test_a_document_that_is_no_map_names_no_organisation(document: object) -> None:
    rejection = Rejection(code=RejectionCode.DOCUMENT_INVALID, field="")
    assert claimed_organization(document) == rejection


@pytest.mark.parametrize("org_id", ["o", "org greenleaf", "a.b", "...", "__x", "é" * 128, "🌿"])
def test_ids_that_can_name_a_document(org_id: str) -> None:
    assert valid_organization_id(org_id)


@pytest.mark.parametrize(
    "org_id",
    [
        *(
            "",
            " ",
            "a/b",
            "/",
            ".",
            "..",
            "____",
            "__all__",
            "__\u2028__",
            "a\nb",
            "a\x00",
            "a\x7f",
        ),
        *("\ud800", "a" * 129),
    ],
)
def test_ids_that_cannot_name_a_document(org_id: str) -> None:
    assert not valid_organization_id(org_id)
