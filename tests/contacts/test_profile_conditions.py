"""Custom segments of what the dashboard's documents say: in the commit that brings the profile."""

from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import firestore

from shared.history.counts_store import SegmentCounts
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from shared.services import Services
from tests.campaigns.crm import People
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, ORG, Shop, days_ago, key_of
from tools.rebuild import run_rebuild

ADA = "ada@example.org"
GOLD, TAGGED, REACHED = "cs_000000000001", "cs_000000000002", "cs_000000000003"
DEFINITIONS: dict[str, dict[str, Any]] = {
    GOLD: {"field": "loyaltyTier", "operator": "in", "value": ["gold", "platinum"]},
    TAGGED: {"field": "tags", "operator": "contains", "value": "Edibles"},
    REACHED: {"field": "emailConsent", "operator": "equals", "value": "granted"},
}


def define(services: Services, id: str, definition: dict[str, Any]) -> None:
    draft = Draft(name=id, description=None, definition=parse_definition(definition), filters=None)
    services.rules(ORG).change_custom_segment(
        id,
        lambda stored, before, at: (
            before or new_segment(id, draft, None, stored.definitions, by="ann", at=at)
        ),
    )


@pytest.fixture
def people(services: Services) -> People:
    for id, definition in DEFINITIONS.items():
        define(services, id, definition)
    return People(services)


@pytest.fixture
def members(services: Services, dashboard: Dashboard) -> Callable[[], list[list[str]]]:
    """The segments of the only customer, and those with a customer in the counters."""

    def read() -> list[list[str]]:
        (customer,) = dashboard.get("/v1/customers")["customers"]
        counts = SegmentCounts(services.client, ORG).segment_counts()
        counted = sorted(id for id, group in counts.custom.items() if group["customers"])
        return [customer["customSegments"], counted]

    return read


def test_a_profile_moves_its_customer_in_the_same_commit(
    services: Services, shop: Shop, people: People, members: Callable[[], list[list[str]]]
) -> None:
    shop.order(ADA, at=days_ago(3))
    assert members() == [[], []]

    people.put(ADA, id="one", tier="Gold", customTags=["edibles"])
    assert members() == [[GOLD, TAGGED, REACHED]] * 2

    people.put(ADA, id="two", emailConsent=False)
    assert members() == [[GOLD, TAGGED]] * 2

    people.put(ADA, id="one", tier={"name": "gold"}, customTags="edibles")
    assert members() == [[], []]

    people.put(ADA, id="one", tier="platinum")
    people.write("two", None)
    assert members() == [[GOLD, REACHED]] * 2
    assert not run_rebuild(services, ORG).differences

    last = services.client.collection(f"tenants/{ORG}/segment_transitions").where(
        filter=firestore.FieldFilter("customer_key", "==", key_of(ADA))
    )
    causes = [step.to_dict()["cause"]["kind"] for step in last.stream()]
    assert sorted(causes) == ["order"] + ["profile"] * 5


def test_a_first_order_joins_what_its_profile_asks_for(
    shop: Shop, people: People, members: Callable[[], list[list[str]]]
) -> None:
    people.put(ADA, tier="gold", emailUnsubscribedAt=NOW)
    shop.order(ADA, at=days_ago(3))
    assert members() == [[GOLD]] * 2
