"""Custom segments: created, tried out, changed, deleted, and kept up to date."""

from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.reconciliation.ageing import age_segments
from shared.services import Services
from tests.rules.custom_segments import PATH, SPENDERS, create, created, members, reclassify
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import ORG, OTHER, Shop, days_ago, item, key_of

BOUGHT_FLOWER = {"event": "ordered", "category": "Flower", "when": {"inTheLastDays": 10}}


def test_a_created_segment_holds_who_matches_and_says_so(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    shop.order("rich@example.org", 150)
    shop.order("poor@example.org", 15)

    answer = create(dashboard, SPENDERS, description="They spend.", uid="ann")
    reclassify(services)

    id = answer.json["id"]
    assert answer.headers["Location"].endswith(f"custom-segments/{id}")
    assert answer.json["evaluation"]["status"] == "running"
    shown = dashboard.get(f"{PATH}/{id}")
    assert (shown["customerCount"], shown["lifetimeValue"]) == (1, 150)
    assert shown["evaluation"] == {"status": "complete", "processed": 2, "total": 2}
    assert (shown["name"], shown["description"], shown["createdBy"]) == (
        "Mine",
        "They spend.",
        "ann",
    )
    assert (shown["definition"], shown["filters"], shown["version"]) == (SPENDERS, None, 1)
    assert dashboard.get(PATH)["customSegments"] == [shown]
    assert members(firestore_client, id) == {key_of("rich@example.org")}


def test_the_dashboards_flat_filters_come_back_unchanged(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    shop.order("rich@example.org", 150)
    filters = [
        {"field": "totalSpent", "operator": "greater_than", "value": 100},
        {"field": "daysSinceLastOrder", "operator": "less_than", "value": 5},
        {"field": "segment", "operator": "in", "value": ["new", "VIP"]},
    ]

    id = created(dashboard, filters=filters)
    reclassify(services)

    shown = dashboard.get(f"{PATH}/{id}")
    assert shown["filters"] == filters
    assert len(shown["definition"]["all"]) == 3
    assert shown["customerCount"] == 1


def test_an_order_moves_its_customer_in_at_once(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    id = created(dashboard, SPENDERS)

    shop.order("ada@example.org", 60)
    assert members(firestore_client, id) == set()
    order = shop.order("ada@example.org", 60)

    assert members(firestore_client, id) == {key_of("ada@example.org")}
    assert dashboard.get(f"{PATH}/{id}")["customerCount"] == 1
    step = _last_step(firestore_client)
    assert (step["entered"], step["left"]) == ([id], [])
    assert step["cause"] == {"kind": "order", "order_id": order}


def test_a_cancelled_order_moves_its_customer_out(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    id = created(dashboard, SPENDERS)
    shop.order("ada@example.org", 60)
    order = shop.order("ada@example.org", 60)

    shop.order("ada@example.org", 60, id=order, status="cancelled")

    assert members(firestore_client, id) == set()
    step = _last_step(firestore_client)
    assert (step["entered"], step["left"]) == ([], [id])


def test_time_alone_moves_a_customer_out_at_the_exact_instant(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    id = created(dashboard, BOUGHT_FLOWER)
    placed = days_ago(3)
    shop.order("ada@example.org", 60, at=placed, items=[item("p1", 60)])
    assert members(firestore_client, id) == {key_of("ada@example.org")}
    leaves = placed + timedelta(days=10)

    for at, inside in ((leaves - timedelta(microseconds=1), True), (leaves, False)):
        age_segments(
            services.due_customers,
            services.organizations,
            clock=lambda at=at: at,  # type: ignore[misc]
            stop_at=at + timedelta(hours=1),
        )
        assert (members(firestore_client, id) != set()) is inside

    step = _last_step(firestore_client)
    assert (step["effective_at"], step["left"]) == (leaves, [id])
    assert step["cause"]["kind"] == "time"
    assert step["from_segment"] == step["to_segment"] == "new"


def test_a_change_moves_customers_and_a_deletion_empties(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    shop.order("rich@example.org", 150)
    shop.order("poor@example.org", 15)
    id = created(dashboard, SPENDERS)
    reclassify(services)
    etag = dashboard.call(f"{PATH}/{id}").headers["ETag"]
    cheap = {"field": "totalSpent", "operator": "less_than", "value": 100}

    changed = dashboard.call(
        f"{PATH}/{id}",
        method="PUT",
        json={"name": "Others", "definition": cheap},
        headers={"If-Match": etag},
    )
    reclassify(services)

    assert (changed.status_code, changed.json["version"]) == (200, 2)
    assert members(firestore_client, id) == {key_of("poor@example.org")}
    stale = dashboard.call(f"{PATH}/{id}", method="DELETE", headers={"If-Match": etag})
    assert_problem(stale, 412, "precondition-failed")
    etag = changed.headers["ETag"]
    gone = dashboard.call(f"{PATH}/{id}", method="DELETE", headers={"If-Match": etag})
    reclassify(services)
    assert gone.status_code == 204
    assert members(firestore_client, id) == set()
    assert_problem(dashboard.call(f"{PATH}/{id}"), 404, "not-found")
    assert dashboard.get(PATH)["customSegments"] == []


def test_saving_the_same_again_changes_nothing(dashboard: Dashboard) -> None:
    id = created(dashboard, SPENDERS)

    answer = dashboard.call(
        f"{PATH}/{id}",
        method="PUT",
        json={"name": "Mine", "definition": SPENDERS},
        headers={"If-Match": "*"},
    )

    assert answer.json["version"] == 1
    assert dashboard.get("/v1/settings/thresholds")["rulesRevision"] == 1


def test_another_name_moves_nobody(dashboard: Dashboard, shop: Shop, services: Services) -> None:
    shop.order("rich@example.org", 150)
    id = created(dashboard, SPENDERS)
    reclassify(services)
    etag = dashboard.call(f"{PATH}/{id}").headers["ETag"]

    renamed = dashboard.call(
        f"{PATH}/{id}",
        method="PUT",
        json={"name": "Big", "definition": SPENDERS},
        headers={"If-Match": etag},
    )

    assert (renamed.json["name"], renamed.json["version"]) == ("Big", 2)
    assert renamed.headers["ETag"] != etag
    assert renamed.json["evaluation"]["status"] == "complete"
    assert dashboard.get("/v1/settings/thresholds")["rulesRevision"] == 1


def test_saving_again_puts_lost_rules_in_force(
    dashboard: Dashboard, shop: Shop, firestore_client: firestore.Client
) -> None:
    id = created(dashboard, SPENDERS)
    firestore_client.document(paths.segment_rules(ORG)).delete()

    body = {"name": "Mine", "definition": SPENDERS}
    dashboard.call(f"{PATH}/{id}", method="PUT", json=body, headers={"If-Match": "*"})
    shop.order("rich@example.org", 150)

    assert members(firestore_client, id) == {key_of("rich@example.org")}


def test_a_segment_that_is_created_again_is_another_version(dashboard: Dashboard) -> None:
    headers = {"Idempotency-Key": "k"}
    first = create(dashboard, SPENDERS, headers=headers)
    id, etag = first.json["id"], first.headers["ETag"]
    dashboard.call(f"{PATH}/{id}", method="DELETE", headers={"If-Match": etag})

    again = create(dashboard, SPENDERS, headers=headers)

    assert again.json["id"] == id
    assert again.headers["ETag"] != etag


def test_a_preview_is_exactly_who_would_be_in_it(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    for number in range(8):
        shop.order(
            f"p{number}@example.org",
            50 * (number + 1),
            at=days_ago(number * 3),
            items=[item(f"p{number % 3}", 50)],
        )
    shop.order("elsewhere@example.org", 500, org=OTHER)
    tree = {
        "all": [
            {"field": "totalSpent", "operator": "at_least", "value": 100},
            {
                "any": [
                    {"event": "ordered", "product": "p1"},
                    {"not": {"event": "ordered", "when": {"inTheLastDays": 15}}},
                ]
            },
        ]
    }

    with metered(firestore_client) as meter:
        preview = dashboard.call(f"{PATH}:preview", method="POST", json={"definition": tree}).json
    assert (meter.documents_written, meter.documents_deleted) == (0, 0)
    id = created(dashboard, tree)
    reclassify(services)

    shown = dashboard.get(f"{PATH}/{id}")
    assert preview["customerCount"] == shown["customerCount"] == 5
    assert preview["lifetimeValue"] == shown["lifetimeValue"]
    assert preview["totalCustomers"] == 8
    assert preview["share"] == 5 / 8
    samples = {each["customerKey"] for each in preview["sampleCustomers"]}
    assert samples == members(firestore_client, id)
    assert meter.documents_read == 3 + 8 + len(samples)  # settings, customers, samples


def _last_step(client: firestore.Client) -> dict[str, Any]:
    steps = [s.to_dict() or {} for s in client.collection(paths.transitions(ORG)).stream()]
    return max(steps, key=lambda step: step["number"])
