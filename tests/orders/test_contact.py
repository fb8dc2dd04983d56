import pytest

from shared.orders.contact import contact_of
from shared.orders.fact import Contact


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"customer": {"name": " Dana  Whitfield\n"}, "customerName": "D."}, "Dana Whitfield"),
        ({"customerName": "Pilot Vip"}, "Pilot Vip"),
        ({"customer": {"firstName": "Dana", "lastName": "Whitfield"}}, "Dana Whitfield"),
        ({"firstName": "Dana", "lastName": None}, "Dana"),
        ({"customer": {"name": "Customer"}, "firstName": "Dana"}, "Dana"),
        ({"customer": "Dana"}, None),
        ({"customer": {"name": 7}}, None),
        ({}, None),
    ],
)
def test_the_name_is_the_first_that_is_one(document: dict[str, object], name: str | None) -> None:
    assert contact_of(document).display_name == name


@pytest.mark.parametrize(
    "name",
    [
        *("Unknown", "unknown customer", " CUSTOMER ", "alleaves_48213", "customer-9", "cid_7"),
        *("alleaves_customer", "no-email@alleaves.local"),
        *("dana@example.com", "Dana@Example.com", "dana", "48213", ""),
    ],
)
def test_a_placeholder_name_is_no_name(name: str) -> None:
    document = {"customer": {"name": name, "email": "dana@example.com"}, "userId": 48213}
    assert contact_of(document).display_name is None


def test_the_placeholder_address_is_no_address() -> None:
    assert contact_of({"customer": {"email": "no-email@alleaves.local"}}).email is None


def test_the_phone_number_stays_as_it_was_written() -> None:
    assert contact_of({"customerPhone": " (555) 201-3344 "}).phone == "(555) 201-3344"
    assert contact_of({"phone": 5552013344}).phone == "5552013344"
    assert contact_of({"phone": "000-000-0000"}).phone is None


def test_a_contact_can_be_stored() -> None:
    contact = contact_of(
        {
            "customer": {
                "name": "D\ud800ana" + "a" * 500,
                "email": "da\udfffna@example.com",
                "phone": "5552013344" + " " * 50 + "ext",
            }
        }
    )
    assert contact.display_name == ("Dana" + "a" * 500)[:200]
    assert contact.email == "dana@example.com"
    assert contact.phone == "5552013344 ext"


def test_a_contact_does_not_show_who_it_is() -> None:
    contact = Contact(display_name="Dana", email="dana@example.com", phone="5552013344")
    assert repr(contact) == "Contact()"
