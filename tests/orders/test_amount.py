import pytest

from shared.orders.amount import OrderAmount, order_amount
from shared.orders.fact import Rejection, RejectionCode


@pytest.mark.parametrize(
    ("document", "cents"),
    [
        ({"totals": {"total": 10, "subtotal": 8}, "total": 11, "totalAmount": 12}, 10_00),
        ({"total": 11, "totalAmount": 12, "amount": 13}, 11_00),
        ({"totalAmount": 12, "amount": 13, "totals": {"subtotal": 8}}, 12_00),
        ({"amount": "13.00"}, 13_00),
        ({"totals": {"subtotal": 8}}, 8_00),
        ({"totals": {"total": None}, "total": 11}, 11_00),
        ({"totals": "10", "total": 11}, 11_00),
        ({"totals": {"total": 0}, "total": 11}, 0),
    ],
)
def test_the_first_total_is_what_the_order_is_worth(
    document: dict[str, object], cents: int
) -> None:
    assert order_amount(document) == OrderAmount(cents=cents)


@pytest.mark.parametrize("unusable", ["abc", "", "44,00", float("nan"), True, {}, [10]])
def test_a_total_that_cannot_be_read_falls_through_to_the_next_instead_of_being_zero(
    unusable: object,
) -> None:
    assert order_amount({"totals": {"total": unusable}, "amount": 13}) == OrderAmount(cents=13_00)


def test_a_subtotal_at_the_top_level_is_not_a_total() -> None:
    rejection = Rejection(code=RejectionCode.AMOUNT_MISSING, field="totals.total")
    assert order_amount({"subtotal": 94.99}) == rejection


def test_an_order_without_any_total_is_rejected() -> None:
    rejection = Rejection(code=RejectionCode.AMOUNT_MISSING, field="totals.total")
    assert order_amount({"totals": {"tax": 1}}) == rejection


def test_an_order_whose_totals_cannot_be_read_is_rejected_naming_the_first() -> None:
    rejection = Rejection(code=RejectionCode.AMOUNT_INVALID, field="total")
    assert order_amount({"total": "abc", "amount": "1-2"}) == rejection


@pytest.mark.parametrize("total", [1e300, -1e300, 10**11, "10,000,000,000.01"])
def test_an_amount_that_no_order_can_have_is_rejected(total: object) -> None:
    rejection = Rejection(code=RejectionCode.AMOUNT_OUT_OF_RANGE, field="total")
    assert order_amount({"total": total, "amount": 5}) == rejection


def test_the_largest_amount_is_accepted() -> None:
    assert order_amount({"total": "10,000,000,000.00"}) == OrderAmount(cents=10**12)


@pytest.mark.parametrize("total", ["(5.00)", -5, "-5.00"])
@pytest.mark.parametrize(
    "refund", [{}, {"refundedAmount": 5}, {"refundedAmount": -5}, {"totals": {"refunded": 99}}]
)
def test_a_total_below_zero_is_a_return_of_as_much_and_not_an_order_of_nothing(
    total: object, refund: dict[str, object]
) -> None:
    assert order_amount({"total": total, **refund}) == OrderAmount(cents=-5_00)


@pytest.mark.parametrize(
    ("refund", "cents"),
    [
        ({"refundedAmount": 5}, 15_00),
        ({"refundedAmount": "5.50"}, 14_50),
        ({"totals": {"refunded": 5}}, 15_00),
        ({"refundedAmount": 0, "totals": {"refunded": 5}}, 15_00),
        ({"refundedAmount": 5, "totals": {"refunded": 5}}, 15_00),
        ({"refundedAmount": 25}, 0),
        ({"refundedAmount": -5}, 15_00),
        ({"refundedAmount": "(5.00)"}, 15_00),
        ({"refundedAmount": 1, "totals": {"refunded": -5}}, 15_00),
        ({"refundedAmount": None}, 20_00),
    ],
)
def test_what_was_paid_back_is_taken_off_once_and_never_below_zero(
    refund: dict[str, object], cents: int
) -> None:
    assert order_amount({"total": 20, **refund}) == OrderAmount(cents=cents)


@pytest.mark.parametrize("refund", ["all of it", float("inf"), 10**15, -(10**15), True])
def test_a_refund_that_cannot_be_used_is_warned_of(refund: object) -> None:
    expected = OrderAmount(cents=20_00, warnings=("refundedAmount",))
    assert order_amount({"total": 20, "refundedAmount": refund}) == expected
