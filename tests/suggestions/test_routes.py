"""GET /v1/segments/suggestions: every count is the number of customers that its filters select."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.firestore import paths
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals, classify, next_change
from shared.segments.customer import Customer, CustomerId
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds, thresholds_from
from shared.services import Services
from shared.suggestions.filters import Filter, FilterField, FilterOperator
from shared.suggestions.store import CustomerGroups
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago

PATH = "/v1/segments/suggestions"
SETTINGS = 3
COUNTERS = 1
INSIGHTS = 1
MOMENT = timedelta(microseconds=1)


def customer(
    *,
    last: datetime,
    first: datetime | None = None,
    orders: int = 1,
    cents: int = 1_000,
    limits: Thresholds | None = None,
    decided_at: datetime = NOW,
) -> Customer:
    """A customer as stored when the segment was decided at some instant, now as a rule."""
    limits = limits or Thresholds()
    totals = OrderTotals(
        order_count=orders,
        lifetime_value_cents=cents,
        first_ordered_at=first or last,
        last_ordered_at=last,
    )
    decided = classify(totals, limits, decided_at)
    return Customer(
        id=CustomerId("", ""),
        totals=totals,
        first_local_date=(first or last).date(),
        segment=decided.segment,
        rule=decided.rule,
        segment_since=decided_at,
        next_transition_at=next_change(totals, limits, decided_at, decided.segment),
        transition_count=1,
        thresholds_version=limits.version,
    )


def put(client: firestore.Client, *customers: Customer, org: str = ORG) -> None:
    """Store customers without their orders."""
    batch = client.batch()
    for number, each in enumerate(customers):
        document = {
            **customer_document(each, NOW),
            "org_id": org,
            "customer_key": f"{number:032x}",
        }
        batch.set(client.document(paths.customer(org, f"{number:032x}")), document)
    batch.commit()


def by_id(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in answer["suggestions"]}


def fields(document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What filters look at, from a stored customer: the definitions, written plainly."""

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
    found, value = fields(document, at)[each["field"]], each["value"]
    match each["operator"]:
        case "equals":
            return bool(found == value)
        case "in":
            return found in value
        case "at_least":
            return bool(found >= value)
        case "at_most":
            return bool(found <= value)
        case "between":
            return bool(value[0] <= found <= value[1])
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
        found = by_id(answer)
        if "new_customer_welcome" not in found:
            assert not [
                each
                for each in customers
                if each.totals.first_ordered_at and NOW - each.totals.first_ordered_at < days(30)
            ]
        if "win_back" not in found:
            lapsing = [each for each in customers if each.segment in ("at_risk", "slipping")]
            assert len(lapsing) <= 3
        if "vip_appreciation" not in found:
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


def days(number: float) -> timedelta:
    return timedelta(days=number)


class TestWhatIsSuggested:
    def test_nothing_where_there_is_nobody(self, dashboard: Dashboard) -> None:
        assert dashboard.get(PATH) == {
            "orgId": ORG,
            "asOf": NOW.isoformat().replace("+00:00", "Z"),
            "thresholdsVersion": Thresholds().version,
            "stale": False,
            "wording": None,
            "suggestions": [],
        }

    def test_a_welcome_for_first_orders_of_the_last_30_days(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            customer(last=days_ago(0)),
            customer(last=days_ago(30) + MOMENT, cents=12_34),
            customer(last=days_ago(30)),
        )

        found = by_id(dashboard.get(PATH))["new_customer_welcome"]

        assert found == {
            "id": "new_customer_welcome",
            "name": "New Customer Welcome",
            "description": "Customers whose first order was in the last 30 days.",
            "filters": [{"field": "daysSinceFirstOrder", "operator": "at_most", "value": 29}],
            "estimatedCount": 2,
            "exact": True,
            "lifetimeValue": 22.34,
            "reasoningSource": "rules",
            "reasoning": "2 customers are in this group, with a lifetime value of 22.34. "
            "A welcome reaches them while the first order is fresh.",
            "facts": [
                {
                    "id": "customers",
                    "label": "Customers in the group",
                    "value": 2,
                    "unit": "customers",
                },
                {
                    "id": "lifetime_value",
                    "label": "Lifetime value of the group",
                    "value": 22.34,
                    "unit": "currency",
                },
                {
                    "id": "recent_days",
                    "label": "Days in which a first order is recent",
                    "value": 30,
                    "unit": "days",
                },
            ],
            "playbookKind": "welcome",
            "ctaLabel": "Create Playbook",
            "statusHint": None,
        }

    def test_a_win_back_for_more_than_three(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        lapsing = [customer(last=days_ago(days)) for days in (40, 50, 70, 80)]

        put(firestore_client, *lapsing[:3])
        assert "win_back" not in by_id(dashboard.get(PATH))
        put(firestore_client, *lapsing, customer(last=days_ago(100)))

        found = by_id(dashboard.get(PATH))["win_back"]
        assert (found["name"], found["estimatedCount"]) == ("Win-Back", 4)
        assert found["playbookKind"] == "winback"
        assert found["filters"] == [
            {"field": "segment", "operator": "in", "value": ["at_risk", "slipping"]}
        ]

    def test_thanks_to_vips(self, dashboard: Dashboard, firestore_client: firestore.Client) -> None:
        put(firestore_client, customer(first=days_ago(60), last=days_ago(1), orders=2, cents=60000))

        found = by_id(dashboard.get(PATH))["vip_appreciation"]

        assert (found["name"], found["playbookKind"]) == ("VIP Appreciation", "vip")
        assert found["filters"] == [{"field": "segment", "operator": "equals", "value": "vip"}]

    @pytest.mark.parametrize(
        ("cents", "orders", "id"),
        [
            (600_00, 2, "high_value_about_to_slip"),
            (400_00, 2, "high_value_about_to_slip"),
            (20_00, 2, "regulars_about_to_slip"),
            (90_00, 9, "regulars_about_to_slip"),
        ],
    )
    def test_active_customers_whose_slipping_comes_within_a_week(
        self,
        dashboard: Dashboard,
        firestore_client: firestore.Client,
        cents: int,
        orders: int,
        id: str,
    ) -> None:
        for last, selected in (
            (days_ago(23) + MOMENT, False),
            (days_ago(23), True),
            (days_ago(30) + MOMENT, True),
            (days_ago(30), False),
        ):
            put(
                firestore_client,
                customer(first=days_ago(200), last=last, orders=orders, cents=cents),
            )
            found = by_id(dashboard.get(PATH))
            assert (id in found) == selected
            if selected:
                assert found[id]["filters"][1] == {
                    "field": "daysSinceLastOrder",
                    "operator": "between",
                    "value": [23, 29],
                }
                assert (found[id]["playbookKind"], found[id]["ctaLabel"]) == (None, None)

    def test_the_last_week_before_churn(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            *[customer(last=days_ago(days)) for days in (82.9, 83, 89.9, 90)],
        )

        assert by_id(dashboard.get(PATH))["about_to_churn"]["estimatedCount"] == 2

    def test_lost_customers_who_had_spent_what_makes_a_vip(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            customer(last=days_ago(90), cents=500_00),
            customer(last=days_ago(400), cents=800_00),
            customer(last=days_ago(90), cents=499_99),
            customer(last=days_ago(89), cents=900_00),
        )

        found = by_id(dashboard.get(PATH))["lost_vips"]

        assert (found["estimatedCount"], found["lifetimeValue"]) == (2, 1300)
        assert found["filters"][1] == {
            "field": "totalSpent",
            "operator": "at_least",
            "value": 500,
        }

    def test_second_orders_that_are_due(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            *[customer(last=days_ago(days)) for days in (14.9, 15, 29.9, 30)],
            customer(first=days_ago(40), last=days_ago(20), orders=2),
        )

        found = by_id(dashboard.get(PATH))["second_order_due"]

        assert found["estimatedCount"] == 2
        assert found["description"] == "Customers who have ordered once, 15 to 29 days ago."

    def test_thresholds_in_force_are_the_organisations_own(
        self, dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
    ) -> None:
        own = Thresholds(slipping_min_days=10, vip_min_lifetime_value_cents=80_00)
        shop.settings(
            "loyalty", {"segmentThresholds": {"slipping_minDays": 10, "vip_minLifetimeValue": 80}}
        )
        put(
            firestore_client,
            customer(first=days_ago(50), last=days_ago(5), orders=2, cents=80_00, limits=own),
            customer(last=days_ago(95), cents=80_00, limits=own),
        )

        found = by_id(dashboard.get(PATH))

        assert found["high_value_about_to_slip"]["filters"][1]["value"] == [3, 9]
        assert found["lost_vips"]["filters"][1]["value"] == 80

    def test_segments_are_those_stored_and_said_to_be_stale_when_they_are(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            customer(last=days_ago(30), decided_at=days_ago(1), first=days_ago(99), cents=900_00),
        )

        answer = dashboard.get(PATH)

        assert answer["stale"]
        assert by_id(answer)["vip_appreciation"]["estimatedCount"] == 1
        assert "high_value_about_to_slip" not in by_id(answer)
        assert not dashboard.at(NOW - MOMENT).get(PATH)["stale"]

    def test_they_are_stale_until_everybody_is_evaluated_under_changed_rules(
        self, dashboard: Dashboard, shop: Shop, services: Services
    ) -> None:
        shop.order(at=days_ago(1))
        assert not dashboard.get(PATH)["stale"]

        services.rules(ORG).save_thresholds(
            Thresholds(loyal_min_orders=3), by=None, source=ThresholdSource.API
        )

        assert dashboard.get(PATH)["stale"]
        services.reclassifier().run(ORG, NOW + timedelta(minutes=5))
        assert not dashboard.get(PATH)["stale"]

    def test_they_come_by_lifetime_value_and_every_number_said_is_a_fact(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        put(
            firestore_client,
            *[customer(last=days_ago(day), cents=1_234_56) for day in (0, 20, 85, 91, 35, 36, 37)],
            customer(first=days_ago(90), last=days_ago(25), orders=2, cents=700_00),
            customer(first=days_ago(90), last=days_ago(25), orders=2, cents=30_00),
        )

        found = dashboard.get(PATH)["suggestions"]

        assert len(found) == 8
        values = [each["lifetimeValue"] for each in found]
        assert values == sorted(values, reverse=True)
        for each in found:
            facts = {float(fact["value"]) for fact in each["facts"]}
            said = re.findall(r"\d[\d,]*(?:\.\d+)?", each["description"] + each["reasoning"])
            assert {float(number.replace(",", "")) for number in said} <= facts
            assert len({fact["id"] for fact in each["facts"]}) == len(each["facts"])


def test_the_cost_is_the_same_whatever_the_size(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    costs = []
    for number in (0, 400):
        people = [customer(last=days_ago(each % 100), cents=600_00) for each in range(number)]
        put(firestore_client, *people)
        with metered(firestore_client) as meter:
            dashboard.get(PATH)
        costs.append(meter.documents_read)
        assert (meter.documents_written, meter.documents_deleted, meter.commits) == (0, 0, 0)
    assert costs == [SETTINGS + 8 + 1 + INSIGHTS + COUNTERS] * 2


@pytest.mark.parametrize("limit", [10_000_000_000, 1e300])
def test_no_stored_threshold_is_too_large_to_be_asked_for(
    dashboard: Dashboard, shop: Shop, limit: float
) -> None:
    shop.order(at=days_ago(3))
    shop.settings("loyalty", {"segmentThresholds": {"vip_minLifetimeValue": limit}})

    assert dashboard.call(PATH).status_code == 200
