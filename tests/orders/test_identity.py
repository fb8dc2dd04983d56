import pytest

from shared.orders.identity import CustomerKeyer, Identity, IdentityKind, identity_of
from tests.orders.documents import fact_of, pos_sync_order

EMAIL, POS, ACCOUNT, PHONE = (
    IdentityKind.EMAIL,
    IdentityKind.POS_CUSTOMER,
    IdentityKind.ACCOUNT,
    IdentityKind.PHONE,
)
NOBODY = "no-email@alleaves.local"


@pytest.mark.parametrize(
    ("document", "kind", "value"),
    [
        ({"customer": {"email": " Dana@Example.COM "}, "userId": "7"}, EMAIL, "dana@example.com"),
        ({"customerEmail": "a@example.com", "email": "b@example.com"}, EMAIL, "a@example.com"),
        ({"email": "b@example.com"}, EMAIL, "b@example.com"),
        ({"customer": {"email": NOBODY}, "email": "b@example.com"}, EMAIL, "b@example.com"),
        ({"source": "alleaves", "userId": "7", "customer": {"email": NOBODY}}, POS, "7"),
        ({"source": " Dutchie ", "customerId": 7}, POS, "7"),
        ({"source": "alleaves", "userId": "alleaves_customer", "customerId": "7"}, POS, "7"),
        ({"source": "alleaves", "customer": {"uid": "u"}}, ACCOUNT, "u"),
        ({"source": "alleaves", "customer": {"uid": "u"}, "userId": "7"}, POS, "7"),
        ({"customer": {"uid": "u"}, "userId": "v"}, ACCOUNT, "u"),
        ({"userId": "v", "customerId": "w"}, ACCOUNT, "v"),
        ({"customerId": 42.0}, ACCOUNT, "42"),
        ({"userId": True, "customerId": "w"}, ACCOUNT, "w"),
        ({"customer": {"phone": "555-201-3344"}}, PHONE, "5552013344"),
        ({"userId": "checkout_customer", "customerPhone": "5552013344"}, PHONE, "5552013344"),
        ({"phone": 5552013344}, PHONE, "5552013344"),
    ],
)
def test_a_customer_is_known_by_the_surest_thing_in_the_order(
    document: dict[str, object], kind: IdentityKind, value: str
) -> None:
    assert identity_of("order_1", document) == Identity(kind, value)


def test_an_order_whose_id_is_one_of_the_point_of_sale_has_its_customer_id() -> None:
    assert identity_of("alleaves_5512", {"userId": "7"}) == Identity(POS, "7")
    assert identity_of("order_5512", {"userId": "7"}) == Identity(ACCOUNT, "7")


@pytest.mark.parametrize(
    "placeholder",
    [
        "no-email@alleaves.local",
        "NO-EMAIL@ALLEAVES.LOCAL",
        " customer_12@alleaves.local ",
        "walk-in@unknown.local",
        "alleaves_customer",
        "Checkout_Customer",
    ],
)
@pytest.mark.parametrize("field", ["customerEmail", "email", "userId", "customerId"])
@pytest.mark.parametrize("order_id", ["order_1", "alleaves_1"])
def test_a_placeholder_is_nobody_wherever_it_stands(
    placeholder: str, field: str, order_id: str
) -> None:
    assert identity_of(order_id, {field: placeholder}) is None


@pytest.mark.parametrize(
    "email",
    [
        *("x@alleaves.local.com", "x@shop.alleaves.local", "x@notalleaves.local", "a@bakedbot.ai"),
        *("unknown.local@example.com", "alleaves_customer@example.com"),
    ],
)
def test_an_address_that_only_resembles_a_placeholder_is_real(email: str) -> None:
    assert identity_of("order_1", {"email": email}) == Identity(EMAIL, email)


@pytest.mark.parametrize(
    "email",
    [
        *("", " ", "none", "@", "a@", "@b.com", "a b@c.com", "a@b@c.com", 5, None, ["a@b.com"]),
        *("a" * 320 + "@b.com",),
    ],
)
def test_what_is_no_address_is_nobody(email: object) -> None:
    assert identity_of("order_1", {"email": email}) is None


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("1 (555) 201-3344", "5552013344"),
        ("+1 555 201 3344", "5552013344"),
        ("25552013344", "25552013344"),
        ("+44 20 7946 0958", "442079460958"),
        ("201-3344", "2013344"),
    ],
)
def test_a_phone_number_is_its_digits_without_the_country_code_of_north_america(
    phone: str, digits: str
) -> None:
    assert identity_of("order_1", {"phone": phone}) == Identity(PHONE, digits)


@pytest.mark.parametrize(
    "phone", ["", "n/a", "0142", "0000000000", "1-111-111-1111", "1-000-000-0000", "1" * 16, True]
)
def test_a_number_that_reaches_nobody_is_nobody(phone: object) -> None:
    assert identity_of("order_1", {"phone": phone}) is None


@pytest.mark.parametrize("user_id", ["", " ", True, None, 1.5, 10**30, float("nan"), {"id": "7"}])
def test_what_is_no_id_is_nobody(user_id: object) -> None:
    assert identity_of("order_1", {"userId": user_id}) is None


def test_five_orders_of_one_person_have_one_key_however_the_address_is_written() -> None:
    addresses = ["dana@example.com", "Dana@example.com", " DANA@EXAMPLE.COM", "dana@Example.com "]
    keys = {fact_of({"email": text, **_without_customer()}).customer_key for text in addresses}
    assert len(keys) == 1


def test_the_key_is_a_keyed_hash_and_not_the_address() -> None:
    identity = Identity(EMAIL, "dana@example.com")
    key = CustomerKeyer(b"one secret")("org_a", identity)
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    assert key == CustomerKeyer(b"one secret")("org_a", identity)
    assert key != CustomerKeyer(b"another secret")("org_a", identity)


def test_no_two_organisations_kinds_or_values_share_a_key() -> None:
    keyer = CustomerKeyer(b"secret")
    keys = [
        keyer(org_id, Identity(kind, value))
        for org_id in ("a", "ab", "b")
        for kind in IdentityKind
        for value in ("1", "11", "b1", "\x001")
    ]
    assert len(set(keys)) == len(keys)


def test_a_keyer_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        CustomerKeyer(b"")


def test_an_identity_does_not_show_whose_it_is() -> None:
    assert "dana" not in repr(Identity(EMAIL, "dana@example.com"))


def _without_customer() -> dict[str, object]:
    document = pos_sync_order()
    del document["customer"], document["userId"]
    return document
