"""One thing is one thing however it is written: by spreadsheets, with composed characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.compared_text import compared, lowered
from shared.orders.channel import campaign_id_of, coupon_code_of
from shared.orders.identity import Identity, IdentityKind, identity_of
from shared.orders.organization import ClaimedOrganization, claimed_organization
from shared.orders.phone import phone_digits
from shared.orders.text import id_text
from tests.orders.documents import fact_of, order_of, sandbox_seed_order

INVISIBLE = "\ufeff\u200b\u200d\u00ad\u2060\u200e\u202a"
TEXTS = st.text(max_size=30) | st.text("JjTtHhIi\u030c\u0308\u0307İǰ\u200b \tÅÅé", max_size=12)


@pytest.mark.parametrize(
    "value", [17850, 17850.0, "17850", "17850.0", "17850.", " 17,850 ", "+17850", "1.7850E+04"]
)
def test_a_whole_number_is_one_id_in_any_spelling(value: object) -> None:
    """Spellings of product, till and account ids by spreadsheets and floats."""
    assert id_text(value) == "17850"
    assert identity_of("order_1", {"userId": value}) == Identity(IdentityKind.ACCOUNT, "17850")
    assert identity_of("alleaves_1", {"customerId": value}) == (
        Identity(IdentityKind.POS_CUSTOMER, "17850")
    )
    assert product_id({"productId": value}) == "17850"


@pytest.mark.parametrize("text", ["0012", "00012.0", "1E5", "12,34", "1.5", "v1.0", "--5", "A-1"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    assert id_text(text) == text


@pytest.mark.parametrize("text", ["5.55123E+09", "4,00638E+12", "4e+12", "1.78505E+04"])
def test_a_number_that_lost_its_digits_is_no_id(text: str) -> None:
    """All products with 13 digits would be one."""
    assert id_text(text) is None
    assert product_id({"productId": text, "name": "Tea"}) == "name:tea"


@pytest.mark.parametrize("text", ["5.55123E+09", "5,55123E+09", "5.551234567E+09", "5.55123e9"])
def test_a_number_with_an_exponent_is_nobodys_phone(text: str) -> None:
    assert phone_digits(text) is None
    assert order_of(_with(customerPhone=text)).contact.phone is None


@pytest.mark.parametrize(
    "extension",
    [
        *("x12", " x 12", " ext. 5", " ext5", " Extension 12", ";ext=5", ", ext 5", "#5", " #5"),
        *(" x", " extn: 1234567"),
    ],
)
@pytest.mark.parametrize("number", ["555-201-3344", "+1 (555) 201-3344", "5552013344"])
def test_an_extension_is_cut_off(number: str, extension: str) -> None:
    assert phone_digits(number + extension) == "5552013344"


@pytest.mark.parametrize("number", [5552013344.0, "5552013344.0", "+15552013344", "#5552013344"])
def test_a_phone_number_of_a_spreadsheet_is_the_number(number: object) -> None:
    assert phone_digits(number) == "5552013344"


@pytest.mark.parametrize("spell", [str, lambda text: unicodedata.normalize("NFD", text)])
@pytest.mark.parametrize("hidden", ["", *INVISIBLE])
def test_text_that_looks_equal_is_equal(spell: type[str], hidden: str) -> None:
    def spelled(text: str) -> str:
        middle = len(text) // 2
        return f"{hidden}{spell(text[:middle] + hidden + text[middle:])}{hidden}"

    document = _with(
        brandId=spelled("café_9"),
        customer={"email": spelled("Zoë@Example.org")},
        items=[{"name": spelled("Crème Brûlée"), "category": spelled("Pâté"), "price": 1}],
        campaignId=spelled("été"),
        couponCode=spelled("NOËL"),
        status=spelled("Voided"),
        paymentStatus=spelled("Refunded"),
        source=spelled("Website"),
    )
    assert claimed_organization(document) == ClaimedOrganization(id="café_9", field="brandId")
    assert identity_of("o", document) == Identity(IdentityKind.EMAIL, "zoë@example.org")
    assert campaign_id_of(document) == "été"
    assert coupon_code_of(document) == "NOËL"
    fact = fact_of(document)
    assert fact.exclusion == fact_of(document | {"paymentStatus": "refunded"}).exclusion
    assert fact.channel == "online"
    (line,) = fact.lines
    assert (line.product_id, line.name, line.category) == (
        *("name:crème brûlée", "Crème Brûlée", "Pâté"),
    )


@given(TEXTS)
def test_compared_text_is_compared_already(text: str) -> None:
    once = compared(text)
    assert compared(once) == once
    assert lowered(lowered(text)) == lowered(text) == lowered(once)
    assert not any(unicodedata.category(each) in ("Cf", "Cs", "Cc") for each in once)


@given(TEXTS)
def test_composed_and_decomposed_text_is_one(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert compared(unicodedata.normalize(form, compared(text))) == compared(text)


def product_id(item: dict[str, object]) -> str:
    (line,) = fact_of(_with(items=[item])).lines
    return line.product_id


def _with(**fields: object) -> dict[str, object]:
    return sandbox_seed_order() | fields
