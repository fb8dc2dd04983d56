"""Hand-over: consent once more, the dashboard's shape, in pages, and never another's data."""

import csv
import io
from typing import Any

import pytest

from shared.campaigns import job
from shared.campaigns import store as campaign_store
from shared.campaigns.handover import handover
from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People, put_crowd
from tests.campaigns.handover.handed_over import (
    PATH,
    SIZE,
    channel_of,
    counted,
    create,
    hand_over,
    handed_over,
    recipients,
    root,
)
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import metered
from tests.support.shop import NOW, ORG, OTHER, Shop, days_ago


def file_of(dashboard: Dashboard, id: str, **query: Any) -> list[dict[str, str]]:
    response = dashboard.call(f"{PATH}/{id}/members", {"format": "csv", **query})
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def test_the_dashboard_gets_a_campaign_in_its_shape(
    dashboard: Dashboard, services: Services
) -> None:
    put_crowd(services, SIZE, firstName="Ada ")
    id = create(dashboard, holdoutShare=0.5, description="A word")
    made = handed_over(dashboard, id)
    treated = dashboard.get(f"{PATH}/{id}/members", {"kind": "treated", "pageSize": 100})["members"]
    assert 5 < len(treated) < SIZE - 5

    assert (made["status"], made["handover"]["status"]) == ("handed_over", "complete")
    assert made["handover"]["done"] == SIZE
    assert channel_of(made) == {
        "channel": "email",
        "dashboardCampaignId": id,
        "inDashboard": len(treated),
        "byFile": [],
        "dropped": [],
    }
    expected = {f"profile_{int(each['customerKey'], 16):06}" for each in treated}
    document = root(services.client, id)
    assert document is not None
    assert set(document["audience"]["customFilter"]["customerIds"]) == expected
    assert len(document["audience"]["customFilter"]["customerIds"]) == len(treated)
    assert document["audience"]["type"] == "custom"
    assert document["audience"]["resolvedCount"] == len(treated)
    assert {
        name: document[name] for name in ("orgId", "name", "description", "goal", "channels")
    } == {
        "orgId": ORG,
        "name": "Hello",
        "description": "A word",
        "goal": "awareness",
        "channels": ["email"],
    }
    # People write what it says; the dashboard checks it and sends it.
    assert (document["status"], document["content"]) == ("draft", {})
    assert document["performance"]["totalRecipients"] == len(treated)
    actual = recipients(services.client, id)
    assert actual.keys() == expected
    for profile_id, each in actual.items():
        assert {name: each[name] for name in each if name != "createdAt"} == {
            "campaignId": id,
            "customerId": profile_id,
            "email": f"c{profile_id.removeprefix('profile_')}@example.org",
            "phone": None,
            "firstName": "Ada",
            "segment": "new",
            "channel": "email",
            "status": "pending",
        }
    assert "example.org" not in str(
        [each.to_dict() for each in services.client.collection(paths.campaigns(ORG)).stream()]
    )


def test_whoever_may_not_be_written_to_any_more_is_dropped_for_a_reason(
    dashboard: Dashboard, services: Services, people: People, shop: Shop
) -> None:
    names = (
        *("kept", "unsubscribed", "denied", "archived", "test", "bounced", "gone", "moved"),
        *("erased", "late", "foreign"),
    )
    for name in names:
        shop.order(f"{name}@example.org", 10, at=days_ago(3), id=f"order_{name}")
        people.put(f"{name}@example.org", id=f"profile_{name}")
    id = create(dashboard)
    client = services.client

    people.put("unsubscribed@example.org", id="profile_unsubscribed", emailUnsubscribedAt=NOW)
    people.put("denied@example.org", id="profile_denied", emailConsent=False)
    people.put("archived@example.org", id="profile_archived", archived=True)
    people.put("test@example.org", id="profile_test", isTestAccount=True)
    points = client.collection(paths.contact_points(ORG))
    key = next(
        each["channels"][0]["consentDocument"]
        for each in dashboard.get(f"{PATH}/{id}/members")["members"]
    )
    assert key
    (bounced,) = [each for each in points.stream() if "profile_bounced" in each.get("profile_ids")]
    bounced.reference.update({"bounced_at": NOW})
    client.document(f"{paths.PROFILES}/profile_gone").delete()
    services.contacts().record("profile_gone")
    # Another address of the same customer: nobody agreed to that.
    customers = {
        each.get("contact.email"): each.reference
        for each in client.collection(paths.customers(ORG)).stream()
    }
    customers["moved@example.org"].update({"contact.email": "new@example.org"})
    customers["erased@example.org"].update({"contact.email": None, "erased_at": NOW})
    # Written, and the trigger has not run yet.
    client.document(f"{paths.PROFILES}/profile_late").update({"emailConsent": False})
    client.document(f"{paths.PROFILES}/profile_foreign").update({"orgId": OTHER})

    made = handed_over(dashboard, id)
    channel = channel_of(made)
    assert counted(channel["dropped"]) == {
        "no_address": 2,
        "test_or_archived": 2,
        "bounced_or_complained": 1,
        "unsubscribed": 1,
        "no_consent": 3,
    }
    assert (channel["inDashboard"], counted(channel["byFile"])) == (1, {"no_dashboard_id": 1})
    assert recipients(client, id).keys() == {"profile_kept"}
    rows = file_of(dashboard, id, kind="treated")
    assert len(rows) == len(names)
    assert [row["email"] for row in rows if row["email"]] == sorted(
        (row["email"] for row in rows if row["email"]), key=[row["email"] for row in rows].index
    )
    assert {row["email"] for row in rows} == {"", "kept@example.org", "foreign@example.org"}
    assert [row["inDashboard"] for row in rows if row["email"] == "kept@example.org"] == ["email"]
    assert all(row["leftOut"] for row in rows if not row["email"])


def test_text_messages_go_to_members_of_that_channel_only(
    dashboard: Dashboard, services: Services, people: People, shop: Shop
) -> None:
    """The dashboard writes to a customer on every channel of a campaign, consent or not."""
    for number, (email_consent, sms_consent) in enumerate(
        [(True, True), (True, False), (False, 1)]
    ):
        phone = f"+1555201334{number}"
        email = f"c{number}@example.org"
        shop.order(email, 10, at=days_ago(3), customer={"email": email, "phone": phone})
        people.put(
            email,
            id=f"profile_of_{number}",
            phone=phone,
            emailConsent=email_consent,
            smsConsent=bool(sms_consent),
        )
    id = create(dashboard, channels=["email", "sms"])
    made = handed_over(dashboard, id)
    assert channel_of(made)["dashboardCampaignId"] == id
    assert channel_of(made, "sms")["dashboardCampaignId"] == f"{id}_sms"
    for dashboard_id, channel, members in (
        (id, "email", {"profile_of_0", "profile_of_1"}),
        (f"{id}_sms", "sms", {"profile_of_0", "profile_of_2"}),
    ):
        document = root(services.client, dashboard_id)
        assert document is not None
        assert document["channels"] == [channel]
        assert set(document["audience"]["customFilter"]["customerIds"]) == members
        actual = recipients(services.client, dashboard_id)
        assert actual.keys() == members
        for each in actual.values():
            assert (each["email"] is None) == (channel == "sms")
            assert (each["phone"] is None) == (channel == "email")
    assert recipients(services.client, f"{id}_sms")["profile_of_2"]["phone"] == "+15552013342"


def test_what_the_dashboard_has_no_room_for_is_for_the_file(
    dashboard: Dashboard, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_crowd(services, SIZE)
    monkeypatch.setattr(handover, "MAX_IDS", 12)
    id = create(dashboard)
    channel = channel_of(handed_over(dashboard, id))
    assert (channel["inDashboard"], counted(channel["byFile"])) == (12, {"too_many": SIZE - 12})
    assert len(recipients(services.client, id)) == 12
    rows = file_of(dashboard, id)
    assert sum(row["inDashboard"] == "" for row in rows) == SIZE - 12
    assert all(row["email"] and row["customerId"] for row in rows)


def test_customers_whom_the_dashboard_does_not_know_are_for_the_file(
    dashboard: Dashboard, services: Services, shop: Shop
) -> None:
    shop.settings("analytics", {"emailConsent": "unless_unsubscribed"})
    for number in range(3):
        shop.order(f"c{number}@example.org", 10, at=days_ago(3))
    id = create(dashboard)
    made = handed_over(dashboard, id)
    assert made["status"] == "handed_over"
    assert channel_of(made)["dashboardCampaignId"] is None
    assert counted(channel_of(made)["byFile"]) == {"no_dashboard_id": 3}
    # A campaign that names nobody is one to everybody there.
    assert root(services.client, id) is None
    rows = file_of(dashboard, id)
    assert {(row["email"], row["customerId"]) for row in rows} == {
        (f"c{number}@example.org", "") for number in range(3)
    }


def test_a_repeated_call_changes_nothing(
    dashboard: Dashboard, services: Services, people: People
) -> None:
    put_crowd(services, 5)
    id = create(dashboard)
    first = handed_over(dashboard, id)
    services.client.document(paths.dashboard_campaign(id)).update({"name": "Edited there"})
    people.put("c000001@example.org", id="profile_000001", emailConsent=False)
    with metered(services.client) as meter:
        assert handed_over(dashboard, id) == first
    assert meter.documents_written == 0
    document = root(services.client, id)
    assert document is not None
    assert document["name"] == "Edited there"


def test_a_campaign_of_the_dashboard_is_never_overwritten(
    dashboard: Dashboard, services: Services
) -> None:
    put_crowd(services, 5)
    id = create(dashboard)
    theirs = {"orgId": ORG, "name": "Written by hand", "status": "scheduled"}
    foreign = {**theirs, "orgId": OTHER, "segmentCampaignId": id}
    for document in (theirs, foreign):
        services.client.document(paths.dashboard_campaign(id)).set(document)
        assert_problem(hand_over(dashboard, id), 409, "hand-over-failed")
        assert root(services.client, id) == document
        assert recipients(services.client, id) == {}
    assert dashboard.get(f"{PATH}/{id}")["status"] == "ready"
    services.client.document(paths.dashboard_campaign(id)).delete()
    assert handed_over(dashboard, id)["status"] == "handed_over"


def test_nobody_left_is_a_conflict_and_no_campaign(
    dashboard: Dashboard, services: Services, people: People
) -> None:
    put_crowd(services, 3)
    id = create(dashboard)
    for number in range(3):
        people.put(f"c{number:06}@example.org", id=f"profile_{number:06}", emailConsent=False)
    problem = assert_problem(hand_over(dashboard, id), 409, "hand-over-failed")
    assert "any more" in problem["detail"]
    assert (root(services.client, id), recipients(services.client, id)) == (None, {})
    now = dashboard.get(f"{PATH}/{id}")
    assert (now["status"], now["handover"]["status"]) == ("ready", "failed")
    assert counted(channel_of(now)["dropped"]) == {"no_consent": 3}


def test_only_a_ready_campaign_is_handed_over_and_by_whom_may(
    dashboard: Dashboard, services: Services
) -> None:
    put_crowd(services, 3)
    id = create(dashboard)
    assert hand_over(dashboard, id, role="budtender").status_code == 403
    assert_problem(hand_over(dashboard, id, orgId=OTHER), 404, "not-found")
    assert_problem(hand_over(dashboard, "sc_000000000000"), 404, "not-found")
    body = {"name": "Hello", "status": "cancelled"}
    dashboard.call(f"{PATH}/{id}", method="PUT", json=body, headers={"If-Match": "*"})
    problem = assert_problem(hand_over(dashboard, id), 409, "wrong-campaign-status")
    assert "is cancelled" in problem["detail"]
    # Of a cancelled campaign there is nobody to write to.
    assert {row["email"] for row in file_of(dashboard, id)} == {""}
    assert root(services.client, id) is None


def test_what_a_hand_over_costs(
    dashboard: Dashboard, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK_SIZE", 10)
    monkeypatch.setattr(campaign_store, "CHUNK_SIZE", 10)
    put_crowd(services, SIZE)
    id = create(dashboard)
    with metered(services.client) as meter:
        handed_over(dashboard, id)
    # The campaign twice and settings; whether there is one of the dashboard; per page the chunk,
    # what was there, the campaign and the id that documents name; per member the customer, the
    # address and the dashboard's document; and at the end each recipient and the campaign.
    chunks = SIZE // 10
    assert meter.documents_read == 2 + 3 + 1 + 4 * chunks + 3 * SIZE + SIZE + 1
    # Asked; per page the campaign; per member a recipient; both campaigns at the end.
    assert meter.documents_written == 1 + chunks + SIZE + 2
    with metered(services.client) as meter:
        assert len(file_of(dashboard, id)) == SIZE
    assert meter.documents_written == 0
