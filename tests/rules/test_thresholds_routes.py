"""The thresholds of an organisation: shown, tried out, saved, gone back to and followed."""

from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.segments.segment import Segment
from shared.services import Services
from tests.rules.saved_thresholds import DEFAULTS, PATH, population, put, reclassify
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import ORG, OTHER, Shop, days_ago, key_of


def test_the_defaults_are_in_force_where_nothing_was_saved(dashboard: Dashboard) -> None:
    shown = dashboard.get(PATH)

    assert shown["thresholds"] == shown["defaults"] == DEFAULTS
    assert (shown["version"], shown["rulesRevision"], shown["pending"]) == (0, 0, False)
    assert shown["settingsProblems"] == []


def test_saved_thresholds_are_in_force_and_every_version_is_kept(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    first = put(dashboard, {**DEFAULTS, "vip_minLifetimeValue": 800.5}, uid="ann")
    second = put(dashboard, {**DEFAULTS, "slipping_minDays": 20}, uid="bob")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json["thresholds"]["vip_minLifetimeValue"] == 800.5
    assert second.headers["ETag"] != first.headers["ETag"]
    shown = dashboard.get(PATH)
    assert (shown["version"], shown["thresholds"]["slipping_minDays"]) == (2, 20)
    listed = dashboard.get(f"{PATH}/versions")["versions"]
    assert [(each["version"], each["savedBy"], each["source"]) for each in listed] == [
        (2, "bob", "api"),
        (1, "ann", "api"),
        (0, None, "initial"),
    ]
    loyalty = firestore_client.document(paths.loyalty_settings(ORG)).get().to_dict()
    assert loyalty is not None
    assert loyalty["segmentThresholds"]["slipping_minDays"] == 20


def test_versions_are_listed_in_pages(dashboard: Dashboard) -> None:
    for days in (20, 21, 22):
        put(dashboard, {**DEFAULTS, "slipping_minDays": days})

    numbers, token = [], None
    while True:
        query = {"pageSize": 1, **({"pageToken": token} if token else {})}
        page = dashboard.get(f"{PATH}/versions", query)
        numbers += [each["version"] for each in page["versions"]]
        token = page["nextPageToken"]
        if token is None:
            break

    assert numbers == [3, 2, 1, 0]


def test_equal_values_make_no_version(dashboard: Dashboard) -> None:
    put(dashboard, {**DEFAULTS, "slipping_minDays": 20})

    again = put(dashboard, {**DEFAULTS, "slipping_minDays": 20.0})

    assert again.json["version"] == 1
    assert len(dashboard.get(f"{PATH}/versions")["versions"]) == 2


def test_nobody_overwrites_a_version_that_they_have_not_seen(dashboard: Dashboard) -> None:
    seen = dashboard.call(PATH).headers["ETag"]
    put(dashboard, {**DEFAULTS, "slipping_minDays": 20})

    assert_problem(put(dashboard, DEFAULTS, match=seen), 412, "precondition-failed")
    without = dashboard.call(PATH, method="PUT", json={"thresholds": DEFAULTS})
    assert_problem(without, 428, "precondition-required")
    assert dashboard.get(PATH)["thresholds"]["slipping_minDays"] == 20


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"slipping_minDays": 60}, "atRisk_minDays"),
        ({"atRisk_minDays": 90}, "churned_minDays"),
        ({"slipping_minDays": 0}, "slipping_minDays"),
        ({"slipping_minDays": 1.5}, "slipping_minDays"),
        ({"slipping_minDays": True}, "slipping_minDays"),
        ({"slipping_minDays": "30"}, "slipping_minDays"),
        ({"vip_minLifetimeValue": "500"}, "vip_minLifetimeValue"),
        ({"slipping_minDays": None}, "slipping_minDays"),
        ({"slipping_minDays": [30]}, "slipping_minDays"),
        ({"vip_minLifetimeValue": -1}, "vip_minLifetimeValue"),
        ({"vip_minLifetimeValue": "a lot"}, "vip_minLifetimeValue"),
        ({"loyal_minOrders": 0}, "loyal_minOrders"),
        ({"no_such": 1}, "no_such"),
        ({"a/b~c": 1}, "a~1b~0c"),
    ],
)
def test_invalid_thresholds_are_refused_by_name(
    dashboard: Dashboard, changes: dict[str, Any], name: str
) -> None:
    for method, path in (("PUT", PATH), ("POST", f"{PATH}:preview")):
        answer = dashboard.call(
            path,
            method=method,
            json={"thresholds": {**DEFAULTS, **changes}},
            headers={"If-Match": "*"},
        )
        assert_problem(answer, 400, "invalid-body", pointers=[f"/thresholds/{name}"])
    assert dashboard.get(PATH)["version"] == 0


def test_a_threshold_as_text_is_refused_although_the_loyalty_settings_may_hold_one(
    dashboard: Dashboard,
) -> None:
    answer = put(dashboard, {**DEFAULTS, "vip_minLifetimeValue": "500"})

    problem = assert_problem(
        answer, 400, "invalid-body", pointers=["/thresholds/vip_minLifetimeValue"]
    )
    assert problem["errors"][0]["detail"] == "must be a number, not text"


def test_an_amount_that_javascript_computed_is_the_cent_it_stands_for(dashboard: Dashboard) -> None:
    saved = put(dashboard, {**DEFAULTS, "vip_minAOV": 0.1 + 0.2, "frequent_maxAOV": 3 * 1.1})

    assert saved.status_code == 200
    assert saved.json["thresholds"]["vip_minAOV"] == 0.3
    assert saved.json["thresholds"]["frequent_maxAOV"] == 3.3


def test_a_threshold_left_out_is_asked_for(dashboard: Dashboard) -> None:
    values = {name: value for name, value in DEFAULTS.items() if name != "vip_minAOV"}

    answer = put(dashboard, values)

    assert_problem(answer, 400, "invalid-body", pointers=["/thresholds/vip_minAOV"])


def test_staff_at_the_counter_may_look_but_neither_try_nor_save(dashboard: Dashboard) -> None:
    assert dashboard.call(PATH, role="budtender").status_code == 200
    tried = dashboard.call(
        f"{PATH}:preview", method="POST", json={"thresholds": DEFAULTS}, role="budtender"
    )
    assert_problem(tried, 403, "scans-not-allowed")
    assert_problem(put(dashboard, DEFAULTS, role="budtender"), 403, "changes-not-allowed")


def test_going_back_is_a_new_version_with_the_old_values(dashboard: Dashboard) -> None:
    put(dashboard, {**DEFAULTS, "slipping_minDays": 20})
    etag = dashboard.call(PATH).headers["ETag"]

    answer = dashboard.call(
        f"{PATH}:rollback",
        method="POST",
        json={"version": 0},
        headers={"If-Match": etag},
        uid="cleo",
    )

    assert answer.json["version"] == 2
    assert answer.json["thresholds"] == DEFAULTS
    newest = dashboard.get(f"{PATH}/versions")["versions"][0]
    assert (newest["source"], newest["rolledBackTo"], newest["savedBy"]) == ("rollback", 0, "cleo")


@pytest.mark.parametrize("version", [99, -1, "0", 0.5, None, True])
def test_going_back_to_a_version_that_never_was(dashboard: Dashboard, version: object) -> None:
    answer = dashboard.call(
        f"{PATH}:rollback", method="POST", json={"version": version}, headers={"If-Match": "*"}
    )

    assert_problem(answer, 400, "invalid-body", pointers=["/version"])


def test_a_preview_is_exactly_what_saving_then_does(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    population(shop)
    new_thresholds = {
        **DEFAULTS,
        "vip_minLifetimeValue": 250,
        "slipping_minDays": 12,
        "atRisk_minDays": 35,
    }
    before = {row["id"]: row["count"] for row in dashboard.get("/v1/segments")["segments"]}

    with metered(firestore_client) as meter:
        preview = dashboard.call(
            f"{PATH}:preview", method="POST", json={"thresholds": new_thresholds}
        ).json
    assert (meter.documents_written, meter.documents_deleted) == (0, 0)
    assert meter.documents_read == 6 + len(preview["sampleCustomers"])

    put(dashboard, new_thresholds)
    reclassify(services)
    shown = dashboard.get("/v1/segments")["segments"]

    assert {row["segment"]: row["countBefore"] for row in preview["segments"]} == before
    assert {row["segment"]: row["countAfter"] for row in preview["segments"]} == {
        row["id"]: row["count"] for row in shown
    }
    assert {row["segment"]: row["lifetimeValueAfter"] for row in preview["segments"]} == {
        row["id"]: row["lifetimeValue"] for row in shown
    }
    cells = {(c["fromSegment"], c["toSegment"]): c["customers"] for c in preview["matrix"]}
    assert len(cells) == len(Segment) ** 2
    for row in preview["segments"]:
        segment = row["segment"]
        assert sum(n for (before, _), n in cells.items() if before == segment) == row["countBefore"]
        assert sum(n for (_, after), n in cells.items() if after == segment) == row["countAfter"]
    moving = sum(n for (before, after), n in cells.items() if before != after)
    assert preview["movingCustomers"] == moving > 0
    samples = preview["sampleCustomers"]
    assert len(samples) == moving
    assert [each["lifetimeValue"] for each in samples] == sorted(
        (each["lifetimeValue"] for each in samples), reverse=True
    )
    for each in samples:
        detail = dashboard.get(f"/v1/customers/{each['customerKey']}")
        assert detail["segment"] == each["toSegment"] != each["segment"]


def test_a_preview_of_nobody(dashboard: Dashboard) -> None:
    preview = dashboard.call(f"{PATH}:preview", method="POST", json={"thresholds": DEFAULTS}).json

    assert (preview["totalCustomers"], preview["movingCustomers"]) == (0, 0)
    assert preview["sampleCustomers"] == []


# --- what saving sets off


def test_status_follows_the_customers(dashboard: Dashboard, shop: Shop, services: Services) -> None:
    population(shop)
    assert dashboard.get(f"{PATH}/status")["status"] == "idle"

    put(dashboard, {**DEFAULTS, "slipping_minDays": 12})
    begun = dashboard.get(f"{PATH}/status")
    reclassify(services)
    done = dashboard.get(f"{PATH}/status")

    assert (begun["status"], begun["processed"], begun["outdated"]) == ("running", 0, 6)
    assert (done["status"], done["processed"], done["total"]) == ("complete", 6, 6)
    assert (done["outdated"], done["settled"], done["rulesRevision"]) == (0, False, 1)
    assert done["moved"] == 2


def test_steps_name_the_thresholds_as_their_cause(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    shop.order(at=days_ago(40))
    shop.order(at=days_ago(15))
    put(dashboard, {**DEFAULTS, "slipping_minDays": 12})
    reclassify(services)

    key = key_of("ada@example.org")
    detail = dashboard.get(f"/v1/customers/{key}")
    steps = [
        snapshot.to_dict() or {}
        for snapshot in firestore_client.collection(paths.transitions(ORG)).stream()
    ]
    last = max(steps, key=lambda step: step["number"])
    assert last["cause"] == {"kind": "thresholds", "order_id": None}
    assert (last["from_segment"], last["to_segment"]) == ("loyal", "slipping")
    assert detail["segment"] == "slipping"
    assert not detail["stale"]


def test_an_order_after_saving_is_sorted_by_what_was_saved(
    dashboard: Dashboard, shop: Shop
) -> None:
    shop.order(at=days_ago(40))
    put(dashboard, {**DEFAULTS, "loyal_minOrders": 3})

    shop.order(at=days_ago(1))

    assert dashboard.get(f"/v1/customers/{key_of('ada@example.org')}")["segment"] == "new"


def test_organisations_do_not_share_thresholds(dashboard: Dashboard) -> None:
    put(dashboard, {**DEFAULTS, "slipping_minDays": 12})

    other = dashboard.get(PATH, orgId=OTHER)

    assert (other["version"], other["thresholds"]) == (0, DEFAULTS)


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (0.001, "must be an amount of money with at most two decimals"),
        (499.999, "must be an amount of money with at most two decimals"),
        (1e15, "must be an amount of money from 0 to 10000000000"),
        (-1, "must be an amount of money from 0 to 10000000000"),
    ],
)
def test_amounts_that_would_not_be_kept_as_they_are_are_refused(
    dashboard: Dashboard, value: object, detail: str
) -> None:
    new_thresholds = {**DEFAULTS, "vip_minAOV": value}

    saved = put(dashboard, new_thresholds)
    tried = dashboard.call(f"{PATH}:preview", method="POST", json={"thresholds": new_thresholds})

    for answer in (saved, tried):
        problem = assert_problem(answer, 400, "invalid-body", pointers=["/thresholds/vip_minAOV"])
        assert problem["errors"][0]["detail"] == detail
    assert dashboard.get(PATH)["version"] == 0
