"""Sales by product in SQL: against a plain fold, and against what the counters of before said."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.days import start_of
from shared.nightly.result import Result
from shared.products.product_sales import (
    NAME,
    ProductSales,
    ProductSalesQuestion,
    UnitSales,
    stored_best_sellers,
    stored_product,
)
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.products.product_fold import SoldLine, product_rows
from tests.support.complete_journey import exported
from tests.support.own_data import own_warehouse
from tests.support.warehouse_facts import answers, fact_row, organization
from tools.demo.orders import demo_orders

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
ZONES = {"org_greenleaf": "America/Los_Angeles", "org_riverside": "Asia/Tokyo"}
GOLDEN = Path(__file__).with_name("golden_product_sales.json")


def row_of(product: ProductSales) -> list[object]:
    """A product as the golden file has it."""
    numbers = [
        number
        for sold in (product.all_time, product.last_7_days, product.last_30_days)
        for number in (sold.quantity_milli, sold.revenue_cents)
    ]
    return [product.product_id, product.name, *numbers, f"{product.last_sale_on}"]


def digest(result: Result) -> Mapping[str, Any]:
    products = [stored_product(entry) for entry in result.entries]
    rows = [row_of(product) for product in products]
    best = stored_best_sellers(result.summary)
    assert best
    by_id = {row[0]: row for row in rows}
    return {
        "products": len(rows),
        "digest": sha256(json.dumps(rows).encode()).hexdigest(),
        "best": [by_id[line.id] for line in best.products],
        "trending": [product.product_id for product in products if product.trending],
        "categories": [[line.name, line.revenue_cents] for line in best.categories],
    }


def test_real_orders_sold_what_the_daily_counters_said(warehouse: Warehouse) -> None:
    """`golden_product_sales.json` was written from counters by product and day."""
    warehouse.load(
        [
            exported(order, ZoneInfo(ZONES[order.data["brandId"]]))
            for order in demo_orders(NOW, at_most=20)
        ]
    )
    shops = [
        organization(org_id, zone, today=NOW.astimezone(ZoneInfo(zone)).date())
        for org_id, zone in ZONES.items()
    ]
    actual = answers(warehouse, ProductSalesQuestion(), shops, NOW)
    assert {org_id: digest(results[NAME]) for org_id, results in actual.items()} == json.loads(
        GOLDEN.read_text()
    )


BERLIN = ZoneInfo("Europe/Berlin")
PRODUCTS = ("p1", "p2", "no such/key.")
CATEGORIES = ("Flower", "Edibles")


@dataclass(frozen=True)
class World:
    """An organisation whose orders are asked about at an instant."""

    org_id: str
    now: datetime
    orders: Sequence[tuple[datetime, Sequence[SoldLine]]]

    @property
    def today(self) -> date:
        return self.now.astimezone(BERLIN).date()

    def rows(self) -> list[ChangelogRow]:
        return [
            fact_row(
                f"{self.org_id}-{number}",
                org_id=self.org_id,
                ordered_at=ordered_at,
                local_date=ordered_at.astimezone(BERLIN).date(),
                amount_cents=sum(line.cents for line in lines),
                lines=[
                    (line.product_id, line.name, line.category, line.quantity_milli, line.cents)
                    for line in lines
                ],
            )
            for number, (ordered_at, lines) in enumerate(self.orders)
        ]

    def lines(self) -> list[SoldLine]:
        return [line for _, lines in self.orders for line in lines]


def sold(ordered_at: datetime, product_id: str = "p1", **fields: Any) -> SoldLine:
    return SoldLine(
        **{
            "day": ordered_at.astimezone(BERLIN).date(),
            "product_id": product_id,
            "name": product_id,
            "category": "Flower",
            "quantity_milli": 1_000,
            "cents": 100,
            **fields,
        }
    )


def random_world(random: Random, number: int) -> World:
    """Orders and returns around the windows, up to three days ahead, over changes of the clocks."""
    now = random.choice(
        [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
    ) + timedelta(hours=random.randrange(-240, 240))
    orders = []
    for _ in range(random.randrange(9)):
        ordered_at = now - timedelta(hours=random.randrange(-72, 24 * 90))
        back = random.choice((1, 1, 1, -1))
        orders.append(
            (
                ordered_at,
                [
                    sold(
                        ordered_at,
                        product_id,
                        name=f"{product_id} {random.randrange(9)}",
                        category=random.choice(CATEGORIES),
                        quantity_milli=back * random.choice((1, 500, 1_000, 15_000)),
                        cents=back * random.choice((0, 1, 700)),
                    )
                    for product_id in random.sample(PRODUCTS, random.randrange(1, 4))
                ],
            )
        )
    return World(f"random_{number}", now, orders)


def world_of_days(name: str, *days: tuple[int, int]) -> World:
    """Noon of so many days ago, and so many thousandths of a unit sold on it."""
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    orders = []
    for days_ago, quantity_milli in days:
        at = now - timedelta(days=days_ago)
        cents = quantity_milli // 10
        orders.append(
            (at, [sold(at, quantity_milli=quantity_milli, cents=cents, name=f"{days_ago}")])
        )
    return World(name, now, orders)


WORLDS = [
    *(random_world(Random(seed), seed) for seed in range(150)),
    World("without_orders", NOW, []),
    # More was sold in all than came back, and the last sale is behind returns that took it back.
    world_of_days("sold_again_to_come", (60, 1), (50, -1), (-1, 1)),
    world_of_days("came_back", (20, 2_000), (3, -1_000)),
    world_of_days("all_came_back", (20, 2_000), (3, -2_000)),
    world_of_days("more_came_back", (20, 2_000), (3, -3_000)),
    world_of_days("only_to_come", (-1, 1_000)),
    *(world_of_days(f"sold_{age}_days_ago", (age, 1_000)) for age in (0, 1, 7, 8, 30, 31, 300)),
    *(world_of_days(f"sold_{q}_thousandths", (3, q)) for q in (13_999, 14_000, 14_001)),
]


@pytest.fixture(scope="module")
def results(bigquery_host: str) -> dict[str, Result]:
    """Of all worlds, as organisations of one installation, by organisation."""
    shops = [organization(world.org_id, BERLIN.key, today=world.today) for world in WORLDS]
    with own_warehouse() as warehouse:
        warehouse.load([row for world in WORLDS for row in world.rows()])
        actual = answers(warehouse, ProductSalesQuestion(), shops, NOW)
    return {org_id: results[NAME] for org_id, results in actual.items()}


def test_every_organisation_is_answered_as_the_definitions_say(
    results: dict[str, Result],
) -> None:
    assert results.keys() == {world.org_id for world in WORLDS}
    for world in WORLDS:
        shop = organization(world.org_id, BERLIN.key, today=world.today)
        rows = product_rows(world.lines(), world.today)
        (expected,) = ProductSalesQuestion().results(shop, rows)
        assert results[world.org_id] == expected, world


def only_product(results: dict[str, Result], org_id: str) -> ProductSales:
    (entry,) = results[org_id].entries
    return stored_product(entry)


def test_a_sale_comes_in_on_the_next_day_and_leaves_on_its_day(results: dict[str, Result]) -> None:
    one = UnitSales(quantity_milli=1_000, revenue_cents=100)
    for age in (0, 1, 7, 8, 30, 31, 300):
        product = only_product(results, f"sold_{age}_days_ago")
        assert product.last_7_days == (one if 1 <= age <= 7 else UnitSales())
        assert product.last_30_days == (one if 1 <= age <= 30 else UnitSales())
        assert product.last_sale_on == date(2026, 3, 30) - timedelta(days=age)
        assert product.all_time == one


def test_what_came_back_is_no_sale_and_leaves_none_where_all_did(
    results: dict[str, Result],
) -> None:
    product = only_product(results, "came_back")
    assert product.last_sale_on == date(2026, 3, 10)
    assert product.last_7_days == UnitSales(quantity_milli=-1_000, revenue_cents=-100)
    assert (product.velocity, product.trending) == (-1 / 7, False)
    assert results["all_came_back"].entries == []
    assert only_product(results, "more_came_back").last_sale_on is None
    assert only_product(results, "only_to_come").last_sale_on is None
    assert only_product(results, "sold_again_to_come").last_sale_on == date(2026, 1, 29)


def test_trending_is_more_than_two_a_day(results: dict[str, Result]) -> None:
    for thousandths, trending in ((13_999, False), (14_000, False), (14_001, True)):
        product = only_product(results, f"sold_{thousandths}_thousandths")
        assert (product.velocity, product.trending) == (thousandths / 7_000, trending)


def test_days_are_local_ones_when_the_clocks_change(results: dict[str, Result]) -> None:
    """Days of 23 and 25 hours count as one, from midnight to midnight."""
    for world in WORLDS:
        begins = start_of(world.today - timedelta(days=7), BERLIN)
        ends = start_of(world.today, BERLIN)
        within: Counter[str] = Counter()
        for ordered_at, lines in world.orders:
            for line in lines:
                within[line.product_id] += line.cents * (begins <= ordered_at < ends)
        for product in map(stored_product, results[world.org_id].entries):
            assert product.last_7_days.revenue_cents == within[product.product_id], world
