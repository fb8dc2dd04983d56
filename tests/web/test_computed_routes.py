"""Every route of a nightly result: before, after, after a failure, and for others.

The numbers are tested in the `test_routes.py` of each capability.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.affinity.affinity import NEXT_ORDER, SAME_BASKET
from shared.audit.job import quality
from shared.audit.report import Place
from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.performance.measurement_fields import measurement_fields
from shared.campaigns.store import CampaignStore
from shared.churn.churn import ChurnQuestion
from shared.churn.rfm import RfmQuestion
from shared.churn.state_transitions import StateTransitionsQuestion
from shared.cohorts.cohorts import QUESTIONS
from shared.nightly.question import Question
from shared.nightly.result import NIGHTLY, Attempt, Result
from shared.nightly.result_store import ResultWriter
from shared.products.product_sales import ProductSalesQuestion
from shared.web.computed import NightlyAnswer
from tests.affinity.published_pairs import ROWS, rows_of_pairs
from tests.audit.test_routes import report
from tests.campaigns.crm import put_campaign
from tests.campaigns.performance.test_routes import measurement
from tests.churn.states import SCORES, STATES
from tests.cohorts.cohort_fold import Bought
from tests.cohorts.cohort_results import cohort_rows
from tests.predictions.test_routes import evidence_result
from tests.products.product_fold import SoldLine, product_rows
from tests.support.dashboard import Dashboard
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER
from tests.support.warehouse_facts import organization

CAMPAIGN = "sc_000000000001"
SENT_AT = NOW - timedelta(days=10)
COMPUTED_AT = NOW - timedelta(hours=9)
LAG_SECONDS = 40
SOURCE_ROWS = 77
TODAY = NOW.date()
BOUGHT = Bought(
    order_id="o1",
    customer="ada",
    ordered_at=NOW - timedelta(days=40),
    day=(NOW - timedelta(days=40)).date(),
    cents=1_000,
)
SOLD = SoldLine(
    day=TODAY - timedelta(days=3),
    product_id="p1",
    name="Product p1",
    category="Flower",
    quantity_milli=2_000,
    cents=1_000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route that answers from one nightly result."""

    path: str
    result: str
    """Name of the result."""
    results: Callable[[str], Iterable[Result]]
    """Results that a night publishes for an organisation."""
    query: dict[str, str] = field(default_factory=dict)
    reads: tuple[int, int] = (1, 2)
    """Documents read before the result is there, and once it is."""
    asked: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the answer in any case."""
    prepare: Callable[[firestore.Client, str], object] = lambda client, org: None
    """Stores in an organisation what the route is about."""
    computed: frozenset[str] | None = None
    """The fields that the result gives; None for all beside those of its state."""


def answered(question: Question, rows: Iterable[Any]) -> Callable[[str], Iterable[Result]]:
    """The results of a question to which these rows are the answer."""
    return lambda org: question.results(organization(org, today=TODAY), rows)


COHORTS = next(question for question in QUESTIONS if question.name == "cohorts_month")
AS_OF = {"asOf": "2026-11-23T12:00:00Z"}


def sent_campaign(client: firestore.Client, org: str) -> None:
    put_campaign(client, org, CAMPAIGN, name="Come back", keys=["a", "b"])
    CampaignStore(client, org).change(
        CAMPAIGN, lambda before: replace(before, status=CampaignStatus.SENT, sent_at=SENT_AT)
    )


ROUTES = [
    Route(
        path="/v1/analytics/churn",
        result="churn",
        results=answered(ChurnQuestion(), STATES),
        reads=(1, 1),
        asked={"days": 30},
    ),
    Route(path="/v1/analytics/rfm", result="rfm", results=answered(RfmQuestion(), SCORES)),
    Route(
        path="/v1/analytics/transitions/months",
        result="state_transitions",
        results=answered(StateTransitionsQuestion(), STATES),
    ),
    Route(
        path="/v1/analytics/cohorts",
        result="cohorts_month",
        results=answered(COHORTS, list(cohort_rows([BOUGHT], COHORTS, TODAY))),
        asked={**AS_OF, "granularity": "month", "mode": "in"},
    ),
    *(
        Route(
            path="/v1/analytics/affinity",
            query={"relation": relation},
            result=question.name,
            results=answered(question, list(rows_of_pairs(ROWS, len(ROWS)))),
        )
        for relation, question in (("sameBasket", SAME_BASKET), ("nextOrder", NEXT_ORDER))
    ),
    Route(
        path="/v1/analytics/products",
        result="product_sales",
        results=answered(ProductSalesQuestion(), product_rows([SOLD], TODAY)),
        asked=AS_OF,
    ),
    Route(
        path="/v1/analytics/quality",
        result="quality",
        results=lambda org: [quality(report(org), Place(slice=7, after="o1"))],
        reads=(2, 2),
        asked={"unprocessedOrders": []},
    ),
    Route(
        path="/v1/analytics/churn/prediction",
        result="predictions",
        results=lambda org: [evidence_result()],
        # Three for the settings, which name the model in force.
        reads=(4, 4),
    ),
    Route(
        path="/v1/analytics/forecast",
        result="predictions",
        results=lambda org: [evidence_result()],
        reads=(1, 1),
    ),
    Route(
        path=f"/v1/campaigns/{CAMPAIGN}/performance",
        result="campaign_lift",
        results=lambda org: [
            Result(name="campaign_lift", entries=[measurement_fields(measurement(CAMPAIGN))])
        ],
        # The campaign, its counters of now, and three of settings, for the time zone of days, too.
        reads=(6, 7),
        prepare=sent_campaign,
        computed=frozenset({"incremental"}),
    ),
]
EVERY_ROUTE = pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: "?".join([route.path, *route.query.values()])
)
PENDING = {
    "orgId": ORG,
    "computedAt": None,
    "status": "pending",
    "stale": True,
    "lastError": None,
    "sourceRows": None,
    "lagSeconds": None,
}
READY = {
    "orgId": ORG,
    "computedAt": "2026-11-23T03:00:00Z",
    "status": "ready",
    "stale": False,
    "lastError": None,
    "sourceRows": SOURCE_ROWS,
    "lagSeconds": LAG_SECONDS,
}
FAILED = {"status": "failed", "stale": True, "lastError": "BadGateway"}


def attempt(generation: str = "g1") -> Attempt:
    return Attempt(
        generation=generation,
        due_at=COMPUTED_AT - timedelta(seconds=LAG_SECONDS),
        computed_at=COMPUTED_AT,
    )


def publish(client: firestore.Client, route: Route, org: str = ORG) -> None:
    route.prepare(client, org)
    for result in route.results(org):
        ResultWriter(client).publish(org, result, attempt(), SOURCE_ROWS)


def fail(client: firestore.Client, route: Route) -> None:
    ResultWriter(client).fail(ORG, route.result, attempt("g2"), "BadGateway")


def state_of(found: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer's fields about its result, among the possible ones."""
    return {name: value for name, value in expected.items() if name in found}


def numbers_of(found: Mapping[str, Any], route: Route) -> dict[str, Any]:
    """Return the other fields of the answer."""
    return {
        name: value
        for name, value in found.items()
        if name not in PENDING and name not in route.asked and name in (route.computed or found)
    }


def test_every_answer_about_a_nightly_result_is_here(dashboard: Dashboard) -> None:
    document = dashboard.get("/v1/openapi.json")
    described = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if is_nightly(operation)
    }
    assert described == {re.sub(CAMPAIGN, "{id}", route.path) for route in ROUTES}


def is_nightly(operation: Mapping[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return name in {each.__name__ for each in subclasses(NightlyAnswer)}


def subclasses(of: type[NightlyAnswer]) -> list[type[NightlyAnswer]]:
    return [each for direct in of.__subclasses__() for each in (direct, *subclasses(direct))]


@EVERY_ROUTE
def test_before_the_first_night_it_is_pending_and_every_number_null(
    dashboard: Dashboard, firestore_client: firestore.Client, route: Route
) -> None:
    route.prepare(firestore_client, ORG)
    with metered(firestore_client) as meter:
        actual = dashboard.get(route.path, route.query)
    assert (meter.documents_read, meter.documents_written) == (route.reads[0], 0)

    assert actual.items() >= state_of(actual, PENDING).items()
    assert actual.items() >= route.asked.items()
    assert set(numbers_of(actual, route).values()) == {None}

    fail(firestore_client, route)
    assert dashboard.get(route.path, route.query) == {**actual, **FAILED}


@EVERY_ROUTE
def test_a_result_says_when_and_from_how_much_it_was_computed_until_it_is_stale(
    dashboard: Dashboard, firestore_client: firestore.Client, route: Route
) -> None:
    publish(firestore_client, route)

    with metered(firestore_client) as meter:
        actual = dashboard.get(route.path, route.query)
    assert (meter.documents_read, meter.documents_written) == (route.reads[1], 0)

    assert actual.items() >= state_of(actual, READY).items()
    assert any(value is not None for value in numbers_of(actual, route).values())
    in_time, late = COMPUTED_AT + NIGHTLY - timedelta(seconds=1), COMPUTED_AT + NIGHTLY
    assert dashboard.at(in_time).get(route.path, route.query)["stale"] is False
    assert dashboard.at(late).get(route.path, route.query)["stale"] is True


@EVERY_ROUTE
def test_a_failure_leaves_the_numbers_and_says_so(
    dashboard: Dashboard, firestore_client: firestore.Client, route: Route
) -> None:
    publish(firestore_client, route)
    before = dashboard.get(route.path, route.query)

    fail(firestore_client, route)

    assert dashboard.get(route.path, route.query) == {**before, **FAILED}


@EVERY_ROUTE
def test_an_organisation_sees_its_own(
    dashboard: Dashboard, firestore_client: firestore.Client, route: Route
) -> None:
    route.prepare(firestore_client, ORG)
    publish(firestore_client, route, OTHER)

    assert dashboard.get(route.path, route.query)["status"] == "pending"
    assert dashboard.get(route.path, route.query, orgId=OTHER)["status"] == "ready"
    assert dashboard.call(route.path, {**route.query, "org": OTHER}).status_code == 404
