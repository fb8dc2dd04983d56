"""SQL sorts customers into segments and counts days exactly as the rules do."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from shared.audit.export.store import AuditedExport
from shared.audit.findings import MOST_ORDERS_A_DAY, BusyCustomer
from shared.audit.ports import ExportedChange, ExportSummary
from shared.segments.classify import OrderTotals, classify
from shared.segments.thresholds import Thresholds
from shared.warehouse import tables
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.support.own_data import own_warehouse
from tests.support.warehouse_facts import fact_row, organization

NOW = datetime(2026, 3, 1, 3, 30, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
TODAY = date(2026, 3, 1)

UNUSUAL = Thresholds(
    loyal_min_orders=3,
    vip_min_lifetime_value_cents=33_333,
    vip_min_orders=4,
    vip_min_aov_cents=4_999,
    high_value_min_aov_cents=7_001,
    high_value_max_orders=3,
    frequent_min_orders=3,
    frequent_max_aov_cents=3_334,
    slipping_min_days=7,
    at_risk_min_days=8,
    churned_min_days=40,
    new_max_days=45,
)
THRESHOLDS = [
    Thresholds(),
    UNUSUAL,
    Thresholds(new_max_days=1, slipping_min_days=300, at_risk_min_days=301, churned_min_days=302),
    Thresholds(
        vip_min_lifetime_value_cents=10**40,
        vip_min_aov_cents=10**30,
        high_value_min_aov_cents=10**19,
        frequent_max_aov_cents=10**25,
        new_max_days=1,
    ),
    Thresholds(vip_min_lifetime_value_cents=0, new_max_days=1),
]


def customers(
    thresholds: Thresholds, random: Random, org_id: str
) -> Iterator[tuple[str, list[ChangelogRow]]]:
    """Customers at, just before and just after every boundary, and others."""
    boundaries = [
        getattr(thresholds, name) * DAY
        for name in ("slipping_min_days", "at_risk_min_days", "churned_min_days", "new_max_days")
    ]
    for number in range(150):
        at_boundary = [each + tick for each in boundaries for tick in (-TICK, timedelta(0), TICK)]
        idle = random.choice([timedelta(0), -3 * DAY, 2 * DAY, *at_boundary])
        age = max(idle, random.choice([idle, *at_boundary, 400 * DAY]))
        count = random.randint(1, 9)
        averages = (
            thresholds.vip_min_aov_cents,
            thresholds.high_value_min_aov_cents,
            thresholds.frequent_max_aov_cents,
            thresholds.vip_min_lifetime_value_cents // count,
            random.randrange(12_000),
        )
        total = min(random.choice(averages), 10**12) * count + random.choice([-1, 0, 1])
        key = f"c{number:03}"
        placed = [NOW - age, *[NOW - idle] * (count - 1)] if count > 1 else [NOW - idle]
        amounts = [max(0, total) // count] * count
        amounts[-1] += max(0, total) - sum(amounts)
        yield (
            key,
            [
                fact_row(
                    f"{org_id}-{key}-{order}",
                    org_id=org_id,
                    customer=key,
                    ordered_at=at,
                    amount_cents=amounts[order],
                )
                for order, at in enumerate(placed)
            ],
        )


Expected = Mapping[str, tuple[object, ...]]
"""By customer: orders, lifetime value, first and last order, segment."""


def classified(thresholds: Thresholds, org_id: str) -> tuple[list[ChangelogRow], Expected]:
    """Orders of an organisation, and what the rules make of its customers."""
    random = Random(thresholds.version)
    expected: dict[str, tuple[object, ...]] = {}
    rows: list[ChangelogRow] = []
    for key, orders in customers(thresholds, random, org_id):
        amounts = [amount(row) for row in orders]
        placed = [row.timestamp for row in orders]
        for days, returned in ((500, 50_000), (0, 1)):
            # Earlier and later than every order, which moves neither end.
            if random.random() < 0.2:
                at = NOW - days * DAY
                rows.append(
                    fact_row(
                        f"{org_id}-{key}-r{days}",
                        org_id=org_id,
                        customer=key,
                        ordered_at=at,
                        amount_cents=-returned,
                    )
                )
                amounts.append(-returned)
        totals = OrderTotals(
            order_count=len(orders),
            lifetime_value_cents=sum(amounts),
            first_ordered_at=min(placed),
            last_ordered_at=max(placed),
        )
        segment = classify(totals, thresholds, NOW).segment.value
        expected[key] = (len(orders), sum(amounts), min(placed), max(placed), segment)
        rows += orders
    of: dict[str, Any] = {"org_id": org_id, "ordered_at": NOW}
    rows.append(fact_row(f"{org_id}-back", customer="returned", amount_cents=-700, **of))
    expected["returned"] = (0, -700, None, None, None)
    rows.append(fact_row(f"{org_id}-nobody", customer=None, **of))
    rows.append(fact_row(f"{org_id}-void", customer="void", counted=False, **of))
    return rows, expected


@pytest.fixture(scope="module")
def classified_by_sql(bigquery_host: str) -> Iterator[tuple[Warehouse, Sequence[Expected]]]:
    """An organisation for each of the thresholds, in the same typed tables."""
    actual = [classified(each, f"org_{number}") for number, each in enumerate(THRESHOLDS)]
    with own_warehouse() as warehouse:
        warehouse.load(row for rows, _ in actual for row in rows)
        warehouse.refresh_facts()
        yield warehouse, [expected for _, expected in actual]


@pytest.mark.parametrize("number", range(len(THRESHOLDS)))
def test_segments_are_those_of_the_rules(
    classified_by_sql: tuple[Warehouse, Sequence[Expected]], number: int
) -> None:
    warehouse, expected = classified_by_sql

    actual = {
        row["customer_key"]: (
            row["orders"],
            row["lifetime_value_cents"],
            row["first_ordered_at"],
            row["last_ordered_at"],
            row["segment"],
        )
        for row in AuditedExport(warehouse).customers(
            organization(f"org_{number}", today=TODAY, thresholds=THRESHOLDS[number]), NOW
        )
    }

    assert actual == expected[number]
    assert len({segment for *_, segment in actual.values()}) >= 4


def amount(row: ChangelogRow) -> int:
    cents: int = json.loads(row.data or "")["amount_cents"]
    return cents


def test_days(warehouse: Warehouse) -> None:
    """A tie at the first instant, nobody's orders, two lines of a category, a deletion, returns."""
    monday, tuesday = date(2026, 2, 2), date(2026, 2, 3)
    noon = datetime(2026, 2, 2, 12, tzinfo=UTC)
    lines = [("p1", "One", "A", 1000, 300), ("p2", "Two", "A", 500, 200)]
    back = [("p2", "Two", "A", -1000, -30)]
    rows = [
        fact_row("o1", ordered_at=noon, amount_cents=500, lines=lines),
        # The time zone was changed in between: the same instant is on two days.
        fact_row("o2", ordered_at=noon, local_date=tuesday, amount_cents=100, channel="pos"),
        fact_row("o3", customer="c2", ordered_at=noon + DAY, amount_cents=7),
        fact_row("o4", customer=None, ordered_at=noon + DAY, amount_cents=9, lines=lines[:1]),
        fact_row("o5", customer="c3", ordered_at=noon, amount_cents=99),
        fact_row("o5", operation="DELETE", ordered_at=noon, timestamp=NOW),
        fact_row("o6", org_id="other", ordered_at=noon),
        # A return before the customer's first order, and one by nobody.
        fact_row("r1", customer="c2", ordered_at=noon, amount_cents=-30, lines=back),
        fact_row("r2", customer=None, ordered_at=noon + DAY, amount_cents=-4, channel="pos"),
    ]
    warehouse.append([*rows, rows[0]])
    warehouse.refresh_facts()

    actual = list(AuditedExport(warehouse).days(organization(today=TODAY)))

    assert [told(row) for row in actual] == [
        (monday, "category", "A", 470, 0, 0, 0, 500),
        (monday, "channel", "web", 470, 1, 0, 0, 0),
        (monday, "day", "", 470, 1, 1, 1, 0),
        (tuesday, "category", "A", 300, 0, 0, 0, 1000),
        (tuesday, "channel", "pos", 96, 1, 0, 0, 0),
        (tuesday, "channel", "web", 16, 2, 0, 0, 0),
        (tuesday, "day", "", 112, 3, 2, 1, 0),
    ]
    assert list(AuditedExport(warehouse).days(organization("empty", today=TODAY))) == []


def test_customers_with_more_orders_on_a_day_than_one_person_places(warehouse: Warehouse) -> None:
    day = date(2026, 2, 3)

    def placed(customer: str | None, count: int, org_id: str = "org", counted: bool = True) -> None:
        warehouse.append(
            [
                fact_row(
                    f"{org_id}-{customer}-{counted}-{number}",
                    org_id=org_id,
                    customer=customer,
                    ordered_at=datetime(2026, 2, 4, 3, tzinfo=UTC) + number * TICK,
                    local_date=day,
                    counted=counted,
                )
                for number in range(count)
            ]
        )

    warehouse.prepare()
    for customer, count in (("walkin", 52), ("till", 51), ("regular", 50), (None, 60)):
        placed(customer, count)
    placed("regular", 9, counted=False)
    placed("theirs", 70, org_id="other")
    warehouse.refresh_facts()
    warehouse.refresh_audit_summaries(most_orders_a_day=MOST_ORDERS_A_DAY)

    assert AuditedExport(warehouse).summary("org").busy_customers == (
        BusyCustomer(customer_key="walkin", day=day, orders=52),
        BusyCustomer(customer_key="till", day=day, orders=51),
    )
    assert AuditedExport(warehouse).summary("empty") == ExportSummary()


def told(row: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("local_date", "kind", "id", "revenue_cents", "orders", "identified_orders")
    return tuple(row[name] for name in (*names, "new_customers", "quantity_milli"))


def test_large_rows_are_added_in_requests_that_bigquery_takes(warehouse: Warehouse) -> None:
    """It refuses more than 10 MB at once; quotation marks are escaped on the way."""
    sizes: list[int] = []
    warehouse.prepare()
    http = warehouse.client._http
    http.hooks["response"].append(
        lambda response, **_: sizes.append(len(response.request.body or b""))
    )
    changes = [
        ExportedChange(
            order_id=f"o{n}",
            name=f"order_ledger/o{n}",
            timestamp=NOW,
            data=json.dumps({"org_id": "north", "lines": ['"' * 30_000]}),
        )
        for n in range(100)
    ]
    AuditedExport(warehouse).put(changes)
    assert len(sizes) > 1
    assert max(sizes) < 10_000_000
    table = warehouse.client.get_table(warehouse.dataset.table(tables.CHANGELOG))
    assert len(list(warehouse.client.list_rows(table, selected_fields=table.schema[:1]))) == 100
