import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.money import MAX_CENTS, exact_cents, line_cents, parse_cents, parse_decimal


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (0, 0),
        (79, 79_00),
        (79.75, 79_75),
        (0.1 + 0.2, 30),
        (1.005, 1_01),
        (-1.005, -1_01),
        (1e6, 1_000_000_00),
        (5e-324, 0),
        ("79.75", 79_75),
        (" 40 ", 40_00),
        ("+40", 40_00),
        (".5", 50),
        ("5.", 5_00),
        ("2.345", 2_35),
        ("$44.00", 44_00),
        ("44.00 $", 44_00),
        ("€5", 5_00),
        ("CA$5", 5_00),
        ("USD 44.00", 44_00),
        ("44.00usd", 44_00),
        ("$44.00 USD", 44_00),
        ("1,234.56", 1_234_56),
        ("12,345,678", 12_345_678_00),
        ("(5.00)", -5_00),
        ("($5.00)", -5_00),
        ("$(1,000.00)", -1_000_00),
        ("-5", -5_00),
        ("-$5.00", -5_00),
        ("$-5.00", -5_00),
    ],
)
def test_money_is_read_exactly(value: object, cents: int) -> None:
    assert parse_cents(value) == cents


@pytest.mark.parametrize(
    "value",
    [
        *(
            "abc",
            "",
            " ",
            "1-2",
            "12.5.3",
            "44,00",
            "1,23",
            "1234,567",
            "0,123",
            "1e3",
            "0x10",
            "1_000",
        ),
        *(
            "--5",
            "-$-5",
            "-(5)",
            "(-5)",
            "(5",
            "5)",
            "()",
            "$",
            "USD",
            "XYZ 5",
            "5 OFF",
            "5 5",
            "٣",
        ),
        *("nan", "inf", "-", ".", "\ud800", "1" * 65),
        *(math.nan, math.inf, -math.inf, True, False, None, b"5", [5], {"amount": 5}, 10**400),
    ],
)
def test_what_is_not_an_amount_is_none_and_never_a_guess(value: object) -> None:
    assert parse_cents(value) is None


@pytest.mark.parametrize("value", [1.7e308, -1.7e308, 2**63 - 1, "9" * 64])
def test_a_huge_amount_is_a_number_out_of_range(value: object) -> None:
    cents = parse_cents(value)
    assert cents is not None
    assert abs(cents) > MAX_CENTS


def test_string_amounts_add_up_instead_of_joining() -> None:
    assert sum(parse_cents(text) or 0 for text in ("40.00", "60.00")) == 100_00


def test_a_line_is_rounded_once_after_multiplying() -> None:
    assert line_cents(Decimal("0.333"), 3_000) == 1_00
    assert line_cents(Decimal("9.99"), 1_500) == 14_99


def test_the_decimal_context_of_the_caller_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        assert parse_cents("123456.785") == 123_456_79
        assert parse_decimal("123456.785") == Decimal("123456.785")
        assert line_cents(Decimal("1234.56"), 2_000) == 2_469_12


@given(st.lists(st.integers(0, MAX_CENTS // 8), min_size=1, max_size=8))
def test_a_sum_of_floats_is_the_sum_of_their_cents(amounts: list[int]) -> None:
    assert exact_cents(sum(cents / 100 for cents in amounts)) == sum(amounts)


@given(st.integers(0, MAX_CENTS), st.integers(1, 99))
def test_a_real_part_of_a_cent_is_not_taken_for_rounding(cents: int, percent: int) -> None:
    assert exact_cents((cents + percent / 100) / 100) is None


@pytest.mark.parametrize(
    ("number", "cents"),
    [
        (0.30000000000000004, 30),
        (29.999999999999996, 30_00),
        (1e-10, 0),
        (1e-8, None),
        (0.1 + 1e-8, None),
        (1.005, None),
        (float(MAX_CENTS) / 100, MAX_CENTS),
    ],
)
def test_a_float_within_a_billionth_of_a_cent_is_that_cent(
    number: float, cents: int | None
) -> None:
    assert exact_cents(number) == cents
