"""No personal data reaches the warehouse, whatever writes a ledger entry."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.warehouse.warehouse import Warehouse
from tests.functions.export_trigger.exported import Shop, exported, order, words
from tests.support.examples import examples

PERSONAL = (
    "ada.lovelace@example.org",
    "Ada",
    "Lovelace",
    "5550100123",
    "(555) 010-0123",
    "12 Analytical Street",
    "1815-12-10",
)
WRITERS: Mapping[str, dict[str, Any]] = {
    "storefront": {
        "customer": {
            "name": "Ada Lovelace",
            "email": "Ada.Lovelace@example.org",
            "phone": "(555) 010-0123",
        },
        "customerEmail": "ada.lovelace@example.org",
        "couponCode": "ada.lovelace@example.org",
        "deliveryAddress": {"street": "12 Analytical Street", "name": "Ada Lovelace"},
        "notes": "Call Ada at 5550100123",
    },
    "point of sale": {
        "customerId": "ada.lovelace@example.org",
        "customerName": "Ada Lovelace",
        "customerPhone": "5550100123",
        "birthDate": "1815-12-10",
    },
    "checkout": {
        "userId": "u-1",
        "email": "ada.lovelace@example.org",
        "displayName": "Lovelace, Ada",
        "phone": "(555) 010-0123",
    },
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("broken", [False, True])
def test_no_personal_data_is_exported(
    shop: Shop, warehouse: Warehouse, writer: str, broken: bool
) -> None:
    data = {**order(email=None, broken=broken), **WRITERS[writer]}
    shop.put("o1", data)
    shop.put("o1", {**data, "status": "canceled"})
    shop.put("o1", None)
    for write in shop.writes:
        shop.deliver(write)

    assert_nothing_personal(warehouse, PERSONAL)


def assert_nothing_personal(warehouse: Warehouse, personal: Iterable[str]) -> None:
    rows = exported(warehouse)
    assert rows
    for row in rows:
        for column, cell in row.items():
            for word in personal:
                assert word.lower() not in str(cell).lower(), column


@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=words,
    family=words,
    digits=st.integers(2_000_000_000, 9_999_999_999).map(str),
    writer=st.sampled_from(
        [
            lambda email, name, phone: {"customer": {"email": email, "name": name, "phone": phone}},
            lambda email, name, phone: {
                "customerEmail": email,
                "customerName": name,
                "customerPhone": phone,
            },
            lambda email, name, phone: {"email": email, "displayName": name, "phone": phone},
            lambda email, name, phone: {"customerId": email, "name": name, "phoneNumber": phone},
        ]
    ),
    status=st.sampled_from(["completed", "canceled", "submitted", "no such status"]),
)
@example(
    name="channel",
    family="counted",
    digits="2000000000",
    writer=lambda email, name, phone: {"email": email, "displayName": name, "phone": phone},
    status="completed",
)
def test_nobody_is_found_in_any_cell(
    shop: Shop,
    warehouse: Warehouse,
    name: str,
    family: str,
    digits: str,
    writer: Callable[[str, str, str], dict[str, Any]],
    status: str,
) -> None:
    email = f"{name}.{family}@example.org"
    delivered = len(shop.writes)
    for id, who in (
        ("o1", writer(email, f"{name} {family}", digits)),
        ("o2", writer("someone.else@example.org", "Someone Else", "2000000001")),
    ):
        shop.put(id, {**order(email=None, status=status), **who})
    for write in shop.writes[delivered:]:
        shop.deliver(write)

    # A name may be a word of the format, which the order of someone else has too.
    others = str([row for row in exported(warehouse) if row["document_id"] == "o2"]).lower()
    personal = [word for word in (email, name, family, digits) if word.lower() not in others]
    assert email in personal
    assert_nothing_personal(warehouse, personal)
