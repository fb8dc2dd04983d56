"""The number beside a suggestion is the number of customers that it selects."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.firestore import paths
from shared.segments.customer import Customer
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds, thresholds_from
from shared.suggestions.filters import Filter, FilterField, FilterOperator
from shared.suggestions.store import CustomerGroups
from tests.suggestions.populations import MOMENT, PATH, by_id, customer, days, put
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.shop import NOW, Shop, days_ago


def fields(document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return the inputs of filters from a stored customer: the definitions, written plainly."""

    def days(since: datetime) -> int:
        return max(0, (at - since).days)

    return {
        "segment": document["segment"],
        "totalSpent": document["lifetime_value_cents"] / 100,
        "orderCount": document["order_count"],
        "daysSinceLastOrder": days(document["last_ordered_at"]),
        "daysSinceFirstOrder": days(document["first_ordered_at"]),
    }


def holds(each: Mapping[str, Any], document: Mapping[str, Any], at: datetime) -> bool:
    """Whether one filter, as the API gives it, holds for a stored customer with orders."""
    actual, value = fields(document, at)[each["field"]], each["value"]
    match each["operator"]:
        case "equals":
            return bool(actual == value)
        case "in":
            return actual in value
        case "at_least":
            return bool(actual >= value)
        case "at_most":
            return bool(actual <= value)
        case "between":
            return bool(value[0] <= actual <= value[1])
    raise AssertionError(each)


def chosen(
    client: firestore.Client, org: str, filters: list[dict[str, Any]], at: datetime = NOW
) -> list[Mapping[str, Any]]:
    """The stored customers for whom all filters hold, one by one."""
    stored = [each.to_dict() or {} for each in client.collection(paths.customers(org)).stream()]
    return [
        document
        for document in stored
        if document["has_orders"] and all(holds(each, document, at) for each in filters)
    ]


numbers = count()
quick = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def populations(draw: st.DrawFn) -> tuple[Thresholds, list[Customer]]:
    """Customers around every boundary, decided a while ago, under an organisation's thresholds."""
    slipping = draw(st.sampled_from([1, 2, 5, 7, 8, 30]))
    thresholds = Thresholds(
        slipping_min_days=slipping,
        at_risk_min_days=slipping + draw(st.integers(1, 30)),
        churned_min_days=slipping + 30 + draw(st.integers(1, 30)),
        new_max_days=draw(st.integers(1, 40)),
        vip_min_lifetime_value_cents=draw(st.sampled_from([0, 1, 500_00, 123_45])),
    )
    days = st.integers(0, 45) | st.sampled_from(
        [
            boundary + offset
            for boundary in (slipping, thresholds.churned_min_days, 30, (slipping + 1) // 2)
            for offset in (-8, -7, -6, -1, 0, 1)
        ]
    )
    instants = st.builds(
        lambda day, nudge: NOW - timedelta(days=day) + nudge * MOMENT, days, st.integers(-1, 1)
    )
    people = st.builds(
        lambda one, other, orders, cents, decided: customer(
            first=min(one, other) if orders > 1 else one,
            last=max(one, other) if orders > 1 else one,
            orders=orders,
            cents=cents,
            limits=thresholds,
            decided_at=decided,
        ),
        instants,
        instants,
        st.integers(1, 9),
        st.sampled_from([0, 1, 123_44, 123_45, 499_99, 500_00, 900_00]),
        st.sampled_from([NOW, NOW, days_ago(3)]),
    )
    return thresholds, draw(st.lists(people, max_size=25))


class TestCounts:
    @quick
    @given(population=populations())
    def test_they_are_exactly_what_the_filters_select(
        self,
        dashboard: Dashboard,
        shop: Shop,
        firestore_client: firestore.Client,
        population: tuple[Thresholds, list[Customer]],
    ) -> None:
        thresholds, customers = population
        org = f"org_{next(numbers)}"
        stored = {
            "slipping_minDays": thresholds.slipping_min_days,
            "atRisk_minDays": thresholds.at_risk_min_days,
            "churned_minDays": thresholds.churned_min_days,
            "new_maxDays": thresholds.new_max_days,
            "vip_minLifetimeValue": thresholds.vip_min_lifetime_value_cents / 100,
        }
        assert thresholds_from(stored) == thresholds
        shop.settings("loyalty", {"segmentThresholds": stored}, org=org)
        put(firestore_client, *customers, org=org)

        answer = dashboard.get(PATH, orgId=org)

        assert answer["thresholdsVersion"] == thresholds.version
        assert answer["stale"] == any(
            each.next_transition_at is not None and each.next_transition_at <= NOW
            for each in customers
        )
        for suggestion in answer["suggestions"]:
            selected = chosen(firestore_client, org, suggestion["filters"])
            assert suggestion["estimatedCount"] == len(selected) > 0
            cents = sum(each["lifetime_value_cents"] for each in selected)
            assert suggestion["lifetimeValue"] == cents / 100
        actual = by_id(answer)
        if "new_customer_welcome" not in actual:
            assert not [
                each
                for each in customers
                if each.totals.first_ordered_at and NOW - each.totals.first_ordered_at < days(30)
            ]
        if "win_back" not in actual:
            lapsing = [each for each in customers if each.segment in ("at_risk", "slipping")]
            assert len(lapsing) <= 3
        if "vip_appreciation" not in actual:
            assert "vip" not in [each.segment for each in customers]

    @quick
    @given(
        population=populations(),
        filters=st.lists(
            st.one_of(
                st.builds(
                    lambda field, operator, value: Filter(
                        field=field, operator=operator, value=value
                    ),
                    st.sampled_from([field for field in FilterField if field != "segment"]),
                    st.sampled_from([FilterOperator.AT_LEAST, FilterOperator.AT_MOST]),
                    st.integers(0, 60) | st.sampled_from([123_45, 500_00]),
                ),
                st.builds(
                    lambda value: Filter(
                        field=FilterField.SEGMENT, operator=FilterOperator.EQUALS, value=value
                    ),
                    st.sampled_from([segment.value for segment in Segment]),
                ),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def test_so_are_those_of_any_filters(
        self,
        shop: Shop,
        firestore_client: firestore.Client,
        population: tuple[Thresholds, list[Customer]],
        filters: list[Filter],
    ) -> None:
        org = f"org_{next(numbers)}"
        put(firestore_client, *population[1], org=org)

        (selected,) = CustomerGroups(firestore_client, org).selected([filters], NOW)

        plain = [
            {
                "field": each.field,
                "operator": each.operator,
                "value": each.value / 100
                if isinstance(each.value, int) and each.field is FilterField.TOTAL_SPENT
                else each.value,
            }
            for each in filters
        ]
        assert selected.customers == len(chosen(firestore_client, org, plain))

    def test_customers_without_counted_orders_are_nowhere(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order("ada@example.org", 900, status="cancelled")

        assert dashboard.get(PATH)["suggestions"] == []
