from zoneinfo import ZoneInfo

import pytest

from shared.orders.fact import Rejection, RejectionCode
from shared.orders.normalize import normalize
from tests.unit.orders.documents import (
    CUSTOMER_KEY,
    ORG,
    fact_of,
    legacy_web_order,
    order_of,
    outcome_of,
    pos_sync_order,
    web_checkout_order,
)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"createdAt": None}, RejectionCode.DATE_MISSING, "createdAt"),
        ({"createdAt": "soon"}, RejectionCode.DATE_INVALID, "createdAt"),
        ({"totals": None}, RejectionCode.AMOUNT_MISSING, "totals.total"),
        ({"totals": {"total": "abc"}}, RejectionCode.AMOUNT_INVALID, "totals.total"),
        ({"totals": {"total": 1e12}}, RejectionCode.AMOUNT_OUT_OF_RANGE, "totals.total"),
        ({"items": "none"}, RejectionCode.ITEMS_INVALID, "items"),
    ],
)
def test_a_rejection_names_the_organisation_and_the_field_and_nothing_from_the_order(
    change: dict[str, object], code: RejectionCode, field: str
) -> None:
    expected = Rejection(code=code, field=field, org_id=ORG)
    assert outcome_of(pos_sync_order() | change) == expected


@pytest.mark.parametrize("document", [None, "order", 7, [], b"{}"])
def test_a_document_that_is_no_map_is_rejected(document: object) -> None:
    outcome = normalize(
        "order_1", document, org_id=ORG, time_zone=ZoneInfo("UTC"), customer_key=CUSTOMER_KEY
    )
    assert outcome == Rejection(code=RejectionCode.DOCUMENT_INVALID, field="", org_id=ORG)


def test_an_order_belongs_to_the_organisation_that_it_names_first() -> None:
    document = legacy_web_order()
    assert fact_of(document).org_id == ORG
    assert fact_of(document | {"orgId": "org_other"}).org_id == "org_other"


def test_one_person_has_different_keys_at_different_organisations() -> None:
    document = web_checkout_order()
    here = fact_of(document | {"orgId": "org_a"}).customer_key
    there = fact_of(document | {"orgId": "org_b"}).customer_key
    assert here is not None
    assert here != there


def test_the_same_document_always_gives_the_same_order() -> None:
    assert order_of(pos_sync_order()) == order_of(pos_sync_order())


def test_warnings_are_collected_and_end_at_twenty() -> None:
    document = pos_sync_order() | {"refundedAmount": "x", "items": [None] * 30}
    warnings = fact_of(document).warnings
    assert warnings == ("refundedAmount", *(f"items[{n}]" for n in range(19)))


def test_the_name_address_and_number_of_the_customer_are_not_in_the_fact() -> None:
    order = order_of(web_checkout_order())
    assert order.contact.display_name == "Lee Park"
    for personal in ("Lee", "lee@", "201"):
        assert personal not in repr(order.fact)
        assert personal not in repr(order)
