"""firestore.rules: who reads what. Nobody writes anything."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.errors import ForbiddenError
from shared.organizations.access import ROLES, caller_from_claims
from tests.security_rules.browser import (
    CONNECTIONS,
    FORBIDDEN,
    OK,
    OPERATIONS,
    READS,
    Browser,
    Claims,
    coverage_report,
    line_results,
)
from tests.security_rules.people import ACME, BRAVO, PEOPLE, Person
from tests.support.own_data import own_project_id

RULES = (Path(__file__).parents[2] / "firestore.rules").read_text()

READABLE = (
    paths.CUSTOMERS,
    paths.TRANSITIONS,
    paths.DAILY_STATS,
    paths.SEGMENT_COUNTS,
    "analytics",
    "custom_segments",
)
"""Collections under an organisation that its staff may read."""

PRIVATE = (
    paths.ORDERS,
    paths.LEDGER,
    paths.REJECTED,
    paths.UNPROCESSED,
    paths.ALIASES,
    paths.JOBS,
    f"{paths.JOBS}/document/{paths.NIGHTS}",
    paths.RATE_LIMITS,
    paths.CONTACT_LEDGER,
    paths.DASHBOARD_CAMPAIGNS,
    f"{paths.DASHBOARD_CAMPAIGNS}/document/{paths.RECIPIENTS}",
    paths.PRODUCTS,
    paths.TENANTS,
    paths.ORGANIZATIONS,
    paths.EVENTS,
    f"{paths.ORGANIZATIONS}/{ACME}/{paths.EVENTS}",
    paths.PROFILES,
    "users",
)
"""Collections that are not an organisation's own, none of which a browser may read."""

PRIVATE_IN_ORGANIZATION = (
    paths.SETTINGS,
    paths.THRESHOLD_VERSIONS,
    paths.FUNNEL_SESSIONS,
    paths.FUNNEL_MONTHS,
    paths.CONTACT_POINTS,
    "customer_spending",
    paths.INSIGHTS,
    paths.INSIGHT_FEEDBACK,
    paths.CAMPAIGNS,
    paths.CAMPAIGN_COUNTERS,
    f"{paths.CAMPAIGNS}/document/{paths.CHUNKS}",
    "not_named_anywhere",
    f"{paths.ANALYTICS}/document/{paths.CHUNKS}",
    f"{paths.CUSTOMERS}/document/notes",
    paths.PUBLIC_VIEWS,
    f"{paths.PUBLIC_VIEWS}/document/{paths.CATALOGUE_ITEMS}",
)
"""Collections under an organisation that a browser may not read either."""

DOCUMENT = "document"
STAFF = {"role": "brand", "orgId": ACME}

Open = Callable[[Claims | None], Browser]


@pytest.fixture(scope="module")
def new_project(firestore_emulator: str) -> Callable[[], str]:
    """Makes a project in which both organisations have every kind of document."""

    def make() -> str:
        project = own_project_id("rules")
        admin = firestore.Client(project=project)
        batch = admin.batch()
        for collection in (*PRIVATE, *(path for org in (ACME, BRAVO) for path in _inside(org))):
            batch.set(admin.document(f"{collection}/{DOCUMENT}"), {"number": 1})
        batch.commit()
        admin.close()
        return project

    return make


@pytest.fixture(scope="module")
def open_browser(firestore_emulator: str, new_project: Callable[[], str]) -> Open:
    """Return a function that opens a browser with the given claims."""
    project = new_project()
    return lambda claims: Browser(firestore_emulator, project, claims)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.kind)
def test_a_person_reads_what_is_theirs_and_nothing_else(person: Person, open_browser: Open) -> None:
    browser = open_browser(person.claims)
    cells = {
        (operation, org, collection): call
        for operation, call in OPERATIONS.items()
        for org in (ACME, BRAVO)
        for collection in READABLE
    }
    expected = {
        (operation, org, collection): OK
        if operation in READS and org in person.reads
        else FORBIDDEN
        for operation, org, collection in cells
    }
    with ThreadPoolExecutor(CONNECTIONS) as executor:
        answers = executor.map(
            lambda cell: cells[cell](browser, f"{paths.TENANTS}/{cell[1]}/{cell[2]}", DOCUMENT),
            cells,
        )
        assert dict(zip(cells, answers, strict=True)) == expected


@pytest.mark.parametrize("collection", READABLE)
def test_queries_and_counts_are_lists(collection: str, open_browser: Open) -> None:
    browser = open_browser(STAFF)
    answers = {
        org: (
            browser.query(f"{paths.TENANTS}/{org}/{collection}"),
            browser.count(f"{paths.TENANTS}/{org}/{collection}"),
        )
        for org in (ACME, BRAVO)
    }
    assert answers == {ACME: (OK, OK), BRAVO: (FORBIDDEN, FORBIDDEN)}


@pytest.mark.parametrize(
    "claims",
    [None, {}, STAFF, {"role": "super_user", "orgId": ACME}],
    ids=["not signed in", "without claims", "staff", "super_user"],
)
@pytest.mark.parametrize(
    "collection",
    [*PRIVATE, *(f"{paths.TENANTS}/{ACME}/{name}" for name in PRIVATE_IN_ORGANIZATION)],
)
def test_everything_else_is_closed(
    collection: str, claims: Claims | None, open_browser: Open
) -> None:
    browser = open_browser(claims)
    allowed = [
        operation
        for operation, call in OPERATIONS.items()
        if call(browser, collection, DOCUMENT) != FORBIDDEN
    ]
    assert allowed == []


@pytest.mark.parametrize("collection", READABLE)
def test_collection_group_queries_are_closed(collection: str, open_browser: Open) -> None:
    assert open_browser(STAFF).query(collection, everywhere=True) == FORBIDDEN


@pytest.mark.parametrize("collection", READABLE)
def test_a_missing_document_tells_only_its_own_organization_that_it_is_missing(
    collection: str, open_browser: Open
) -> None:
    browser = open_browser(STAFF)
    answers = {
        org: browser.get(f"{paths.TENANTS}/{org}/{collection}", "x") for org in (ACME, BRAVO)
    }
    assert answers == {ACME: 404, BRAVO: FORBIDDEN}


def test_cards_of_an_earlier_dashboard_are_closed_to_staff(
    firestore_emulator: str, new_project: Callable[[], str]
) -> None:
    """They hold names and phone numbers in their metadata, beside the cards' own text."""
    project = new_project()
    admin = firestore.Client(project=project)
    cards = paths.insights(ACME)
    admin.document(f"{cards}/churn_risk").set(
        {
            "category": "customer",
            "headline": "12 customers at risk",
            "metadata": {"customers": [{"name": "Ada Byron", "phone": "+15555550100"}]},
        }
    )
    admin.close()
    for claims in (STAFF, {"role": "super_user", "orgId": ACME}):
        browser = Browser(firestore_emulator, project, claims)
        answers = (
            browser.get(cards, "churn_risk"),
            browser.list(cards),
            browser.query(cards),
            browser.count(cards),
        )
        assert answers == (FORBIDDEN,) * 4


def test_the_rules_list_the_roles_of_the_api() -> None:
    in_rules = re.findall(r"'(\w+)'", RULES.partition("'role', null) in [")[2].partition("]")[0])
    assert tuple(in_rules) == ROLES


def test_the_organization_document_itself_is_closed(open_browser: Open) -> None:
    assert open_browser(STAFF).get(paths.TENANTS, ACME) == FORBIDDEN


def test_every_allow_decides_both_ways(
    firestore_emulator: str, new_project: Callable[[], str]
) -> None:
    project = new_project()
    for collection in READABLE:
        path = f"{paths.TENANTS}/{ACME}/{collection}"
        for claims in (STAFF, None):
            browser = Browser(firestore_emulator, project, claims)
            browser.get(path, DOCUMENT)
            browser.list(path)
    allows = [
        number
        for number, line in enumerate(RULES.splitlines(), start=1)
        if line.strip().startswith("allow ")
    ]
    results = line_results(coverage_report(firestore_emulator, project))
    assert len(allows) == len(READABLE)
    assert [line for line in allows if results.get(line) != {True, False}] == []


@pytest.mark.parametrize(
    "person",
    [person for person in PEOPLE if person.claims and person.claims.get("orgId") == ACME],
    ids=lambda person: person.kind,
)
def test_the_http_functions_admit_the_same_people(person: Person) -> None:
    """Of those whose organisation is not in question, so that role and approval decide."""
    assert person.claims is not None
    try:
        org_id = caller_from_claims({**person.claims, "uid": "somebody"}).org_id
    except ForbiddenError:
        assert person.reads == frozenset()
    else:
        assert org_id in person.reads


def test_every_collection_is_either_readable_or_stated_to_be_private() -> None:
    undecided = set(_collection_names()) - {*READABLE, *_private_names()}
    assert undecided == set()


def _private_names() -> Iterator[str]:
    """The last name in each path."""
    for path in (*PRIVATE, *PRIVATE_IN_ORGANIZATION):
        yield path.rpartition("/")[2]


def _collection_names() -> Iterator[str]:
    """Every name that shared/firestore/paths.py gives to a collection."""
    for name, value in vars(paths).items():
        if name.isupper() and isinstance(value, str):
            yield value


def _inside(org: str) -> Iterator[str]:
    for name in (*READABLE, *PRIVATE_IN_ORGANIZATION):
        yield f"{paths.TENANTS}/{org}/{name}"
