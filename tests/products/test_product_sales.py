"""Results of a night's answer about products, and their stored form."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.nightly.question import Row
from shared.nightly.result import Result
from shared.products.product_sales import (
    MAX_CATEGORIES,
    TOP_PRODUCTS,
    ProductSales,
    ProductSalesQuestion,
    SalesLine,
    UnitSales,
    last_full_day,
    stored_best_sellers,
    stored_product,
)
from tests.products.product_fold import SoldLine, product_rows
from tests.support.warehouse_facts import organization

TODAY = date(2026, 3, 30)


def line(product_id: str, cents: int, *, days_ago: int = 1, **fields: Any) -> SoldLine:
    return SoldLine(
        **{
            "day": TODAY - timedelta(days=days_ago),
            "product_id": product_id,
            "name": f"Name of {product_id}",
            "category": "Flower",
            "quantity_milli": 1_000,
            "cents": cents,
            **fields,
        }
    )


def result_of(rows: list[Row]) -> Result:
    (result,) = ProductSalesQuestion().results(organization(today=TODAY), rows)
    return result


def product(*lines: SoldLine) -> ProductSales:
    (entry,) = result_of(product_rows(lines, TODAY)).entries
    return stored_product(entry)


def test_a_product_is_stored_as_it_was_answered() -> None:
    lines = [line("p1", 500), line("p1", 70, days_ago=8), line("p1", 9, days_ago=31)]
    assert product(*lines) == ProductSales(
        product_id="p1",
        name="Name of p1",
        all_time=UnitSales(quantity_milli=3_000, revenue_cents=579),
        last_7_days=UnitSales(quantity_milli=1_000, revenue_cents=500),
        last_30_days=UnitSales(quantity_milli=2_000, revenue_cents=570),
        last_sale_on=TODAY - timedelta(days=1),
    )


def test_the_windows_end_on_the_day_before() -> None:
    assert last_full_day(result_of([]).summary) == date(2026, 3, 29)


def test_a_product_of_version_0_3_is_read() -> None:
    """It also has the sales before the windows."""
    (entry,) = result_of(product_rows([line("p1", 500)], TODAY)).entries
    earlier = {"earlier": {"quantity_milli": 1, "revenue_cents": 1}}
    assert stored_product({**entry, **earlier}) == stored_product(entry)
    assert stored_best_sellers({"today": "2026-03-30", "changes": 7}) is None


@pytest.mark.parametrize(
    ("quantity_milli", "trending"), [(14_000, False), (14_001, True), (13_999, False)]
)
def test_trending_is_more_than_two_a_day(quantity_milli: int, trending: bool) -> None:
    actual = product(line("p1", 1, days_ago=3, quantity_milli=quantity_milli))
    assert actual.velocity == quantity_milli / 7_000
    assert actual.trending is trending
    assert product(line("p1", 1, days_ago=8, quantity_milli=quantity_milli)).trending is False


def test_equal_revenue_is_ordered_by_id_and_what_was_all_taken_back_is_left_out() -> None:
    gift = line("gift", 0, category="Gifts")
    gone = [line("gone", 7), line("gone", -7, quantity_milli=-1_000)]
    lines = [line("b", 5), line("a", 5), gift, *gone]
    best = stored_best_sellers(result_of(product_rows(lines, TODAY)).summary)
    assert best
    assert [each.id for each in best.products] == ["a", "b", "gift"]
    assert best.categories == (
        SalesLine(id="Flower", name="Flower", revenue_cents=10),
        SalesLine(id="Gifts", name="Gifts", revenue_cents=0),
    )


def test_the_best_products_and_as_many_categories_as_fit_beside_the_state() -> None:
    number = MAX_CATEGORIES + 5
    lines = [line(f"p{n}", n, category=f"c{n}") for n in range(number)]
    best = stored_best_sellers(result_of(product_rows(lines, TODAY)).summary)
    assert best
    assert [each.id for each in best.products] == [
        f"p{n}" for n in range(number - 1, number - 1 - TOP_PRODUCTS, -1)
    ]
    assert len(best.categories) == MAX_CATEGORIES
    assert best.categories[0].revenue_cents == number - 1
    assert best.categories[-1].revenue_cents == 5
