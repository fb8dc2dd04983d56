"""GET /v1/segments/suggestions: every count is the number of customers that its filters select."""

import re
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.suggestions.populations import MOMENT, PATH, by_id, customer, put
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, Shop, days_ago

SETTINGS = 3
COUNTERS = 1
INSIGHTS = 1


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

        actual = by_id(dashboard.get(PATH))["new_customer_welcome"]

        assert actual == {
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

        actual = by_id(dashboard.get(PATH))["win_back"]
        assert (actual["name"], actual["estimatedCount"]) == ("Win-Back", 4)
        assert actual["playbookKind"] == "winback"
        assert actual["filters"] == [
            {"field": "segment", "operator": "in", "value": ["at_risk", "slipping"]}
        ]

    def test_thanks_to_vips(self, dashboard: Dashboard, firestore_client: firestore.Client) -> None:
        put(firestore_client, customer(first=days_ago(60), last=days_ago(1), orders=2, cents=60000))

        actual = by_id(dashboard.get(PATH))["vip_appreciation"]

        assert (actual["name"], actual["playbookKind"]) == ("VIP Appreciation", "vip")
        assert actual["filters"] == [{"field": "segment", "operator": "equals", "value": "vip"}]

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
            actual = by_id(dashboard.get(PATH))
            assert (id in actual) == selected
            if selected:
                assert actual[id]["filters"][1] == {
                    "field": "daysSinceLastOrder",
                    "operator": "between",
                    "value": [23, 29],
                }
                assert (actual[id]["playbookKind"], actual[id]["ctaLabel"]) == (None, None)

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

        actual = by_id(dashboard.get(PATH))["lost_vips"]

        assert (actual["estimatedCount"], actual["lifetimeValue"]) == (2, 1300)
        assert actual["filters"][1] == {
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

        actual = by_id(dashboard.get(PATH))["second_order_due"]

        assert actual["estimatedCount"] == 2
        assert actual["description"] == "Customers who have ordered once, 15 to 29 days ago."

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

        actual = by_id(dashboard.get(PATH))

        assert actual["high_value_about_to_slip"]["filters"][1]["value"] == [3, 9]
        assert actual["lost_vips"]["filters"][1]["value"] == 80

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

        actual = dashboard.get(PATH)["suggestions"]

        assert len(actual) == 8
        values = [each["lifetimeValue"] for each in actual]
        assert values == sorted(values, reverse=True)
        for each in actual:
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
