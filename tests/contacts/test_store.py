"""The dashboard's customers, by trigger and by backfill: who may be written to."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cloudevents.http import CloudEvent
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore

from functions import triggers
from functions.triggers import on_customer_written
from shared.contacts.contact_point import ContactPoint
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.segments.crm_profile import Consent
from shared.services import Services
from tests.support.events import call_trigger, document_event
from tests.support.firestore_world import ELSEWHERE
from tests.support.metered import After, Before, Meter, Plan, failing, metered
from tools.contacts_backfill import run_contacts_backfill

SECRET = b"a secret that is only used in tests"
ORG, OTHER = "org_north", "org_south"
EMAIL, PHONE = "ada@example.org", "5552013344"


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    services = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: services)
    for org in (ORG, OTHER):
        services.organizations.resolve(org)
        services.organizations.settings(org)
    return services


def customer(**fields: Any) -> dict[str, Any]:
    return {
        "orgId": ORG,
        "email": " Ada@Example.org",
        "phone": "+1 (555) 201-3344",
        "emailConsent": True,
        "smsConsent": False,
        "firstName": "Lovely",
        **fields,
    }


def write(client: firestore.Client, id: str, after: dict[str, Any] | None) -> CloudEvent:
    """Write a document and give its event."""
    reference = client.collection(paths.PROFILES).document(id)
    before = reference.get().to_dict()
    if after is None:
        reference.delete()
        return document_event(client, f"{paths.PROFILES}/{id}", before, None)
    reference.set(after)
    at = reference.get().update_time
    return document_event(client, f"{paths.PROFILES}/{id}", before, after, at=at)


def deliver(client: firestore.Client, event: CloudEvent) -> Meter:
    with metered(client) as meter:
        call_trigger(on_customer_written, event)
    return meter


def cost(meter: Meter) -> tuple[int, int]:
    return meter.documents_read, meter.documents_written + meter.documents_deleted


def point(
    client: firestore.Client, channel: Channel, address: str, org: str = ORG
) -> ContactPoint | None:
    points = ContactPoints(client, org, SECRET)
    return points.by_key([points.key(channel, address)]).get(points.key(channel, address))


def email_point(client: firestore.Client, address: str = EMAIL, org: str = ORG) -> ContactPoint:
    actual = point(client, Channel.EMAIL, address, org)
    assert actual is not None
    return actual


def everything(client: firestore.Client) -> dict[str, dict[str, Any]]:
    stored = {}
    for collection in (paths.CONTACT_POINTS, paths.CONTACT_LEDGER):
        for snapshot in client.collection_group(collection).stream():
            stored[snapshot.reference.path] = snapshot.to_dict() or {}
    return stored


def at_call(wanted: int, failure: Before | After) -> Plan:
    """Return a plan that fails the call of this number."""
    return lambda _called, number: failure if number == wanted else None


def test_a_document_costs_what_it_says(firestore_client: firestore.Client) -> None:
    client = firestore_client
    created = write(client, "org_north_17", customer())
    first = deliver(client, created)
    again = deliver(client, created)
    silent = deliver(client, write(client, "org_north_17", customer(points=5)))
    denied = deliver(client, write(client, "org_north_17", customer(emailConsent=False)))
    moved = deliver(
        client, write(client, "org_north_17", customer(emailConsent=False, email="b@example.org"))
    )

    assert [cost(each) for each in (first, again, silent, denied, moved)] == [
        # One read finds that no customer has its addresses, and the first one more that any could.
        (6, 3),
        (5, 0),
        (5, 1),
        (5, 2),
        (6, 3),
    ]


def test_what_is_kept_of_an_address(firestore_client: firestore.Client) -> None:
    deliver(firestore_client, write(firestore_client, f"org_north_phone_{PHONE}", customer()))

    by_email = email_point(firestore_client)
    by_text = point(firestore_client, Channel.SMS, PHONE)
    assert by_text is not None
    assert by_email.record.consent is Consent.GRANTED
    assert by_text.record.consent is Consent.DENIED
    assert by_email.id_templates == ("org_north_phone_{phone}",)
    stored = str(everything(firestore_client)).lower()
    for personal in (EMAIL, "lovely", PHONE, "201-3344"):
        assert personal not in stored


def test_the_log_holds_no_id_of_a_document(
    firestore_client: firestore.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    deliver(firestore_client, write(firestore_client, f"lead_{EMAIL}", customer()))

    assert any(record.message == "contacts_recorded" for record in caplog.records)
    assert EMAIL not in str([record.__dict__ for record in caplog.records])


def test_one_document_may_unsubscribe_what_another_granted(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    deliver(client, write(client, "a", customer()))
    assert not email_point(client).unsubscribed
    gone = datetime.now(UTC)
    unsubscribed = customer(emailConsent=None, emailUnsubscribedAt=gone)
    deliver(client, write(client, "b", unsubscribed))
    assert email_point(client).unsubscribed

    # Taking the mark away is no consent, and neither is deleting the document.
    deliver(client, write(client, "b", customer(emailConsent=None)))
    assert email_point(client).unsubscribed
    deliver(client, write(client, "b", None))
    assert email_point(client).unsubscribed

    deliver(client, write(client, "a", customer(emailConsent=None)))
    deliver(client, write(client, "a", customer()))
    assert not email_point(client).unsubscribed


def test_a_late_event_of_a_consent_lifts_no_later_unsubscription(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    deliver(client, write(client, "a", customer(emailConsent=None)))
    late = write(client, "a", customer())
    now = datetime.now(UTC)
    deliver(client, write(client, "b", customer(emailConsent=None, emailUnsubscribedAt=now)))
    # The document is seen for another reason first, and its consent might be of any time.
    deliver(client, write(client, "a", customer(points=1)))
    assert email_point(client).unsubscribed
    deliver(client, late)
    assert email_point(client).unsubscribed


def test_a_slow_clock_does_not_date_an_unsubscription_before_the_consent(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    slow = datetime.now(UTC) - timedelta(minutes=2)
    deliver(client, write(client, "a", customer()))
    deliver(client, write(client, "b", customer(emailConsent=None)))
    deliver(client, write(client, "b", customer(emailConsent=None, emailUnsubscribedAt=slow)))

    assert email_point(client).unsubscribed


def test_a_consent_does_not_move_to_a_person_who_unsubscribed(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    bob = "bob@example.org"
    deliver(client, write(client, "a", customer()))
    now = datetime.now(UTC)
    deliver(client, write(client, "b", customer(email=bob, emailUnsubscribedAt=now)))
    deliver(client, write(client, "a", customer(email=bob)))

    assert email_point(client, bob).unsubscribed
    assert email_point(client).record.consent is Consent.UNKNOWN


def test_a_document_that_changes_its_organisation_leaves_the_first(
    firestore_client: firestore.Client,
) -> None:
    client = firestore_client
    deliver(client, write(client, "a", customer()))
    deliver(client, write(client, "a", customer(orgId=OTHER)))

    assert email_point(client).record.consent is Consent.UNKNOWN
    assert email_point(client, org=OTHER).record.consent is Consent.GRANTED
    paths_written = {path for path in everything(client) if path.startswith(paths.TENANTS)}
    assert {path.split("/")[1] for path in paths_written} == {ORG, OTHER}


def test_organisations_share_nothing(firestore_client: firestore.Client) -> None:
    client = firestore_client
    deliver(client, write(client, "a", customer()))
    now = datetime.now(UTC)
    meter = deliver(client, write(client, "b", customer(orgId=OTHER, emailUnsubscribedAt=now)))

    assert not any(ORG in path.split("/") for path in meter.written)
    assert not email_point(client).unsubscribed
    assert email_point(client, org=OTHER).unsubscribed
    keys = {ContactPoints(client, org, SECRET).key(Channel.EMAIL, EMAIL) for org in (ORG, OTHER)}
    assert len(keys) == 2


def test_an_alias_names_its_organisation(
    firestore_client: firestore.Client, services: Services
) -> None:
    firestore_client.document(paths.alias("brand_7")).set({"org_id": ORG})
    deliver(firestore_client, write(firestore_client, "a", customer(orgId="brand_7")))

    assert email_point(firestore_client).record.consent is Consent.GRANTED


@pytest.mark.parametrize("org", [None, "", 7, "a/b", {"id": ORG}])
def test_a_document_of_no_organisation_says_nothing(
    firestore_client: firestore.Client, org: Any
) -> None:
    meter = deliver(firestore_client, write(firestore_client, "a", customer(orgId=org)))

    assert cost(meter) == (2, 1)
    assert all(path.startswith(paths.CONTACT_LEDGER) for path in everything(firestore_client))


def test_fields_that_cannot_be_decoded_grant_nothing(
    firestore_client: firestore.Client, services: Services
) -> None:
    client = firestore_client
    client.collection(paths.PROFILES).document("a").set(
        customer(emailConsent=ELSEWHERE, smsConsent=True)
    )
    run_contacts_backfill(services, ORG)

    assert email_point(client).record.consent is Consent.UNKNOWN
    assert not email_point(client).may_be_written_to(unless_unsubscribed=True)
    by_text = point(client, Channel.SMS, PHONE)
    assert by_text is not None
    assert by_text.record.consent is Consent.GRANTED


def test_placeholders_of_the_organisation_are_no_addresses(
    firestore_client: firestore.Client, services: Services
) -> None:
    firestore_client.document(paths.analytics_settings(ORG)).set({"placeholders": [EMAIL]})
    services.organizations.refreshed(ORG)
    deliver(firestore_client, write(firestore_client, "a", customer()))

    assert point(firestore_client, Channel.EMAIL, EMAIL) is None


def test_whatever_fails_a_later_delivery_makes_up_for(firestore_client: firestore.Client) -> None:
    client = firestore_client
    event = write(client, "a", customer())
    expected: dict[str, dict[str, Any]] | None = None
    failures: tuple[Before | After, ...] = (
        Before(ServiceUnavailable("")),
        After(ServiceUnavailable("")),
    )
    for failure in failures:
        for failed_call in range(1, 5):
            client.recursive_delete(client.collection(paths.TENANTS))
            client.recursive_delete(client.collection(paths.CONTACT_LEDGER))
            with failing(client, at_call(failed_call, failure)), suppress(ServiceUnavailable):
                call_trigger(on_customer_written, event)
            call_trigger(on_customer_written, event)
            stored = everything(client)
            assert stored
            assert expected is None or stored == expected
            expected = stored


def test_events_in_any_order_come_to_the_same(firestore_client: firestore.Client) -> None:
    """Two people, four documents, each event twice and in a random order, by four at once."""
    client = firestore_client
    random = Random(5)
    events = []
    final: dict[str, dict[str, Any] | None] = {}
    for _ in range(30):
        id = random.choice("abcd")
        final[id] = random.choice(
            [
                *([None] if final.get(id) else []),
                customer(
                    email=random.choice([EMAIL, "bob@example.org"]),
                    emailConsent=random.choice([True, False, None]),
                    smsConsent=random.choice([True, False, None]),
                    archived=random.choice([True, False]),
                ),
            ]
        )
        events.append(write(client, id, final[id]))
    deliveries = events * 2
    random.shuffle(deliveries)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda event: call_trigger(on_customer_written, event), deliveries))

    for address in (EMAIL, "bob@example.org"):
        said = {
            document["emailConsent"]
            for document in final.values()
            if document and document["email"] == address
        }
        actual = point(client, Channel.EMAIL, address)
        consent = actual.record.consent if actual else Consent.UNKNOWN
        assert consent is (
            Consent.DENIED
            if False in said
            else Consent.GRANTED
            if True in said
            else Consent.UNKNOWN
        )
    archived = [d for d in final.values() if d and d["archived"]]
    by_text = point(client, Channel.SMS, PHONE)
    assert by_text is not None
    assert by_text.test_or_archived == bool(archived)


def test_the_backfill_takes_in_what_is_there(
    firestore_client: firestore.Client, services: Services
) -> None:
    client = firestore_client
    for number in range(7):
        client.collection(paths.PROFILES).document(f"c{number}").set(
            customer(email=f"c{number}@example.org", phone=None)
        )
    client.collection(paths.PROFILES).document("theirs").set(customer(orgId=OTHER))

    assert run_contacts_backfill(services, ORG) == (7, 7, 0)
    assert point(client, Channel.EMAIL, EMAIL, OTHER) is None
    assert run_contacts_backfill(services, ORG) == (7, 0, 0)
    assert run_contacts_backfill(services, None) == (8, 2, 0)

    # Deleted while nobody was told.
    client.collection(paths.PROFILES).document("c3").delete()
    assert run_contacts_backfill(services, ORG) == (6, 0, 0)
    assert run_contacts_backfill(services, None) == (7, 0, 1)
    assert email_point(client, "c3@example.org").record.consent is Consent.UNKNOWN
    assert run_contacts_backfill(services, None) == (7, 0, 0)


def test_a_backfilled_consent_is_as_old_as_its_document(
    firestore_client: firestore.Client, services: Services
) -> None:
    client = firestore_client
    long_ago = datetime.now(UTC) - timedelta(days=400)
    unsubscribed = datetime.now(UTC) - timedelta(days=30)
    client.collection(paths.PROFILES).document("a").set(customer(createdAt=long_ago))
    client.collection(paths.PROFILES).document("b").set(
        customer(emailConsent=None, emailUnsubscribedAt=unsubscribed.isoformat())
    )
    run_contacts_backfill(services, None)
    assert email_point(client).unsubscribed

    agreed = customer(createdAt=long_ago, emailConsentAt=datetime.now(UTC) - timedelta(days=2))
    deliver(client, write(client, "a", agreed))
    assert not email_point(client).unsubscribed
