"""Calls that read or evaluate every customer are limited, per account and organisation."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from google.cloud import firestore
from werkzeug.test import TestResponse

from shared.firestore import paths
from shared.kernel.rate_limit import RateLimit
from shared.kernel.settings import Settings
from shared.limits.store import RateLimiter
from shared.services import Services
from tests.campaigns.crm import put_campaign
from tests.support.api import ORIGIN
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.description import api_document
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, SECRET, Shop
from tests.web.limits.limited_calls import (
    ANY,
    CHANGES,
    CREATE,
    LIMITS,
    PREVIEW,
    SCANS,
    THRESHOLDS,
    WINDOW,
    Call,
    call,
    limited,
)

FREEZES: list[Call] = [
    ("/v1/campaigns", "POST", {"json": {"name": "Back", "segment": "new", "channels": ["email"]}})
]
AUDIENCES: list[Call] = [
    ("/v1/campaigns/sc_000000000000/members", "GET", {"query": {"format": "csv"}}),
    ("/v1/campaigns/sc_000000000000:handover", "POST", {}),
]
REFRESHES: list[Call] = [("/v1/insights:refresh", "POST", {})]


def left(response: TestResponse) -> tuple[int, int, int]:
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    limit, remaining, reset = (int(response.headers[name]) for name in names)
    return limit, remaining, reset


def versions(client: firestore.Client) -> int:
    return len(list(client.collection(paths.threshold_versions(ORG)).stream()))


def test_every_route_that_documents_429_is_tried_here() -> None:
    document = api_document()
    documented = {
        (path, method.upper())
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "429" in operation["responses"]
    }
    tried = {
        (path.replace("cs_000000000000", "{id}").replace("sc_000000000000", "{id}"), method)
        for path, method, _ in SCANS + CHANGES + FREEZES + AUDIENCES + REFRESHES
    }
    assert documented == tried


@pytest.mark.parametrize("what", SCANS, ids=lambda each: each[0])
def test_what_reads_every_customer_is_limited(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client, what: Call
) -> None:
    shop.order()
    answers = [call(dashboard, what) for _ in range(4)]

    assert [each.status_code for each in answers] == [200] * 3 + [429]
    assert [left(each) for each in answers] == [(3, 2, 10), (3, 1, 20), (3, 0, 30), (3, 0, 30)]
    problem = assert_problem(answers[-1], 429, "account-limit-reached")
    assert (
        problem["detail"] == "There were too many calls that read every customer by this account."
    )
    assert answers[-1].headers["Retry-After"] == "10"
    with metered(firestore_client) as meter:
        assert call(dashboard, what).status_code == 429
    customers = paths.customers(ORG)
    assert not any(query.collection == customers for query in meter.queries)
    assert call(dashboard.at(NOW + timedelta(seconds=9)), what).status_code == 429
    assert call(dashboard.at(NOW + timedelta(seconds=10)), what).status_code == 200


def test_audiences_are_frozen_no_more_often_than_others_read_every_customer(
    dashboard: Dashboard,
) -> None:
    """Also where there is nobody to write to: finding that out reads every customer."""
    answers = [
        dashboard.call(path, method=method, headers={"Idempotency-Key": f"k{number}"}, **arguments)
        for number in range(4)
        for path, method, arguments in FREEZES
    ]
    assert [each.status_code for each in answers] == [409] * 3 + [429]


@pytest.mark.parametrize("what", AUDIENCES, ids=lambda each: each[0])
def test_audiences_are_read_no_more_often_than_others_read_every_customer(
    dashboard: Dashboard, firestore_client: firestore.Client, what: Call
) -> None:
    put_campaign(firestore_client, ORG, "sc_000000000000", name="Back", keys=["k1"])
    answers = [call(dashboard, what) for _ in range(4)]
    assert [each.status_code == 429 for each in answers] == [False] * 3 + [True]


@pytest.mark.parametrize("what", CHANGES, ids=lambda each: f"{each[1]} {each[0]}")
def test_what_changes_rules_is_limited(
    dashboard: Dashboard, firestore_client: firestore.Client, services: Services, what: Call
) -> None:
    """Also if the change has no effect: finding that out costs reads too."""
    answers = [call(dashboard, what) for _ in range(2)]
    before = services.rules(ORG).current().rules.revision

    refused = call(dashboard, what)

    assert 429 not in [each.status_code for each in answers]
    problem = assert_problem(refused, 429, "account-limit-reached")
    assert "changes of thresholds and custom segments" in problem["detail"]
    assert refused.headers["Retry-After"] == "60"
    assert services.rules(ORG).current().rules.revision == before
    assert call(dashboard.at(NOW + timedelta(seconds=60)), what).status_code != 429


def test_insights_are_refreshed_so_often_for_an_organisation(dashboard: Dashboard) -> None:
    """Whoever asks for it."""
    answers = [call(dashboard, REFRESHES[0], uid=f"u{number}") for number in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    problem = assert_problem(answers[-1], 429, "organisation-limit-reached")
    assert "refresh insights by this organisation" in problem["detail"]
    assert answers[-1].headers["Retry-After"] == "900"
    assert call(dashboard, REFRESHES[0], orgId=OTHER).status_code == 200
    later = dashboard.at(NOW + timedelta(seconds=900))
    assert call(later, REFRESHES[0]).status_code == 200


def test_twenty_changes_in_a_second_are_not_all_taken(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    before = versions(firestore_client)
    for number in range(20):
        values = {**THRESHOLDS["thresholds"], "new_maxDays": 30 + number}
        dashboard.call(
            "/v1/settings/thresholds", method="PUT", json={"thresholds": values}, headers=ANY
        )
    assert versions(firestore_client) == before + 2


def test_the_organisations_limit_holds_for_all_its_accounts_together(dashboard: Dashboard) -> None:
    answers = [call(dashboard, PREVIEW, uid=f"u{number}") for number in range(6)]

    assert [each.status_code for each in answers] == [200] * 5 + [429]
    problem = assert_problem(answers[-1], 429, "organisation-limit-reached")
    assert "by this organisation" in problem["detail"]
    assert answers[-1].headers["Retry-After"] == "4"
    # The headers show the limit that is nearer.
    assert [left(each)[:2] for each in answers[2:5]] == [(3, 2), (5, 1), (5, 0)]


def test_one_organisations_calls_leave_anothers_alone(dashboard: Dashboard) -> None:
    for number in range(6):
        call(dashboard, PREVIEW, uid=f"u{number}")
    assert call(dashboard, PREVIEW, uid="u9").status_code == 429

    theirs = call(dashboard, PREVIEW, uid="u10", orgId=OTHER)

    assert (theirs.status_code, left(theirs)) == (200, (3, 2, 10))


def test_a_super_user_counts_by_its_account_and_for_the_organisation_named(
    dashboard: Dashboard,
) -> None:
    boss: dict[str, Any] = {"uid": "boss", "role": "super_user", "orgId": "org_boss"}
    path, method, arguments = PREVIEW

    def about(org: str) -> TestResponse:
        return dashboard.call(path, {"org": org}, method=method, **arguments, **boss)

    assert [about(org).status_code for org in (ORG, ORG, OTHER)] == [200] * 3
    assert (
        "by this account"
        in assert_problem(about("org_third"), 429, "account-limit-reached")["detail"]
    )
    # Two of the five calls about the organisation are the super user's.
    staff = [call(dashboard, PREVIEW, uid=f"u{number}").status_code for number in range(4)]
    assert staff == [200] * 3 + [429]


def test_scans_and_changes_are_counted_apart(dashboard: Dashboard) -> None:
    for _ in range(4):
        call(dashboard, PREVIEW)
    assert call(dashboard, CREATE).status_code == 201


def test_it_costs_two_reads_and_two_writes_and_a_refusal_no_write(
    dashboard: Dashboard, services: Services, firestore_client: firestore.Client
) -> None:
    off = Settings(
        scans_per_account=None,
        scans_per_organization=None,
        changes_per_account=None,
        changes_per_organization=None,
    )
    unlimited = Dashboard(limited(services, firestore_client, off), firestore_client.project)

    def cost(dashboard: Dashboard) -> tuple[int, int]:
        with metered(firestore_client) as meter:
            call(dashboard, PREVIEW)
        return meter.documents_read, meter.documents_written

    reads, writes = cost(unlimited)
    assert [cost(dashboard) for _ in range(3)] == [(reads + 2, writes + 2)] * 3
    assert cost(dashboard)[1] == 0
    with metered(firestore_client) as meter:
        call(dashboard, ("/v1/settings/thresholds/recommendation", "GET", {}))
    assert (meter.documents_read, meter.documents_written) == (2, 0)
    recorded = {"at": "2026-11-01", "basis": "recorded"}
    with metered(firestore_client) as meter:
        dashboard.get("/v1/segments", recorded)
    assert meter.documents_written == 0


def test_two_instances_know_of_each_others_calls(
    dashboard: Dashboard, services: Services, firestore_client: firestore.Client
) -> None:
    client = firestore.Client(project=firestore_client.project)
    other = Dashboard(limited(services, client), client.project)

    answers = [call(each, PREVIEW) for each in (dashboard, other, dashboard, other)]

    assert [each.status_code for each in answers] == [200] * 3 + [429]
    client.close()


def test_calls_at_the_same_time_are_counted_one_by_one(
    services: Services, firestore_client: firestore.Client
) -> None:
    client = firestore.Client(project=firestore_client.project)
    settings = replace(LIMITS, scans_per_account=RateLimit(burst=4, interval_seconds=10))
    settings = replace(settings, scans_per_organization=RateLimit(burst=9, interval_seconds=10))
    shared = replace(services, limiter=RateLimiter(client, SECRET, settings, sleep=sleep))
    together = Dashboard(shared, client.project)
    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(lambda _: call(together, PREVIEW).status_code, range(12)))

    # One that met with too many others does not know, and is not let through.
    allowed = answers.count(200)
    assert allowed == 4 or (allowed < 4 and 503 in answers)
    assert set(answers) <= {200, 429, 503}
    stored = [s.get("full_at") for s in client.collection(paths.RATE_LIMITS).stream()]
    assert set(stored) == {NOW + timedelta(seconds=10 * allowed)}
    client.close()


def test_a_bucket_holds_an_instant_and_is_deleted_when_it_is_full(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    call(dashboard, PREVIEW, uid="ada@example.org")

    stored = {s.id: s.to_dict() for s in firestore_client.collection(paths.RATE_LIMITS).stream()}

    instants = sorted(fields["full_at"] for fields in stored.values() if fields)
    assert instants == [NOW + timedelta(seconds=4), NOW + timedelta(seconds=10)]
    assert all(len(id) == 32 and list(fields or {}) == ["full_at"] for id, fields in stored.items())


class TestWhoMayStartWhatReadsEverybody:
    """Not whoever may change nothing, unless the organisation says so."""

    @pytest.mark.parametrize("what", SCANS, ids=lambda each: each[0])
    def test_a_budtender_may_not(
        self, dashboard: Dashboard, firestore_client: firestore.Client, what: Call
    ) -> None:
        for _ in range(4):
            refused = call(dashboard, what, role="budtender")
            assert_problem(refused, 403, "scans-not-allowed")  # and never 429
        assert "RateLimit-Limit" not in refused.headers
        assert not list(firestore_client.collection(paths.RATE_LIMITS).stream())

    @pytest.mark.parametrize("what", SCANS, ids=lambda each: each[0])
    def test_but_may_where_the_organisation_allows_it(
        self, dashboard: Dashboard, shop: Shop, what: Call
    ) -> None:
        shop.settings("analytics", {"budtendersMayReadAll": True})
        shop.settings("analytics", {"budtendersMayReadAll": True}, org=OTHER)
        answers = [call(dashboard, what, role="budtender").status_code for _ in range(4)]
        assert answers == [200] * 3 + [429]

    def test_another_organisations_permission_is_of_no_use(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.settings("analytics", {"budtendersMayReadAll": True}, org=OTHER)
        assert call(dashboard, PREVIEW, role="budtender").status_code == 403

    @pytest.mark.parametrize("value", ["true", 1, [True], {}])
    def test_only_true_allows_it_and_anything_else_is_named(
        self, dashboard: Dashboard, shop: Shop, value: Any
    ) -> None:
        shop.settings("analytics", {"budtendersMayReadAll": value})
        assert call(dashboard, PREVIEW, role="budtender").status_code == 403
        problems = dashboard.get("/v1/segments")["settingsProblems"]
        expected = {"field": "budtendersMayReadAll", "detail": "must be true or false"}
        assert problems == ([expected] if value else [])

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("/v1/segments", {"at": "2026-11-01"}),
            ("/v1/segments/history", WINDOW),
            ("/v1/analytics/transitions", WINDOW),
            ("/v1/customers", {}),
        ],
    )
    def test_all_else_stays_open_to_them(
        self, dashboard: Dashboard, path: str, query: dict[str, str]
    ) -> None:
        assert dashboard.call(path, query, role="budtender").status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda what: (what[0], what[1], {**what[2], "json": {"definition": []}}), 400),
        (lambda what: (what[0], what[1], {**what[2], "query": {"org": OTHER}}), 404),
        (lambda what: (what[0], what[1], {**what[2], "token": "no token"}), 401),
    ],
)
def test_a_call_that_is_refused_for_what_it_is_is_not_counted(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    change: Callable[[Call], Call],
    status: int,
) -> None:
    assert call(dashboard, change(PREVIEW)).status_code == status
    assert not list(firestore_client.collection(paths.RATE_LIMITS).stream())


def test_browsers_may_read_the_limits(dashboard: Dashboard) -> None:
    path, method, arguments = PREVIEW
    response = dashboard.call(path, method=method, headers={"Origin": ORIGIN}, **arguments)
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    for name in ("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"):
        assert name in exposed
