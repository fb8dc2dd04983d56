"""Listeners in a browser: an order's effect arrives where it may, and nowhere else."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from shared.firestore import paths
from tests.browser.listening import Documents, Message, listening
from tests.support.shop import ORG, OTHER, Shop, days_ago, key_of

MEMBER = {"claims": {"role": "brand", "orgId": ORG}}
COUNTS = paths.segment_counts(ORG)
ADA = key_of("ada@example.org")
CUSTOMER = paths.customer(ORG, ADA)
STRANGERS: Mapping[str, Mapping[str, Any]] = {
    "member of another organisation": {"claims": {"role": "brand", "orgId": OTHER}},
    "super_user of another organisation": {"claims": {"role": "super_user", "orgId": OTHER}},
    "shopper": {"claims": {"role": "customer", "orgId": ORG}},
    "without a role": {"claims": {"orgId": ORG}},
    "not approved yet": {"claims": {**MEMBER["claims"], "approvalStatus": "pending"}},
    "not signed in": {},
}


def customers(shards: Documents) -> dict[str, int]:
    """Customers per segment, summed over the shards as the dashboard does."""
    actual: Counter[str] = Counter()
    for shard in shards.values():
        for segment, counts in shard.get("segments", {}).items():
            actual[segment] += counts["customers"]
    return {segment: count for segment, count in actual.items() if count}


def state(message: Message) -> tuple[str, int, int]:
    document = message.documents[ADA]
    return document["segment"], document["order_count"], document["lifetime_value_cents"]


def test_a_member_is_told_of_an_order(shop: Shop, project_id: str, firestore_emulator: str) -> None:
    shop.order(total=40, at=days_ago(40))
    with listening(
        [COUNTS, CUSTOMER], project=project_id, emulator=firestore_emulator, person=MEMBER
    ) as browser:
        browser.until(COUNTS, lambda shards: customers(shards) == {"slipping": 1})
        browser.until(CUSTOMER, lambda documents: documents[ADA]["segment"] == "slipping")
        shop.order(total=900, org=OTHER)
        shop.order(total=600)
        browser.until(COUNTS, lambda shards: customers(shards) == {"vip": 1})
        browser.until(CUSTOMER, lambda documents: documents[ADA]["segment"] == "vip")

    # The state at first, then one message for the order, and none for another organisation's.
    assert [state(message) for message in browser.messages(CUSTOMER)] == [
        ("slipping", 1, 40_00),
        ("vip", 2, 640_00),
    ]
    assert [customers(message.documents) for message in browser.messages(COUNTS)] == [
        {"slipping": 1},
        {"vip": 1},
    ]


def test_a_member_is_told_of_a_first_customer(
    shop: Shop, project_id: str, firestore_emulator: str
) -> None:
    with listening(
        [COUNTS, CUSTOMER], project=project_id, emulator=firestore_emulator, person=MEMBER
    ) as browser:
        for path in (COUNTS, CUSTOMER):
            assert browser.until(path, lambda _: True).documents == {}
        shop.order()
        browser.until(COUNTS, lambda shards: customers(shards) == {"new": 1})
        browser.until(CUSTOMER, lambda documents: ADA in documents)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_told_nothing(
    stranger: str, shop: Shop, project_id: str, firestore_emulator: str
) -> None:
    shop.order(total=40, at=days_ago(40))
    everything = [COUNTS, CUSTOMER, paths.customers(ORG), paths.transitions(ORG)]
    where = {"project": project_id, "emulator": firestore_emulator}
    with (
        listening(everything, **where, person=STRANGERS[stranger]) as browser,
        listening([COUNTS], **where, person=MEMBER) as members_browser,
    ):
        assert {browser.error(path) for path in everything} == {"permission-denied"}
        members_browser.until(COUNTS, lambda shards: customers(shards) == {"slipping": 1})
        shop.order(total=600)
        # By then there is something to tell.
        members_browser.until(COUNTS, lambda shards: customers(shards) == {"vip": 1})

    for path in everything:
        (only,) = browser.messages(path)
        assert only.documents == {}
