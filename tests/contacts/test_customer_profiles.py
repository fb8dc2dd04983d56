"""Profiles from the dashboard's documents, in the customers' own documents."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore

from shared.contacts.keyer import ContactKeyer
from shared.contacts.profile import Channel
from shared.contacts.store import DocumentWrite
from shared.contacts.suppression_store import ContactSuppressions
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.settings import Settings
from shared.reconciliation.erasure import erase
from shared.reconciliation.ports import Commit
from shared.segments.crm_profile import NO_PROFILE, Consent, CrmProfile, LoyaltyTier
from shared.segments.customer import Customer, CustomerId
from shared.segments.touch import EventKind
from shared.services import Services
from tests.campaigns.crm import People
from tests.support.metered import After, Before, Plan, failing, metered
from tests.support.shop import NOW, ORG, OTHER, SECRET, Shop, key_of
from tools.contacts_backfill import run_contacts_backfill, run_profiles_backfill
from tools.rebuild import run_rebuild

ADA = "ada@example.org"
PHONE = "+1 (555) 201-3344"


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


@pytest.fixture
def profile_of(services: Services) -> Callable[..., CrmProfile]:
    def read(email: str = ADA, org: str = ORG) -> CrmProfile:
        return customer(services, email, org).profile

    return read


def customer(services: Services, email: str = ADA, org: str = ORG) -> Customer:
    id = CustomerId(org, key_of(email, org))
    actual = services.store.read([], [], [id]).customers[id].value
    assert actual is not None
    return actual


def test_a_document_reaches_the_customer_with_its_address(
    shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order(ADA, org=ORG)
    shop.order(ADA, org=OTHER)
    assert profile_of() == NO_PROFILE

    people.put(f" {ADA.upper()} ", id=f"lead_{ADA}", firstName="Ada", tier="Gold", points=250)

    actual = profile_of()
    assert (actual.ids, actual.first_name) == ((f"lead_{ADA}",), "Ada")
    assert (actual.tier, actual.points) == (LoyaltyTier.GOLD, 250)
    assert actual.email_consent is not None
    assert actual.email_consent.consent is Consent.GRANTED
    assert actual.sms_consent is None
    assert profile_of(org=OTHER) == NO_PROFILE


def test_a_phone_number_is_found_however_it_was_written(
    shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order("", customer={"email": ADA, "phone": PHONE})
    people.put("", phone="555.201.3344", lastName="Byron", smsConsent=False)

    actual = profile_of()
    assert actual.last_name == "Byron"
    assert actual.sms_consent is not None
    assert actual.sms_consent.consent is Consent.DENIED


def test_a_first_order_picks_up_what_is_known(
    shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    people.put(ADA, tier="silver")
    shop.order(ADA)
    assert profile_of().tier is LoyaltyTier.SILVER


def test_an_order_with_another_address_brings_another_profile(
    shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    people.put("", phone=PHONE, smsConsent=True)
    people.put("", phone="5552013355", smsConsent=False)
    for phone in (PHONE, "5552013355"):
        shop.order("", customer={"email": ADA, "phone": phone})
    actual = profile_of()
    assert actual.sms_consent is not None
    assert actual.sms_consent.consent is Consent.DENIED


def test_what_an_order_costs(warm_emulator: None, firestore_client: firestore.Client) -> None:
    services = build_services(firestore_client, Settings(), SECRET)
    shop, people = Shop(services), People(services)

    def cost(email: str) -> tuple[int, int]:
        document = {
            "orgId": ORG,
            "status": "completed",
            "createdAt": utc_now(),
            "customer": {"email": email},
            "totals": {"total": 10},
        }
        (_, reference) = firestore_client.collection(paths.ORDERS).add(document)
        with metered(firestore_client) as meter:
            services.reconciler.reconcile(reference.id, hints=[document])
        return meter.documents_read, meter.documents_written

    shop.order("bob@example.org", at=utc_now())
    # A first order takes a step, which is a write more.
    assert [cost(ADA), cost(ADA)] == [(3, 5), (3, 4)]

    people.put("grace@example.org", tier="gold")
    # The customer once more, the address and the document; the customer is written once more.
    assert [cost("grace@example.org"), cost("grace@example.org")] == [(3 + 3, 5 + 1), (3, 4)]
    assert [cost("nobody@example.org"), cost("nobody@example.org")] == [(3 + 2, 5 + 1), (3, 4)]
    # A customer from before the first document is looked up once.
    assert [cost(ADA), cost(ADA)] == [(3 + 2, 4 + 1), (3, 4)]


def test_a_document_that_moves_leaves_its_first_customer(
    shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    bob = "bob@example.org"
    shop.order(ADA)
    shop.order(bob)
    shop.order(bob, org=OTHER)
    people.put(ADA, id="one", tier="gold")
    people.put(bob, id="one", tier="gold")
    assert (profile_of().ids, profile_of(bob).ids) == ((), ("one",))
    people.put(bob, id="one", org=OTHER, tier="gold")
    assert (profile_of(bob).ids, profile_of(bob, OTHER).ids) == ((), ("one",))
    people.write("one", None)
    assert profile_of(bob, OTHER).tier is None


def test_an_erased_customer_has_no_profile_and_gets_none(
    services: Services, shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order(ADA)
    people.put(ADA, id="one", firstName="Ada")
    moment = services.organizations.settings(ORG).moment(utc_now())
    erase(CustomerId(ORG, key_of(ADA)), services.store, lambda _: moment)
    assert profile_of() == NO_PROFILE

    people.put(ADA, id="one", firstName="Ada", points=7)
    shop.order(ADA)
    run_profiles_backfill(services, None)
    stored = services.client.document(paths.customer(ORG, key_of(ADA))).get().to_dict()
    assert profile_of() == NO_PROFILE
    assert "ada" not in str(stored).lower()


def test_a_rebuild_keeps_the_profile(
    services: Services, shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order(ADA)
    people.put(ADA, tier="gold")
    known = profile_of()
    assert not run_rebuild(services, ORG).differences

    path = paths.customer(ORG, key_of(ADA))
    services.client.document(path).update({"order_count": 7})
    assert run_rebuild(services, ORG).differences
    assert profile_of() == known
    assert known.tier is LoyaltyTier.GOLD


def test_the_backfill_brings_profiles_to_customers_of_before(
    services: Services, shop: Shop, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order(ADA)
    # As version 0.3 wrote it.
    services.client.document(paths.customer(ORG, key_of(ADA))).update(
        {"profile": firestore.DELETE_FIELD, "contact.addresses": firestore.DELETE_FIELD}
    )
    document = {"orgId": ORG, "email": ADA, "tier": "gold"}
    services.client.collection(paths.PROFILES).document("one").set(document)
    run_contacts_backfill(services, None)

    assert run_profiles_backfill(services, None) == (1, 1)
    assert run_profiles_backfill(services, ORG) == (1, 0)
    assert profile_of().tier is LoyaltyTier.GOLD
    stored = services.client.document(paths.customer(ORG, key_of(ADA))).get().to_dict() or {}
    assert stored["contact"]["addresses"] == [ADA]


def test_a_message_refused_reaches_the_profile(
    services: Services, shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    shop.order(ADA)
    people.put(ADA)
    key = ContactKeyer(services.secret).point(ORG, Channel.EMAIL, ADA)
    suppressions = ContactSuppressions(services.client, ORG)
    (point,) = suppressions.points([key]).values()
    assert point.value is not None
    refused = point.value.suppressed(EventKind.UNSUBSCRIBED, utc_now())
    write = suppressions.write(key, refused, point.revision)
    services.store.commit(Commit(others=[write], recorded_at=utc_now()))

    assert services.profiles().after_messages(ORG, [key]) == 1
    actual = profile_of().email_consent
    assert actual is not None
    assert (actual.consent, actual.unsubscribed) == (Consent.DENIED, True)


def test_whatever_fails_a_repetition_makes_up_for(
    services: Services, shop: Shop, profile_of: Callable[..., CrmProfile]
) -> None:
    client = services.client
    document: dict[str, Any] = {"orgId": ORG, "email": ADA, "tier": "gold"}
    order = {
        "orgId": ORG,
        "status": "completed",
        "createdAt": NOW,
        "customer": {"email": ADA},
        "totals": {"total": 10},
    }
    profile = client.collection(paths.PROFILES).document("one")
    profile.set(document)
    services.contacts().record("one")

    def counted(number: int) -> None:
        services.reconciler.reconcile(f"o{number}", hints=[order])

    def taken_in(number: int) -> None:
        services.contacts().record("one")
        written = DocumentWrite(before=document, after=document | {"points": number}, at=utc_now())
        services.profiles().after_write(written)

    number = 0
    for failure in (Before(ServiceUnavailable("")), After(ServiceUnavailable(""))):
        for call in range(1, 7):
            number += 1
            client.recursive_delete(client.collection(paths.customers(ORG)))
            client.recursive_delete(client.collection(paths.transitions(ORG)))
            client.recursive_delete(client.collection(paths.LEDGER))
            client.document(paths.order(f"o{number}")).set(order)
            with failing(client, at_call(call, failure)), suppress(ServiceUnavailable):
                counted(number)
            counted(number)
            assert profile_of().tier is LoyaltyTier.GOLD
            profile.update({"points": number})
            with failing(client, at_call(call, failure)), suppress(ServiceUnavailable):
                taken_in(number)
            taken_in(number)
            assert profile_of().points == number


def test_an_order_and_a_document_at_once_find_each_other(
    services: Services, shop: Shop, people: People, profile_of: Callable[..., CrmProfile]
) -> None:
    people.put("bob@example.org")
    shop.order("bob@example.org")
    addresses = [f"c{number}@example.org" for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        done = [
            threads.submit(work, address)
            for address in addresses
            for work in (shop.order, lambda email: people.put(email, id=email, tier="gold"))
        ]
    for each in done:
        each.result()
    assert [profile_of(address).tier for address in addresses] == [LoyaltyTier.GOLD] * 12


def at_call(wanted: int, failure: Before | After) -> Plan:
    """Return a plan that fails the call of this number."""
    return lambda _called, number: failure if number == wanted else None
