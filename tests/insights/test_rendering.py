"""Any fact in any form says its value within the stated rounding, with its direction and sign."""

import html
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.insights.rendering import (
    FRACTION_TOLERANCE,
    MAX_NAME_LENGTH,
    Style,
    about,
    change,
    money,
    name,
    percent,
    phrase,
    share,
    share_about,
)
from shared.insights.slots import Form, forms, render, rendered
from shared.kernel.facts import (
    Fact,
    FactUnit,
    Link,
    Name,
    Origin,
    Subject,
    by_id,
)
from tests.insights.rendered import HOSTILE_NAMES, LOST, STYLE, fact, number

COUNTED = [FactUnit.CUSTOMERS, FactUnit.DAYS, FactUnit.ORDERS, FactUnit.RECORDS]
FRACTIONS = {
    "a tenth": 0.1, "a fifth": 0.2, "a quarter": 0.25, "a third": 1 / 3, "two fifths": 0.4,
    "half": 0.5, "three fifths": 0.6, "two thirds": 2 / 3, "three quarters": 0.75,
    "four fifths": 0.8, "nine tenths": 0.9,
}  # fmt: skip

whole = st.integers(-(10**15), 10**15)
rates = st.floats(0, 1, allow_nan=False)


# --- counts


@given(whole, st.sampled_from(COUNTED))
def test_a_count_is_said_exactly(value: int, unit: FactUnit) -> None:
    said = phrase(fact(value, unit), STYLE)

    assert (number(said) if value else 0) == value
    assert said.startswith("no " if value == 0 else f"{value:,} ")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "no customers who became Churned in the last 30 days"),
        (1, "1 customer who became Churned in the last 30 days"),
        (-1, "-1 customer who became Churned in the last 30 days"),
        (2, "2 customers who became Churned in the last 30 days"),
        (12_345_678, "12,345,678 customers who became Churned in the last 30 days"),
    ],
)
def test_the_noun_is_singular_for_one(value: int, said: str) -> None:
    assert phrase(fact(value, words=LOST), STYLE) == said


@given(whole, st.sampled_from(COUNTED))
def test_about_keeps_two_digits(value: int, unit: FactUnit) -> None:
    said = about(fact(value, unit), STYLE)

    if abs(value) < 10:
        assert said == phrase(fact(value, unit), STYLE)
    else:
        assert said.startswith("about ")
        assert abs(number(said) - value) <= abs(value) * Decimal("0.05")


# --- money


@given(whole)
def test_money_is_rounded_as_stated(cents: int) -> None:
    said = money(cents, STYLE)
    units, actual = Decimal(cents) / 100, number(said)

    if abs(units) < 100:
        step = Decimal("0.01")
        assert actual == units
    elif "billion" in said:
        step = Decimal(10**7)
    elif "million" in said:
        step = Decimal(10**4)
    else:
        step = Decimal(1)
        assert abs(actual) < 10**6
    assert abs(actual - units) <= step / 2
    assert said.startswith("-") is (cents < 0)


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        ("USD", "-$12,340"),
        ("EUR", "-€12,340"),
        ("CAD", "-CA$12,340"),
        ("CHF", "-CHF 12,340"),
    ],
)
def test_money_has_the_currency_of_the_organisation(currency: str, said: str) -> None:
    assert money(-12_340_00, Style(currency=currency)) == said


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (0, "$0"),
        (1, "$0.01"),
        (99_99, "$99.99"),
        (100_00, "$100"),
        (999_999_49, "$999,999"),
        (999_999_50, "$1.00 million"),
        (999_994_999_99, "$999.99 million"),
        (999_995_000_00, "$1.00 billion"),
        (12_345_678_901_234_00, "$12,345.68 billion"),
    ],
)
def test_money_at_the_edges_of_its_rounding(cents: int, said: str) -> None:
    assert money(cents, STYLE) == said


# --- rates and shares


@given(rates)
def test_percent_is_rounded_as_stated_and_never_says_none_or_all(part: float) -> None:
    said = percent(part)

    assert (said == "0%") is (part == 0)
    assert (said == "100%") is (part == 1)
    if said == "less than 0.1%":
        assert part < 0.001
    elif said == "more than 99.9%":
        assert part > 0.999
    else:
        step = Decimal("0.1") if part < 0.0995 or part > 0.9905 else Decimal(1)
        assert abs(number(said) - Decimal(part) * 100) <= step / 2


@given(rates)
def test_a_share_in_words_is_near(part: float) -> None:
    said = share_about(fact(9, part=part))

    rough, _, rest = said.removeprefix("about ").partition(" of ")
    assert rest == "customers"
    if rough in FRACTIONS:
        assert abs(FRACTIONS[rough] - part) <= float(FRACTION_TOLERANCE) + 1e-12
    else:
        assert rough == percent(part)
    assert share(fact(9, part=part)) == f"{percent(part)} of customers"


# --- changes


@given(
    st.integers(-(10**9), 10**9),
    st.integers(-(10**9), 10**9),
    st.booleans(),
)
def test_a_change_has_its_direction_and_size(now: int, before: int, over_time: bool) -> None:
    said = change(fact(now, before=before, over_time=over_time))
    up, down = ("up", "down") if over_time else ("above", "below")
    words = said.split()

    assert said.endswith("the 30 days before" if over_time else "the other cohorts")
    if now == before:
        assert words[0] in ("unchanged", "the")
    elif said.startswith("almost"):
        assert abs(now - before) * 1000 < 5 * before
    else:
        assert (up in words) is (now > before)
        assert (down in words) is (now < before and "below zero" not in said) or before < 0
        if "%" in said:
            percentage = re.findall(r"([\d,]+)%", said)[0].replace(",", "")
            exact = abs(Decimal(now) - before) * 100 / before
            assert abs(Decimal(percentage) - exact) <= Decimal("0.5")


@given(rates, rates)
def test_a_change_of_a_rate_is_in_points(now: float, before: float) -> None:
    said = change(fact(now, FactUnit.RATE, before=before))
    points = abs(Decimal(now) - Decimal(before)) * 100

    if now == before:
        assert said.startswith("unchanged from")
    elif points < Decimal("0.05"):
        assert said.startswith("almost unchanged from")
    else:
        assert said.startswith("up" if now > before else "down")
        actual = Decimal(re.findall(r"[\d.]+", said)[0])
        assert abs(actual - points) <= Decimal("0.05")
        assert ("percentage point on" in said) is (actual == 1)


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (87, 78, "up 12% on the 30 days before"),
        (78, 87, "down 10% on the 30 days before"),
        (78, 78, "unchanged from the 30 days before"),
        (1_004, 1_000, "almost unchanged from the 30 days before"),
        (1_005, 1_000, "up 1% on the 30 days before"),
        (60, 5, "up 1,100% on the 30 days before"),
        (5, 0, "up from zero in the 30 days before"),
        (0, 5, "down 100% on the 30 days before"),
        (-5, 0, "down from zero in the 30 days before"),
        (5, -5, "up from below zero in the 30 days before"),
    ],
)
def test_changes_in_words(now: int, before: int, said: str) -> None:
    assert change(fact(now, before=before)) == said


# --- ratios and speeds


@given(st.floats(0, 1e6, allow_nan=False))
def test_a_ratio_is_a_lower_bound_and_a_speed_is_near(value: float) -> None:
    ratio = phrase(fact(value, FactUnit.TIMES), STYLE)
    speed = phrase(fact(value, FactUnit.UNITS), STYLE)

    if ratio.startswith("less than"):
        assert 0 < value < 0.1
    else:
        assert 0 <= Decimal(value) - number(ratio) <= 1
    if speed.startswith("no "):
        assert value == 0
    elif not speed.startswith("less than"):
        assert abs(number(speed) - Decimal(value)) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("units", "said"),
    [(0, "no units"), (0.04, "less than 0.1 units"), (1, "1 unit"), (2.5, "2.5 units")],
)
def test_units_of_a_product(units: float, said: str) -> None:
    assert phrase(fact(units, FactUnit.UNITS), STYLE) == said


def test_about_leaves_a_lower_bound_alone() -> None:
    assert about(fact(2.37, FactUnit.TIMES), STYLE) == "2.3 times"


# --- time zone


def test_a_day_is_that_of_the_organisation() -> None:
    origin = Origin(
        definition="docs/analytics.md#churn",
        source="tenants/a/analytics/churn",
        computed_at=datetime(2026, 11, 27, 3, tzinfo=UTC),
        valid_until=datetime(2026, 11, 28, 9, tzinfo=UTC),
        link=Link(page="/dashboard/analytics", api="/v1/analytics/churn"),
    )
    known = Fact(id="a", label="", value=5, unit=FactUnit.CUSTOMERS, origin=origin)

    for zone, said in (
        ("UTC", "as of 27 November 2026"),
        ("America/Denver", "as of 26 November 2026"),
        ("Pacific/Auckland", "as of 27 November 2026"),
    ):
        assert rendered(known, Form.AS_OF, Style(time_zone=ZoneInfo(zone))) == said


# --- what is no fact


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (None, FactUnit.CUSTOMERS),
        (True, FactUnit.CUSTOMERS),
        (1.5, FactUnit.CUSTOMERS),
        (1.5, FactUnit.CENTS),
        (float("nan"), FactUnit.UNITS),
        (float("inf"), FactUnit.TIMES),
        (1.01, FactUnit.RATE),
        (-0.01, FactUnit.RATE),
    ],
)
def test_what_is_no_number_of_its_unit_is_no_fact(value: Any, unit: FactUnit) -> None:
    with pytest.raises(ValueError, match="fact: "):
        fact(value, unit)
    if value is not None:
        with pytest.raises(ValueError, match="fact: "):
            fact(0, unit, before=value)


def test_a_fact_has_no_form_that_it_has_nothing_for() -> None:
    bare = fact(5)

    assert forms(bare) == (Form.PHRASE, Form.ABOUT)
    for form in (Form.CHANGE, Form.SHARE, Form.SHARE_ABOUT, Form.AS_OF, Form.NAME):
        with pytest.raises(ValueError, match=form.value):
            rendered(bare, form, STYLE)
    for say in (change, share, share_about):
        with pytest.raises(ValueError, match="fact"):
            say(bare)


def test_two_facts_of_one_id_are_an_error() -> None:
    with pytest.raises(ValueError, match="same id"):
        by_id((fact(5), fact(6)))


# --- sentences and names


def test_a_slot_begins_a_sentence_with_a_capital() -> None:
    subjects = {"fact": fact(0, words=LOST, before=4)}

    text = "[[fact:phrase]]. See [[fact:phrase]]? “[[fact:phrase]]”, [[fact:change]]."

    assert render(text, subjects, STYLE) == (
        "No customers who became Churned in the last 30 days. See no customers who became Churned "
        "in the last 30 days? “No customers who became Churned in the last 30 days”, down 100% on "
        "the 30 days before."
    )


@pytest.mark.parametrize("text", HOSTILE_NAMES, ids=lambda text: ascii(text[:20]))
def test_a_hostile_name_changes_nothing_but_its_own_slot(text: str) -> None:
    subjects: dict[str, Subject] = {
        "fact": fact(5),
        "product": Name(id="product", label="the product", text=text),
    }

    said = render("See [[product:name]] with [[fact:phrase]].", subjects, STYLE)

    assert said.startswith("See “")
    assert said.endswith("” with 5 customers.")
    inside = said.removeprefix("See “").removesuffix("” with 5 customers.")
    assert 0 < len(inside) <= MAX_NAME_LENGTH
    assert inside.isprintable()
    assert not set(inside) & {"“", "”", '"'}


@given(st.text(max_size=200))
def test_any_name_is_one_printable_line(text: str) -> None:
    said = name(Name(id="product", label="", text=text))

    assert said[0] + said[-1] == "“”"
    assert said.isprintable()
    assert len(said) <= MAX_NAME_LENGTH + 2


def test_a_name_is_escaped_for_where_it_is_shown() -> None:
    subjects = {"product": Name(id="product", label="", text="<b>R&B</b>")}

    said = render("See [[product:name]].", subjects, STYLE, escape=html.escape)

    assert said == "See “&lt;b&gt;R&amp;B&lt;/b&gt;”."
