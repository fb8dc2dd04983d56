"""Facts from an organisation's numbers, and missing ones."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.churn.churn import Churn, Losses
from shared.cohorts.cohorts import Cohort
from shared.insights.facts.sheet import Missing, fact_sheet
from shared.insights.inputs_store import model_expectations
from shared.insights.numbers import (
    Availability,
    Group,
    SegmentEntries,
    ShopNumbers,
    Source,
    counter_source,
    result_source,
    uncounted,
)
from shared.insights.rendering import change
from shared.kernel.facts import SMALLEST_GROUP, Fact, FactUnit
from shared.nightly.result import NIGHTLY, ResultState, ResultStatus
from shared.products.product_sales import UnitSales
from shared.reconciliation.counters import SegmentCountsDelta
from shared.segments.segment import Segment
from tests.insights.shop import SHOP
from tests.support.description import api_document
from tools.insight_examples import NIGHT, NOW, ORG, cells, cohorts, segments

SHEET = fact_sheet(SHOP)
SOURCES = [field.name for field in fields(ShopNumbers) if "Source" in str(field.type)]


def fact(numbers: ShopNumbers, id: str) -> Fact | None:
    actual = fact_sheet(numbers).subjects.get(id)
    assert actual is None or isinstance(actual, Fact)
    return actual


def state(**changes: Any) -> ResultState:
    known: dict[str, Any] = {
        "name": "churn",
        "status": ResultStatus.READY,
        "attempted_at": NIGHT,
        "computed_at": NIGHT,
        "stale_at": NIGHT + NIGHTLY,
        "source_rows": 1,
        "lag_seconds": 0,
        "last_error": None,
        "generation": "g",
        "first_keys": (),
        "summary": {"kept": 7},
    }
    return ResultState(**{**known, **changes})


# --- every fact


@pytest.mark.parametrize("each", SHEET.facts, ids=lambda each: each.id)
def test_a_fact_says_where_it_comes_from(each: Fact) -> None:
    origin = each.origin
    assert origin is not None
    file, _, anchor = origin.definition.partition("#")
    routes = api_document()["paths"]

    headings = re.findall(r"^## (.+)$", Path(file).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in [title.lower().replace(",", "").replace(" ", "-") for title in headings]
    assert origin.source.startswith(f"tenants/{ORG}/")
    assert origin.computed_at in (NOW, NIGHT)
    assert origin.valid_until > NOW
    route = re.sub(r"/sc_[0-9a-f]{12}\b", "/{id}", origin.link.api)
    parameters = {each["name"] for each in routes[route]["get"]["parameters"]}
    assert set(origin.link.query) <= parameters
    assert origin.link.page.startswith("/dashboard/")


def test_the_example_has_every_fact_once_and_nothing_is_missing() -> None:
    assert len(SHEET.subjects) == 37
    assert SHEET.missing == ()


# --- what is stale, failed or not computed


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    "availability", [Availability.STALE, Availability.FAILED, Availability.NOT_COMPUTED]
)
def test_what_cannot_be_used_is_no_fact_and_says_so(name: str, availability: Availability) -> None:
    source: Source[object] = getattr(SHOP, name)
    gone: dict[str, Any] = {name: replace(source, availability=availability)}

    sheet = fact_sheet(replace(SHOP, **gone))

    assert sheet.missing == (Missing(source=source.name, reason=availability),)
    lost = SHEET.subjects.keys() - sheet.subjects.keys()
    assert lost
    assert not any(
        each.origin and each.origin.source == source.document and each.id in lost
        for each in sheet.facts
    )


@pytest.mark.parametrize(
    ("known", "availability"),
    [
        (None, Availability.NOT_COMPUTED),
        (state(computed_at=None, stale_at=None), Availability.NOT_COMPUTED),
        (
            state(status=ResultStatus.FAILED, computed_at=None, stale_at=None, last_error="x"),
            Availability.FAILED,
        ),
        (state(status=ResultStatus.FAILED, last_error="x"), Availability.FAILED),
        (state(stale_at=NOW), Availability.STALE),
        (state(), Availability.CURRENT),
    ],
)
def test_a_result_is_read_only_while_it_is_current(
    known: ResultState | None, availability: Availability
) -> None:
    read = []

    def content(found: ResultState) -> int:
        read.append(found)
        return int(found.summary["kept"])

    source = result_source("churn", "tenants/a/analytics/churn", known, content, now=NOW)

    assert source.availability is availability
    assert source.content == (7 if availability is Availability.CURRENT else None)
    assert len(read) == (availability is Availability.CURRENT)


def test_counts_that_are_behind_are_stale() -> None:
    source: Source[object] = uncounted("segment_counts", "tenants/a/segment_counts", at=NOW)

    assert (source.availability, source.computed_at) == (Availability.STALE, NOW)


# --- groups


@given(customers=st.integers(0, 12))
def test_fewer_than_five_customers_are_no_fact(customers: int) -> None:
    numbers = replace(
        SHOP,
        segments=counter_source("s", "d", segments(vip=customers, at_risk=customers), at=NOW),
        about_to_slip=counter_source(
            "s", "d", Group(customers=customers, lifetime_value_cents=10**9), at=NOW
        ),
        transitions=counter_source(
            "s", "d", SegmentEntries(current={Segment.CHURNED: customers}, before=None), at=NOW
        ),
        churn=counter_source(
            "s",
            "d",
            Churn(
                segments={Segment.VIP: Losses(not_churned_at_start=500, churned=customers)},
                churned_at_start=100,
                won_back=customers,
                new_customers=customers,
                new_customers_churned=0,
            ),
            at=NOW,
        ),
        rfm=counter_source(
            "s", "d", tuple(replace(each, customers=customers // 2) for each in cells()), at=NOW
        ),
    )

    sheet = fact_sheet(numbers)

    large = customers >= SMALLEST_GROUP
    for id in (
        "vip",
        "vip_value",
        "at_risk",
        "at_risk_value",
        "about_to_slip",
        "about_to_slip_value",
        "churned_30d",
        "churn_rate_30d",
        "won_back_30d",
        "new_30d",
    ):
        assert (id in sheet.subjects) is large, id
    for each in sheet.facts:
        if each.unit is FactUnit.CUSTOMERS:
            assert each.value >= SMALLEST_GROUP, each.id


@pytest.mark.parametrize(("before", "compared"), [(None, None), (4, None), (5, 5), (0, None)])
def test_a_small_group_is_no_comparison_either(before: int | None, compared: int | None) -> None:
    was = None if before is None else {Segment.CHURNED: before}
    entered = SegmentEntries(current={Segment.CHURNED: 54}, before=was)

    actual = fact(
        replace(SHOP, transitions=counter_source("s", "d", entered, at=NOW)), "churned_30d"
    )

    assert actual is not None
    assert (actual.comparison.value if actual.comparison else None) == compared


def test_shares_are_of_what_they_say() -> None:
    at_risk, established = fact(SHOP, "at_risk"), fact(SHOP, "established")
    value = fact(SHOP, "at_risk_value")
    assert at_risk is not None
    assert established is not None
    assert value is not None
    shares = {each.segment: each for each in segments()}

    kept = [each for each in shares.values() if each.segment is not Segment.CHURNED]
    assert at_risk.share is not None
    assert at_risk.share.part == 130 / sum(each.customers for each in kept)
    assert established.share is not None
    assert established.share.part == (60 + 150 + 40 + 70) / (60 + 150 + 40 + 70 + 140)
    assert value.share is not None
    assert value.share.part == 130 * 310_00 / sum(each.lifetime_value_cents for each in kept)


def test_a_value_below_zero_is_no_share() -> None:
    shares = tuple(
        replace(each, lifetime_value_cents=-5) if each.segment is Segment.VIP else each
        for each in segments()
    )

    actual = fact(replace(SHOP, segments=counter_source("s", "d", shares, at=NOW)), "vip_value")

    assert actual is not None
    assert (actual.value, actual.share) == (-5, None)


# --- findings


def test_cohorts_that_are_alike_have_no_break() -> None:
    alike = counter_source("s", "d", cohorts(worse=36), at=NOW)

    assert fact_sheet(replace(SHOP, cohorts=alike)).cohort_break is None


@pytest.mark.parametrize(
    ("returned", "breaks"), [(4, False), (21, True), (22, False), (50, False), (51, True)]
)
def test_a_cohort_breaks_beyond_its_interval(returned: int, breaks: bool) -> None:
    actual = fact_sheet(
        replace(SHOP, cohorts=counter_source("s", "d", cohorts(worse=returned), at=NOW))
    ).cohort_break

    assert (actual is not None) is breaks
    if actual:
        assert actual.is_worse is (returned < 36)
        # 120 customers × the gap to 30 % × what a returning customer of the others is worth.
        assert actual.at_stake_cents == round(abs(returned - 36) * 48_00)


def test_a_pair_must_be_sure_and_of_several_customers() -> None:
    (pair,) = SHOP.affinity.content or ()
    poorer: list[dict[str, Any]] = [
        {"lift_lower": 1.49},
        {"q_value": 0.051},
        {"customers": SMALLEST_GROUP - 1},
    ]
    for changes in poorer:
        poor = counter_source("s", "d", (replace(pair, **changes),), at=NOW)
        assert fact_sheet(replace(SHOP, affinity=poor)).bundle is None, changes
    better = replace(pair, lift_lower=2.4, count=9)
    both = counter_source("s", "d", (pair, better), at=NOW)
    actual = fact_sheet(replace(SHOP, affinity=both)).bundle
    assert actual is not None
    assert actual.pair is better
    # Nine orders with butter, the cheaper of the two.
    assert actual.at_stake_cents == 9 * 3_20


@pytest.mark.parametrize(
    ("week", "slows"),
    [(56_000, False), (36_000, False), (29_000, True), (0, True), (-1_000, False)],
)
def test_a_product_slows_beyond_chance(week: int, slows: bool) -> None:
    products = tuple(
        replace(each, last_7_days=replace(each.last_7_days, quantity_milli=week))
        if each.product_id == "p3"
        else each
        for each in SHOP.products.content or ()
    )

    actual = fact_sheet(replace(SHOP, products=counter_source("s", "d", products, at=NOW))).slowing

    assert (actual is not None) is slows


@pytest.mark.parametrize(("others_cents", "is_said"), [(47_900_00, True), (48_000_00, False)])
def test_a_loss_that_is_little_beside_all_sales_is_not_said(
    others_cents: int, is_said: bool
) -> None:
    """It is $991 in 30 days, of $1,632 and what others bring in."""
    slow = next(each for each in SHOP.products.content or () if each.product_id == "p3")
    steady = replace(
        slow,
        product_id="p4",
        last_7_days=UnitSales(quantity_milli=7_000, revenue_cents=others_cents * 7 // 30),
        last_30_days=UnitSales(quantity_milli=30_000, revenue_cents=others_cents),
    )
    products = counter_source("s", "d", (slow, steady), at=NOW)

    actual = fact_sheet(replace(SHOP, products=products)).slowing

    assert (actual is not None) is is_said


def test_a_fact_is_as_fresh_as_its_source() -> None:
    late = replace(SHOP.churn, valid_until=NOW + timedelta(minutes=1))

    actual = fact(replace(SHOP, churn=late), "won_back_30d")

    assert actual is not None
    assert actual.origin is not None
    assert actual.origin.valid_until == NOW + timedelta(minutes=1)


def test_the_forecast_is_that_of_the_next_whole_month_and_the_value_that_of_now() -> None:
    counts = SegmentCountsDelta()
    counts.risks = {
        "low": Counter(customers=20, predicted_ltv_cents=900),
        "critical": Counter(customers=7, predicted_ltv_cents=100),
    }
    months = [
        {"from": "2026-11-27", "existing_cents": 1, "new_cents": 2},
        {"from": "2026-12-01", "existing_cents": 30, "new_cents": 4},
    ]
    actual = model_expectations({"months": months}, counts)
    assert (actual.critical, actual.critical_cents, actual.all_cents) == (7, 100, 1_000)
    assert (actual.month, actual.month_cents) == (date(2026, 12, 1), 34)
    assert model_expectations({"months": months[:1]}, SegmentCountsDelta()).month is None


def test_a_forecast_is_compared_with_what_known_customers_spent_in_the_last_whole_month() -> None:
    """Twelve cohorts before October spent in it, and its own of 120 customers."""
    actual = fact(SHOP, "forecast_month")

    assert actual is not None
    assert actual.comparison is not None
    spent = (120 + 36 + 11 * 20) * 48_00
    assert (actual.comparison.value, actual.comparison.to) == (spent, "October 2026")
    assert change(actual) == "up 6% on October 2026"


@pytest.mark.parametrize(
    ("kept", "orders"),
    [
        (lambda cohort: False, 1),
        (lambda cohort: cohort.period.label >= "2026-10", 1),
        (lambda cohort: cohort.period.label == "2026-09", 4),
        (lambda cohort: cohort.period.label == "2026-09", 0),
    ],
    ids=["no cohorts", "none before that month", "a handful", "nobody"],
)
def test_a_forecast_is_compared_with_no_month_that_was_not_whole_or_nearly_nobody_bought_in(
    kept: Callable[[Cohort], bool], orders: int
) -> None:
    few = (120, orders, 0)
    some = tuple(
        replace(cohort, customers=few, revenue_cents=few)
        if cohort.period.label == "2026-09"
        else cohort
        for cohort in cohorts()
        if kept(cohort)
    )
    actual = fact(replace(SHOP, cohorts=counter_source("s", "d", some, at=NOW)), "forecast_month")

    assert actual is not None
    assert actual.comparison is None


def test_a_forecast_is_compared_with_no_month_that_went_on_when_cohorts_were_counted() -> None:
    """Cohorts of the last night of October, and a forecast of the first one of November."""
    cut = tuple(
        replace(cohort, customers=cohort.customers[:-1], revenue_cents=cohort.revenue_cents[:-1])
        for cohort in cohorts()
    )
    actual = fact(replace(SHOP, cohorts=counter_source("s", "d", cut, at=NOW)), "forecast_month")

    assert actual is not None
    assert actual.comparison is None
