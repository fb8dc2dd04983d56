"""Campaigns: an audience frozen once, with arms and recorded consent; never everybody."""

import re
from itertools import count
from typing import Any

import pytest
from google.cloud import firestore

from shared.campaigns import store as campaign_store
from shared.campaigns.store import CampaignStore
from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People
from tests.support.api import services_on
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import Before, Plan, failing, metered
from tests.support.own_data import own_client
from tests.support.shop import ORG, OTHER, Shop, days_ago

PATH = "/v1/campaigns"
BODY: dict[str, Any] = {"name": "Come back", "segment": "new", "channels": ["email"]}


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


@pytest.fixture(scope="module")
def counted_forty(warm_emulator: None) -> Documents:
    with own_client() as client:
        services = services_on(client)
        shop, people = Shop(services), People(services)
        for number in range(42):
            email = f"c{number:02}@example.org"
            shop.order(email, 10 + number, at=days_ago(3))
            people.put(email, id=f"profile_{100 + number}", emailConsent=number < 40)
        return documents_of(client)


@pytest.fixture
def forty(counted_forty: Documents, firestore_client: firestore.Client) -> None:
    """Forty customers with consent and two without."""
    write_copy(counted_forty, firestore_client)


def create(dashboard: Dashboard, key: str | None = None, **changes: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return dashboard.call(PATH, method="POST", json={**BODY, **changes}, headers=headers)


def members(dashboard: Dashboard, id: str, **query: Any) -> list[dict[str, Any]]:
    actual: list[dict[str, Any]] = []
    token = ""
    while True:
        page = dashboard.get(f"{PATH}/{id}/members", {"pageToken": token, **query})
        actual += page["members"]
        token = page["nextPageToken"]
        if not token:
            return actual


def at_commit(wanted: int) -> Plan:
    """Return a plan that fails the commit of this number."""
    commits = count(1)

    def plan(called: str, _number: int) -> Before | None:
        if called == "commit" and next(commits) == wanted:
            return Before(RuntimeError("ended"))
        return None

    return plan


@pytest.mark.usefixtures("forty")
def test_a_frozen_audience_adds_up_and_keeps_its_consent(dashboard: Dashboard) -> None:
    response = create(dashboard, holdoutShare=0.5)
    assert response.status_code == 201, response.text
    made = response.json
    assert made["treated"] + made["heldOut"] == made["reach"]["reachable"] == 40
    assert made["reach"]["customers"] == 42
    assert made["reach"]["leftOut"] == [{"reason": "no_consent", "customers": 2}]
    assert 5 < made["heldOut"] < 35
    assert (made["goal"], made["source"], made["status"]) == (
        "awareness",
        {"segment": "new"},
        "ready",
    )

    everybody = members(dashboard, made["id"], pageSize=7)
    keys = [each["customerKey"] for each in everybody]
    assert keys == sorted(set(keys))
    assert len(keys) == 42
    by_kind = {
        kind: members(dashboard, made["id"], pageSize=7, kind=kind)
        for kind in ("treated", "held_out", "left_out")
    }
    assert [len(actual) for actual in by_kind.values()] == [made["treated"], made["heldOut"], 2]
    for each in by_kind["treated"] + by_kind["held_out"]:
        (channel,) = each["channels"]
        assert (channel["leftOut"], channel["consent"]) == (None, "granted")
        assert channel["consentSince"] is not None
        assert len(channel["consentDocument"]) == 32


@pytest.mark.usefixtures("forty")
def test_an_audience_stays_as_it_was_frozen(
    dashboard: Dashboard, shop: Shop, people: People
) -> None:
    made = create(dashboard).json
    before = members(dashboard, made["id"])
    shop.order("late@example.org", at=days_ago(1))
    people.put("late@example.org")
    people.put("c00@example.org", emailConsent=False)
    assert members(dashboard, made["id"]) == before
    assert dashboard.get(f"{PATH}/{made['id']}") == made


@pytest.mark.usefixtures("forty")
def test_the_same_call_creates_one_campaign(dashboard: Dashboard, people: People) -> None:
    first = create(dashboard, "k1")
    people.put("c00@example.org", emailConsent=False)
    again = create(dashboard, "k1")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert_problem(create(dashboard, "k1", name="Other"), 422, "idempotency-key-used")
    assert create(dashboard, "k2").json["id"] != first.json["id"]
    assert len(dashboard.get(PATH)["campaigns"]) == 2


@pytest.mark.usefixtures("forty")
def test_a_call_that_was_ended_can_be_made_again_and_goes_on(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_store, "CHUNK_SIZE", 10)
    monkeypatch.setattr("shared.campaigns.job.CHUNK_SIZE", 10)
    for ended_at in (1, 2, 3, 5, 4, 7):
        with failing(firestore_client, at_commit(ended_at)):
            ended = create(dashboard, "k1")
        assert ended.status_code == 500
        for campaign in dashboard.get(PATH)["campaigns"]:
            assert (campaign["status"], campaign["reach"]) == ("freezing", None)
            refused = dashboard.call(f"{PATH}/{campaign['id']}/members")
            assert_problem(refused, 409, "wrong-campaign-status")
    made = create(dashboard, "k1").json
    assert (made["status"], made["done"], made["expected"]) == ("ready", 42, 42)
    assert len(dashboard.get(PATH)["campaigns"]) == 1
    assert len(members(dashboard, made["id"], pageSize=9)) == 42


def test_an_empty_group_is_a_conflict_and_never_everybody(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.order("ada@example.org", at=days_ago(3))
    empty = create(dashboard, segment="vip")
    assert "empty" in assert_problem(empty, 409, "empty-audience")["detail"]
    gone = create(dashboard, segment="cs_000000000000")
    assert_problem(gone, 409, "empty-audience")
    # Somebody is in the group, and nobody of it may be written to.
    unreachable = create(dashboard)
    assert "1 no_consent" in assert_problem(unreachable, 409, "empty-audience")["detail"]
    body = {key: value for key, value in BODY.items() if key != "segment"}
    nobody = dashboard.call(PATH, method="POST", json=body)
    assert_problem(nobody, 400, "invalid-parameter", [])
    assert not list(firestore_client.collection_group(paths.CAMPAIGNS).stream())
    assert not list(firestore_client.collection_group(paths.CHUNKS).stream())


@pytest.mark.usefixtures("forty")
def test_what_freezing_costs(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_store, "CHUNK_SIZE", 10)
    monkeypatch.setattr("shared.campaigns.job.CHUNK_SIZE", 10)
    with metered(firestore_client) as meter:
        made = create(dashboard).json
    # The campaign, settings and the clock, twice each; each customer's key, document and address;
    # per chunk the keys, twice the chunk, and the campaign; and the campaign twice more.
    assert meter.documents_read == 1 + 2 * 3 + 2 * 1 + 3 * 42 + 4 * 5 + 2
    # The campaign at first, its keys, per chunk twice the chunk and the campaign; and twice more.
    assert meter.documents_written == 1 + 1 + 3 * 5 + 2
    assert meter.documents_deleted == 1
    with metered(firestore_client) as meter:
        dashboard.get(f"{PATH}/{made['id']}/members", {"pageSize": 9})
    assert meter.documents_read == 2


@pytest.mark.usefixtures("forty")
def test_a_file_of_members_has_addresses_of_the_treated_alone(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    made = create(dashboard, holdoutShare=0.5).json
    response = dashboard.call(f"{PATH}/{made['id']}/members", {"format": "csv"})
    assert response.status_code == 200
    head, *rows = response.text.removeprefix("\ufeff").splitlines()
    assert head == (
        "customerKey,arm,leftOut,segment,channels,inDashboard,customerId,firstName,email,phone"
    )
    assert len(rows) == 42
    treated = [row.partition(",")[2] for row in rows if ",treated," in row]
    assert len(treated) == made["treated"]
    for row in treated:
        assert re.fullmatch(r"treated,,new,email,,profile_\d+,,c\d\d@example.org,", row)
    others = [row for row in rows if ",treated," not in row]
    assert all(
        row.endswith((",held_out,,new,email,,,,,", ",no_consent,new,,,,,,")) for row in others
    )
    stored = [
        str(each.to_dict())
        for name in (paths.CAMPAIGNS, paths.CHUNKS)
        for each in firestore_client.collection_group(name).stream()
    ]
    assert stored
    assert "example.org" not in "".join(stored)
    pages = dashboard.call(f"{PATH}/{made['id']}/members", {"pageSize": 100})
    assert "example.org" not in pages.text


@pytest.mark.usefixtures("forty")
def test_a_campaign_goes_where_it_may_go(dashboard: Dashboard) -> None:
    response = create(dashboard, cost=120.5, margin=0.4, discount=0.1)
    made = response.json
    assert (made["cost"], made["margin"], made["discount"]) == (120.5, 0.4, 0.1)
    path, etag = f"{PATH}/{made['id']}", response.headers["ETag"]

    def put(etag: str, **changes: Any) -> Any:
        body = {"name": "Come back", "status": "ready", **changes}
        return dashboard.call(path, method="PUT", json=body, headers={"If-Match": etag})

    sent = put(etag, status="sent", cost=99)
    assert sent.json["status"] == "sent"
    assert sent.json["sentAt"] is not None
    assert (sent.json["cost"], sent.json["margin"]) == (99.0, None)
    assert_problem(put(etag, status="cancelled"), 412, "precondition-failed")
    now = sent.headers["ETag"]
    assert_problem(put(now, status="cancelled"), 409, "wrong-campaign-status")
    assert_problem(put(now, status="ready"), 409, "wrong-campaign-status")
    assert put(now, status="sent", cost=99).headers["ETag"] == now
    budtender = dashboard.call(path, method="PUT", json=BODY, role="budtender")
    assert budtender.status_code in (400, 403)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"holdoutShare": 0.6}, "/holdoutShare"),
        ({"channels": []}, "/channels"),
        ({"channels": ["email", "email"]}, "/channels"),
        ({"margin": 2}, "/margin"),
        ({"cost": -1}, "/cost"),
        ({"windowDays": 0}, "/windowDays"),
        ({"name": " "}, "/name"),
        ({"goal": "world_peace"}, "/goal"),
        ({"segments": ["vip"]}, "/segments"),
        ({"cohort": None, "name": ""}, "/name"),
    ],
)
def test_a_body_that_is_not_understood_names_its_field(
    dashboard: Dashboard, changes: dict[str, Any], pointer: str
) -> None:
    assert_problem(create(dashboard, **changes), 400, "invalid-body", pointers=[pointer])


@pytest.mark.usefixtures("forty")
def test_a_campaign_is_of_one_organisation(dashboard: Dashboard, services: Services) -> None:
    made = create(dashboard, "k1").json
    for path in (f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/members"):
        assert_problem(dashboard.call(path, orgId=OTHER), 404, "not-found")
        assert_problem(
            dashboard.call(path, {"org": ORG}, orgId=OTHER), 404, "organisation-not-found"
        )
    body = {"name": "x", "status": "cancelled"}
    theirs = dashboard.call(
        f"{PATH}/{made['id']}", method="PUT", json=body, headers={"If-Match": "*"}, orgId=OTHER
    )
    assert_problem(theirs, 404, "not-found")
    assert dashboard.get(PATH, orgId=OTHER)["campaigns"] == []
    assert CampaignStore(services.client, OTHER).campaign(made["id"]) is None


@pytest.mark.usefixtures("forty")
def test_campaigns_are_listed_the_newest_first(dashboard: Dashboard) -> None:
    ids = [
        create(dashboard.at(days_ago(-number / 24)), name=f"n{number}").json["id"]
        for number in range(3)
    ]
    first = dashboard.get(PATH, {"pageSize": 2})
    rest = dashboard.get(PATH, {"pageSize": 2, "pageToken": first["nextPageToken"]})
    assert [each["id"] for each in first["campaigns"] + rest["campaigns"]] == ids[::-1]
    assert rest["nextPageToken"] is None
