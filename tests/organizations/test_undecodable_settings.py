"""Settings that the client library cannot decode, or read, concern their organisation alone."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.errors import UnreadableRulesError
from shared.kernel.settings import Settings
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.ports import Organizations
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.firestore_world import ELSEWHERE, count_order
from tests.support.reclassify import run_all
from tests.support.world import SECRET

NOW = utc_now()
BROKEN, WHOLE = "org_north", "org_south"


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """Two organisations with a customer each, who ordered 40 days ago."""
    services = build_services(firestore_client, Settings(settings_refresh_seconds=0), SECRET)
    for org in (BROKEN, WHOLE):
        count_order(services, org, NOW - timedelta(days=40))
    return services


class Unanswered:
    """Organisations, of which one cannot be read."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    def resolve(self, claimed_id: str) -> str:
        return self._organizations.resolve(claimed_id)

    def settings(self, org_id: str) -> OrganizationSettings:
        if org_id == BROKEN:
            raise TimeoutError
        return self._organizations.settings(org_id)

    refreshed = settings


@pytest.mark.parametrize(
    ("path", "document", "zone", "slipping", "problems"),
    [
        (
            paths.analytics_settings(BROKEN),
            {"timeZone": "Europe/Berlin", "hq": ELSEWHERE},
            "Europe/Berlin",
            30,
            [],
        ),
        (paths.analytics_settings(BROKEN), {"timeZone": ELSEWHERE}, "UTC", 30, ["timeZone"]),
        (
            paths.loyalty_settings(BROKEN),
            {
                "segmentThresholds": {"slipping_minDays": 20},
                "segmentThresholds.atRisk_minDays": 40,
                "hq": ELSEWHERE,
            },
            "UTC",
            20,
            [],
        ),
        (
            paths.loyalty_settings(BROKEN),
            {"segmentThresholds": {"slipping_minDays": ELSEWHERE}},
            "UTC",
            30,
            ["segmentThresholds"],
        ),
    ],
)
def test_a_setting_that_cannot_be_decoded_is_a_problem_and_others_are_in_force(
    firestore_client: firestore.Client,
    services: Services,
    path: str,
    document: dict[str, Any],
    zone: str,
    slipping: int,
    problems: list[str],
) -> None:
    firestore_client.document(path).set(document)

    settings = services.organizations.settings(BROKEN)

    assert settings.time_zone.key == zone
    assert settings.thresholds.slipping_min_days == slipping
    assert [problem.field for problem in settings.problems] == problems


def test_rules_that_cannot_be_decoded_are_damaged(
    firestore_client: firestore.Client, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="segments")
    firestore_client.document(paths.segment_rules(BROKEN)).set({"definitions": ELSEWHERE})

    with pytest.raises(UnreadableRulesError):
        services.organizations.settings(BROKEN)

    assert "rules_unreadable" in {record.getMessage() for record in caplog.records}


@pytest.mark.parametrize("content", [{"org_id": ELSEWHERE}, {"org_id": BROKEN, "x": ELSEWHERE}])
def test_an_alias_that_cannot_be_decoded_is_left_out(
    firestore_client: firestore.Client, services: Services, content: dict[str, Any]
) -> None:
    firestore_client.document(paths.alias("shop_7")).set(content)

    expected = BROKEN if content["org_id"] == BROKEN else "shop_7"
    assert services.organizations.resolve("shop_7") == expected


@pytest.mark.parametrize("unanswered", [True, False])
def test_scheduled_work_goes_on_for_all_others(
    firestore_client: firestore.Client,
    services: Services,
    caplog: pytest.LogCaptureFixture,
    unanswered: bool,
) -> None:
    caplog.set_level(logging.ERROR, logger="segments")
    for org in (BROKEN, WHOLE):
        services.rules(org).save_thresholds(
            Thresholds(slipping_min_days=20, at_risk_min_days=30),
            by="ann",
            source=ThresholdSource.API,
        )
    organizations: Organizations = services.organizations
    if unanswered:
        organizations = Unanswered(organizations)
    else:
        firestore_client.document(paths.segment_rules(BROKEN)).update({"x": ELSEWHERE})
    reclassifier = Reclassifier(
        FirestoreReclassifications(firestore_client, services.store),
        organizations,
        clock=utc_now,
        settle_after=timedelta(0),
    )
    later = NOW + timedelta(days=90)
    stop_at = later + timedelta(hours=1)

    rest = run_all(reclassifier, stop_at)
    reclassified = segments(firestore_client)
    aged = age_segments(services.due_customers, organizations, clock=lambda: later, stop_at=stop_at)

    assert rest == 1
    assert reclassified == ["slipping", "at_risk"]
    assert (aged.moved, aged.put_off, aged.complete) == (1, 1, True)
    assert segments(firestore_client) == ["slipping", "churned"]
    assert {
        (record.getMessage(), vars(record)["fields"]["org_id"])
        for record in caplog.records
        if record.exc_info
    } == {("ageing_failed", BROKEN)}


def segments(client: firestore.Client) -> list[str]:
    """Of the only customer of each organisation."""
    return [
        snapshot.get("segment")
        for org in (BROKEN, WHOLE)
        for snapshot in client.collection(paths.customers(org)).stream()
    ]


def test_thresholds_are_taken_over_from_settings_with_a_reference_elsewhere(
    services: Services, firestore_client: firestore.Client
) -> None:
    firestore_client.document(paths.loyalty_settings(BROKEN)).set(
        {"segmentThresholds": {"slipping_minDays": 20}, "hq": ELSEWHERE}
    )
    rules = services.rules(BROKEN)
    assert rules.take_over_loyalty_settings() is None
    assert rules.current().rules.thresholds.slipping_min_days == 20
    saved = rules.save_thresholds(
        Thresholds(slipping_min_days=25), by="u", source=ThresholdSource.API
    )
    assert saved.thresholds.slipping_min_days == 25
