"""Thresholds that the dashboard writes into the settings itself."""

from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.rules.saved_thresholds import DEFAULTS, PATH, population, put, reclassify
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG, Shop

# --- a dashboard that writes the loyalty settings by itself


def test_what_the_dashboard_writes_is_taken_over_as_a_version(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    population(shop)
    put(dashboard, {**DEFAULTS, "vip_minOrders": 3})
    shop.settings("loyalty", {"segmentThresholds.slipping_minDays": 12, "points": 7})
    assert dashboard.get(PATH)["pending"]

    assert services.rules(ORG).take_over_loyalty_settings() is None
    reclassify(services)

    shown = dashboard.get(PATH)
    assert (shown["version"], shown["pending"]) == (2, False)
    assert shown["thresholds"] == {**DEFAULTS, "slipping_minDays": 12}
    assert dashboard.get(f"{PATH}/versions")["versions"][0]["source"] == "dashboard"
    assert dashboard.get(f"{PATH}/status")["status"] == "complete"


def test_nobody_overwrites_what_the_dashboard_wrote_without_having_seen_that_it_did(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    put(dashboard, {**DEFAULTS, "vip_minOrders": 3})
    seen = dashboard.call(PATH).headers["ETag"]
    shop.settings("loyalty", {"segmentThresholds": {"slipping_minDays": 12}})

    too_late = put(dashboard, {**DEFAULTS, "slipping_minDays": 25}, match=seen)

    assert_problem(too_late, 412, "precondition-failed")
    services.rules(ORG).take_over_loyalty_settings()
    assert dashboard.get(PATH)["thresholds"]["slipping_minDays"] == 12


def test_literal_dotted_fields_do_not_outlive_a_save(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    """The dashboard's editor leaves them, and they would win over the saved map."""
    shop.settings("loyalty", {"segmentThresholds.slipping_minDays": 12, "points": 7})

    put(dashboard, {**DEFAULTS, "slipping_minDays": 25})
    services.rules(ORG).take_over_loyalty_settings()

    assert dashboard.get(PATH)["thresholds"]["slipping_minDays"] == 25
    stored = firestore_client.document(paths.loyalty_settings(ORG)).get().to_dict()
    assert stored is not None
    assert stored["points"] == 7
    assert not [name for name in stored if "." in name]


@pytest.mark.parametrize(
    "loyalty", [{"points": 7}, {"segmentThresholds": {}}, {"segmentThresholds": {"other": 1}}]
)
def test_settings_that_name_no_threshold_change_none(
    dashboard: Dashboard, shop: Shop, services: Services, loyalty: dict[str, Any]
) -> None:
    put(dashboard, {**DEFAULTS, "slipping_minDays": 12})
    shop.settings("loyalty", loyalty)

    services.rules(ORG).take_over_loyalty_settings()

    assert dashboard.get(PATH)["thresholds"]["slipping_minDays"] == 12


def test_invalid_settings_change_nothing_and_are_named(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    put(dashboard, {**DEFAULTS, "slipping_minDays": 12})
    shop.settings("loyalty", {"segmentThresholds": {"slipping_minDays": 70}})

    problem = services.rules(ORG).take_over_loyalty_settings()

    assert problem is not None
    assert problem.field == "atRisk_minDays"
    shown = dashboard.get(PATH)
    assert (shown["version"], shown["thresholds"]["slipping_minDays"]) == (1, 12)
    assert shown["settingsProblems"] == [
        {"field": "atRisk_minDays", "detail": "must be more than slipping_minDays"}
    ]
