"""Placeholders that writers use for unknown people and things."""

import pytest

from shared.funnel.funnel import shop_event
from shared.orders.channel import campaign_id_of, coupon_code_of
from shared.orders.contact import contact_of
from shared.orders.identity import Identity, IdentityKind, identity_of
from shared.orders.nobody import Placeholders
from tests.orders.documents import PLACED_AT, fact_of, sandbox_seed_order

NOTHING = [
    *(
        "0",
        "-1",
        "0.0",
        "-1.0",
        "undefined",
        "null",
        "NULL",
        "None",
        "nan",
        "NaN",
        "guest",
        "Guest",
    ),
    *("[object Object]", "n/a", "N/A", "#N/A", "#REF!", "unknown", "anonymous", "true", "000000"),
    *("00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}"),
    *("0" * 32, " \ufeffnull\u200b ", "nu\u00adll"),
]
FIELDS_OF_PEOPLE = ["userId", "customerId", "customer.uid"]


def document(path: str, value: object) -> dict[str, object]:
    outer, _, inner = path.partition(".")
    return {outer: {inner: value} if inner else value}


@pytest.mark.parametrize("value", [*NOTHING, 0, -1, 0.0])
@pytest.mark.parametrize("field", FIELDS_OF_PEOPLE)
@pytest.mark.parametrize("order_id", ["order_1", "alleaves_1"])
def test_nobody_is_passed_over_wherever_a_writer_puts_it(
    order_id: str, field: str, value: object
) -> None:
    assert identity_of(order_id, document(field, value)) is None
    followed = document(field, value) | {"phone": "5552013344"}
    assert identity_of(order_id, followed) == Identity(IdentityKind.PHONE, "5552013344")


def test_nine_walk_ins_at_the_till_are_not_one_customer() -> None:
    orders = [sandbox_seed_order() | {"source": "pos", "userId": value} for value in (0, "0", -1)]
    for order in orders:
        del order["customer"]
    assert {fact_of(order).customer_key for order in orders} == {None}


@pytest.mark.parametrize(
    "email",
    [
        *("walkin@pos.invalid", "x@invalid", "a@b.c.INVALID", "guest@localhost", "a@x.localhost"),
        *("a@x.invalid.", "null@null", "undefined@undefined"),
    ],
)
def test_an_address_that_nobody_can_have_is_nobodys(email: str) -> None:
    order = {"customer": {"email": email}, "email": "ada@example.org"}
    assert identity_of("order_1", order) == Identity(IdentityKind.EMAIL, "ada@example.org")
    assert contact_of({"email": email}).email is None


@pytest.mark.parametrize(
    "email",
    ["null@example.org", "0@example.org", "a@notinvalid.com", "a@invalid.com", "a@mylocalhost"],
)
def test_an_address_that_only_looks_like_it_is_somebodys(email: str) -> None:
    assert identity_of("order_1", {"email": email}) == Identity(IdentityKind.EMAIL, email)


@pytest.mark.parametrize("value", [*NOTHING, 0, -1])
def test_a_product_that_names_nothing_is_known_by_what_comes_next(value: object) -> None:
    item: dict[str, object] = {"productId": value, "sku": "A-1", "name": "Tea", "price": 5}
    assert product_of(item) == ("A-1", "Tea", "Other")
    del item["sku"]
    assert product_of(item) == ("name:tea", "Tea", "Other")
    assert product_of({**item, "name": value}) == ("unknown", "Unknown Item", "Other")
    assert product_of({**item, "category": value, "type": "Gummies"})[2] == "Edibles"


def product_of(item: dict[str, object]) -> tuple[str, str, str]:
    (line,) = fact_of(sandbox_seed_order() | {"items": [item]}).lines
    return line.product_id, line.name, line.category


@pytest.mark.parametrize("value", NOTHING)
def test_no_campaign_coupon_or_session_is_nothing(value: str) -> None:
    assert campaign_id_of({"campaignId": value, "campaign": {"id": "c2"}}) == "c2"
    assert coupon_code_of({"coupon": {"code": value}, "couponCode": "SAVE5"}) == "SAVE5"
    event = shop_event(
        {"type": "cart.updated", "data": {"sessionId": value, "cartId": "c7"}}, PLACED_AT
    )
    assert event is not None
    assert event.identity == "c7"


@pytest.mark.parametrize(
    ("own", "order"),
    [
        ("Walk-In", {"userId": "WALK-IN"}),
        (99999, {"userId": "99999.0"}),
        ("till@shop.example", {"email": "Till@Shop.example"}),
        ("@tills.shop.example", {"email": "front@tills.shop.example"}),
        ("(555) 010-9999", {"phone": "+1 555 010 9999 x4"}),
    ],
)
def test_an_organisation_adds_its_own(own: object, order: dict[str, object]) -> None:
    assert identity_of("order_1", order) is not None
    assert identity_of("order_1", order, Placeholders.with_own([own])) is None


def test_placeholders_of_an_organisation_hold_for_everything_that_is_named() -> None:
    placeholders = Placeholders.with_own(["Test"])
    assert contact_of({"customerName": "TEST"}, placeholders).display_name is None
    assert campaign_id_of({"campaignId": "test"}, placeholders) is None
    assert coupon_code_of({"couponCode": "TEST"}, placeholders) is None
    event = shop_event(
        {"type": "cart.updated", "refId": "test"}, PLACED_AT, placeholders=placeholders
    )
    assert event is not None
    assert event.identity is None
