"""Events of messages: counted once per member and type, credited, and believed about consent."""

import json
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.cloud import firestore

from shared.campaigns.events.counter_store import CampaignCounters
from shared.campaigns.store import CampaignStore
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People
from tests.campaigns.events.sent import FROZEN_AT, PEOPLE, counted, event, keys, statuses
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import After, Before, Plan, failing, metered
from tests.support.shop import NOW, ORG, OTHER, Shop, key_of


def post(dashboard: Dashboard, campaign: dict[str, Any], *events: dict[str, Any]) -> Any:
    response = dashboard.call(
        f"/v1/campaigns/{campaign['id']}/events", method="POST", json={"events": list(events)}
    )
    assert response.status_code == 200, response.text
    return response.json


def point_of(services: Services, email: str) -> Any:
    points = ContactPoints(services.client, ORG, services.secret)
    key = points.key(Channel.EMAIL, email)
    return points.by_key([key])[key]


def test_events_count_once_per_member_and_type_whatever_comes_when(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any], treated: list[str]
) -> None:
    first, second, third = treated[:3]
    opened = event("opened", customerKey=first)
    answered = post(
        dashboard, campaign, opened, opened, event("sent", customerKey=first, channel="email")
    )
    assert statuses(answered) == ["recorded", "duplicate", "recorded"]
    assert (answered["recorded"], answered["duplicates"], answered["refused"]) == (2, 1, 0)

    again = [event(type, customerKey=first) for type in ("sent", "opened", "clicked")]
    assert statuses(post(dashboard, campaign, *again)) == ["duplicate", "duplicate", "recorded"]
    post(dashboard, campaign, *(event("sent", customerKey=key) for key in (second, third)))
    assert counted(services, campaign) == {"sent": 3, "opened": 1, "clicked": 1}

    counters = CampaignCounters(services.client, ORG).of(campaign["id"])
    assert counters.channels == {"email": {"sent": 3, "opened": 1, "clicked": 1}}
    assert counters.segments == {"new": {"sent": 3, "opened": 1, "clicked": 1}}


def test_a_message_sent_costs_1_read_and_2_writes(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    """And per call a read of the campaign, a write of the counters, and here, where nothing is kept
    in memory, three reads of settings."""
    per_call = 1 + 3
    first, *others = treated
    post(dashboard, campaign, event("sent", at=FROZEN_AT, customerKey=first))
    events = [event("sent", customerKey=key) for key in others]

    with metered(firestore_client) as meter:
        post(dashboard, campaign, *events)
    assert meter.documents_read == per_call + len(others)
    assert meter.documents_written == 2 * len(others) + 1
    assert meter.commits == 1

    with metered(firestore_client) as meter:
        assert set(statuses(post(dashboard, campaign, *events))) == {"duplicate"}
    assert meter.documents_read == per_call + len(others)
    assert meter.documents_written == 0

    with metered(firestore_client) as meter:
        post(dashboard, campaign, event("delivered", customerKey=first))
    assert (meter.documents_read, meter.documents_written) == (per_call + 1, 2)

    with metered(firestore_client) as meter:
        post(dashboard, campaign, event("unsubscribed", customerKey=first))
    # The customer whose profile names the address is found and looked up: customer, address and
    # document, and seven of settings. The customer is written once more.
    profile = 1 + 3 + 7
    assert (meter.documents_read, meter.documents_written) == (per_call + 2 + profile, 3 + 1)


def test_orders_after_a_message_are_credited_and_follow_every_edit(
    dashboard: Dashboard,
    services: Services,
    shop: Shop,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    email = next(email for email in PEOPLE if key_of(email) == treated[0])
    post(dashboard, campaign, event("sent", at=FROZEN_AT, customerKey=treated[0]))
    order = shop.order(email, 50, at=NOW - timedelta(hours=3))
    credit = CampaignCounters(services.client, ORG).of(campaign["id"]).credit
    assert (credit["orders"], credit["revenue_cents"]) == (1, 5000)
    assert credit["engaged_orders"] == 0

    post(dashboard, campaign, event("opened", customerKey=treated[0]))
    shop.order(email, 50, at=NOW - timedelta(hours=3), id=order, paymentStatus="refunded")
    counters = CampaignCounters(services.client, ORG).of(campaign["id"]).without_zeros()
    assert not counters.credit
    assert not counters.days


def test_who_was_not_written_to_is_said_and_nothing_is_counted(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any], treated: list[str]
) -> None:
    (held_out, *_), (left_out, *_) = (
        keys(dashboard, campaign, kind) for kind in ("held_out", "left_out")
    )
    answered = post(
        dashboard,
        campaign,
        event("sent", customerKey=held_out),
        event("sent", customerKey=left_out),
        event("sent", customerKey=key_of("stranger@example.org")),
        event("sent", contactPoint="0" * 32),
        event("unsubscribed", contactPoint="0" * 32),
        event("sent", customerId="profile_of_nobody"),
        event("sent", at=FROZEN_AT - timedelta(seconds=1), customerKey=treated[0]),
        event("sent", at=NOW + timedelta(minutes=6), customerKey=treated[0]),
    )
    assert statuses(answered) == [
        "held_out",
        "left_out",
        *["unknown_member"] * 4,
        "before_freezing",
        "in_the_future",
    ]
    assert answered["refused"] == 8
    assert counted(services, campaign) == {}
    assert dashboard.get(f"/v1/campaigns/{campaign['id']}")["status"] == "ready"
    for key in (held_out, left_out, treated[0]):
        customer = services.client.document(paths.customer(ORG, key)).get()
        assert customer.get("touches") == []
    assert not services.client.document(paths.contact_point(ORG, "0" * 32)).get().exists


def test_an_unsubscription_is_believed_of_everybody(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any], treated: list[str]
) -> None:
    (held_out, *_) = keys(dashboard, campaign, "held_out")
    emails = {key_of(email): email for email in PEOPLE}
    answered = post(
        dashboard,
        campaign,
        event("unsubscribed", customerKey=treated[0]),
        event("bounced", customerKey=treated[1]),
        event("complained", customerKey=treated[2]),
        event("unsubscribed", customerKey=held_out),
        event("sent", customerKey=treated[3]),
    )
    assert statuses(answered) == [*["recorded"] * 3, "consent_only", "recorded"]
    assert counted(services, campaign) == {
        "unsubscribed": 1,
        "bounced": 1,
        "complained": 1,
        "sent": 1,
    }
    assert point_of(services, emails[treated[0]]).unsubscribed
    assert point_of(services, emails[held_out]).unsubscribed
    assert point_of(services, emails[treated[1]]).undeliverable
    assert point_of(services, emails[treated[2]]).undeliverable
    reach = dashboard.get("/v1/campaigns:prefill", {"segment": "new"})["reach"]
    assert {each["reason"]: each["customers"] for each in reach["leftOut"]} == {
        "no_consent": 1,
        "bounced_or_complained": 2,
        "unsubscribed": 2,
        "contacted_recently": 1,
    }


def test_a_later_unsubscription_counts_although_the_first_was_recorded(
    dashboard: Dashboard,
    services: Services,
    people: People,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    """The customer agreed again in between."""
    email = next(email for email in PEOPLE if key_of(email) == treated[0])
    post(dashboard, campaign, event("unsubscribed", at=FROZEN_AT, customerKey=treated[0]))
    granted = FROZEN_AT + timedelta(milliseconds=1)
    people.put(email, id=f"profile_{email[:3]}", emailConsentAt=granted)
    assert not point_of(services, email).unsubscribed

    second = event("unsubscribed", customerKey=treated[0])
    assert statuses(post(dashboard, campaign, second)) == ["duplicate"]
    assert point_of(services, email).unsubscribed


def test_a_member_may_be_named_by_what_a_sender_knows(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any], treated: list[str]
) -> None:
    emails = {key_of(email): email for email in PEOPLE}
    point = ContactKeyer(services.secret).point(ORG, Channel.EMAIL, emails[treated[2]])
    answered = post(
        dashboard,
        campaign,
        event("sent", customerKey=treated[0]),
        event("sent", recipientId=treated[1]),
        event("sent", contactPoint=point),
        event("sent", customerId=f"profile_{emails[treated[3]][:3]}"),
    )
    assert statuses(answered) == ["recorded"] * 4
    for key in treated[:4]:
        customer = services.client.document(paths.customer(ORG, key)).get()
        assert [touch["campaign_id"] for touch in customer.get("touches")] == [campaign["id"]]


def test_a_customer_of_another_organisations_dashboard_is_unknown(
    dashboard: Dashboard,
    services: Services,
    people: People,
    campaign: dict[str, Any],
) -> None:
    theirs = people.put(PEOPLE[0], org=OTHER, id="theirs")
    answered = post(dashboard, campaign, event("unsubscribed", customerId=theirs))
    assert statuses(answered) == ["unknown_member"]
    assert not point_of(services, PEOPLE[0]).unsubscribed


def test_the_first_message_sent_makes_the_campaign_sent_at_its_instant(
    dashboard: Dashboard, campaign: dict[str, Any], treated: list[str]
) -> None:
    path = f"/v1/campaigns/{campaign['id']}"
    post(dashboard, campaign, event("opened", customerKey=treated[0]))
    assert dashboard.get(path)["status"] == "ready"
    for at, expected in ((3, 3), (5, 3), (2, 2)):
        sent = event("sent", at=FROZEN_AT + timedelta(seconds=at), customerKey=treated[at])
        post(dashboard, campaign, sent)
        shown = dashboard.get(path)
        assert shown["status"] == "sent"
        assert datetime.fromisoformat(shown["sentAt"]) == FROZEN_AT + timedelta(seconds=expected)


def test_a_campaign_without_an_audience_takes_no_events(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any], treated: list[str]
) -> None:
    document = services.client.document(paths.campaign(ORG, campaign["id"]))
    for status in ("freezing", "failed"):
        document.update({"status": status})
        response = dashboard.call(
            f"/v1/campaigns/{campaign['id']}/events",
            method="POST",
            json={"events": [event("sent", customerKey=treated[0])]},
        )
        assert status in assert_problem(response, 409, "wrong-campaign-status")["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"channel": "sms"}, "/events/0/channel"),
        ({"type": "forwarded"}, "/events/0/type"),
        ({"at": "2026-11-28T09:30:00"}, "/events/0/at"),
        ({"contactPoint": "x"}, "/events/0"),
        ({"customerKey": None}, "/events/0"),
        ({"id": ""}, "/events/0/id"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(
    dashboard: Dashboard,
    services: Services,
    campaign: dict[str, Any],
    treated: list[str],
    changes: dict[str, Any],
    pointer: str,
) -> None:
    wrong = event("sent", customerKey=treated[0]) | changes
    response = dashboard.call(
        f"/v1/campaigns/{campaign['id']}/events",
        method="POST",
        json={"events": [wrong, event("sent", customerKey=treated[1])]},
    )
    assert_problem(response, 400, "invalid-body", pointers=[pointer])
    assert counted(services, campaign) == {}


def at_call(number: int, failure: Before | After) -> Plan:
    """Fails at the call of this number, whatever it calls."""
    calls = count(1)
    return lambda called, _: failure if next(calls) == number else None


def test_a_batch_that_fails_anywhere_is_made_whole_by_sending_it_again(
    dashboard: Dashboard,
    services: Services,
    firestore_client: firestore.Client,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    """Ended before or after each call to the database in turn, with the answer lost."""
    path = f"/v1/campaigns/{campaign['id']}/events"
    expected: dict[str, int] = {}
    for number in range(1, 8):
        for failure in (Before(RuntimeError("ended")), After(RuntimeError("ended"))):
            key = treated[len(expected) % len(treated)]
            events = [event(type, customerKey=key) for type in ("sent", "unsubscribed")]
            expected[key] = 1
            with failing(firestore_client, at_call(number, failure)):
                dashboard.call(path, method="POST", json={"events": events})
            post(dashboard, campaign, *events)
            assert counted(services, campaign) == {
                "sent": len(expected),
                "unsubscribed": len(expected),
            }
    campaign_now = CampaignStore(services.client, ORG).campaign(campaign["id"])
    assert campaign_now is not None
    assert campaign_now.status == "sent"


def test_a_message_moves_its_member_between_custom_segments_in_its_own_commit(
    dashboard: Dashboard,
    services: Services,
    shop: Shop,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    """And time moves the member out again, at the exact instant."""
    received = {"event": "received", "campaign": campaign["id"], "when": {"inTheLastDays": 7}}
    body = {"name": "Written to", "definition": received}
    made = dashboard.call("/v1/custom-segments", method="POST", json=body).json
    services.reclassifier().run(ORG, NOW + timedelta(hours=1))
    sent_at = NOW - timedelta(hours=1)

    post(dashboard, campaign, event("sent", at=sent_at, customerKey=treated[0]))
    customers = services.client.collection(paths.customers(ORG))
    actual = customers.where(
        filter=firestore.FieldFilter("custom_segments", "array_contains", made["id"])
    )
    assert [each.id for each in actual.stream()] == [treated[0]]
    shown = customers.document(treated[0]).get()
    assert shown.get("next_transition_at") == sent_at + timedelta(days=7)
    timeline = dashboard.get(f"/v1/customers/{treated[0]}/timeline")["entries"]
    assert any("campaign" in json.dumps(entry) for entry in timeline)

    shop.age(at=sent_at + timedelta(days=7) - timedelta(microseconds=1))
    assert len(list(actual.stream())) == 1
    shop.age(at=sent_at + timedelta(days=7))
    assert list(actual.stream()) == []
    preview = dashboard.call(
        "/v1/custom-segments:preview", method="POST", json={"definition": received}
    )
    assert preview.status_code == 200, preview.text
    assert preview.json["customerCount"] == 1
