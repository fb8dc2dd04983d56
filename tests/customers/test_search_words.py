"""Search words that an earlier version stored are brought up to date by a rebuild."""

from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.stores.search_words import refresh_search_words
from tests.customers.people import Person
from tests.support.metered import metered
from tests.support.shop import ORG, SECRET, Shop, key_of
from tools.rebuild import run_rebuild

BEFORE = {"contact.search": ["łu", "łuk"], "contact.sort_name": "łukasz"}


def test_a_rebuild_brings_words_of_version_0_3_up_to_date(
    firestore_client: firestore.Client,
) -> None:
    services = build_services(firestore_client, Settings(settings_refresh_seconds=0), SECRET)
    Shop(services).order("l@example.org", customerName="Łukasz")
    customer = firestore_client.document(paths.customer(ORG, key_of("l@example.org")))
    customer.update(BEFORE)

    assert run_rebuild(services, ORG).differences == []

    contact = customer.get().get("contact")
    assert "lukas" in contact["search"]
    assert contact["sort_name"] == "lukasz"


def test_only_outdated_words_are_written(firestore_client: firestore.Client) -> None:
    people = [Person(key=f"{number:032x}", name="Łukasz") for number in range(3)]
    for person in people:
        firestore_client.document(paths.customer(ORG, person.key)).set(person.stored(ORG))
    firestore_client.document(paths.customer(ORG, people[1].key)).update(BEFORE)

    with metered(firestore_client) as meter:
        assert refresh_search_words(firestore_client, ORG) == 1
    assert (meter.documents_read, meter.documents_written) == (3, 2)  # the customer, the pages
    assert refresh_search_words(firestore_client, ORG) == 0
