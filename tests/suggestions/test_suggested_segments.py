"""Suggestions and custom segments mean the same by the same filters."""

from random import Random

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, ORG, Shop, days_ago


@pytest.mark.parametrize("seed", range(3))
def test_every_suggestion_is_a_custom_segment_of_exactly_those_it_counts(
    dashboard: Dashboard,
    shop: Shop,
    services: Services,
    firestore_client: firestore.Client,
    seed: int,
) -> None:
    random = Random(seed)
    for number in range(60):
        first = random.randrange(1, 130)
        for _ in range(random.choice([1, 1, 2, 6, 9])):
            at = days_ago(random.choice([first, random.randrange(first), 23, 29, 30]))
            shop.order(f"p{number}@example.org", random.choice([5, 60, 90, 600]), at=at)

    suggestions = dashboard.get("/v1/segments/suggestions")["suggestions"]

    assert len(suggestions) >= 5
    for each in suggestions:
        body = {"filters": each["filters"]}
        actual = dashboard.call("/v1/custom-segments:preview", method="POST", json=body).json
        assert actual["customerCount"] == each["estimatedCount"], each["id"]
        assert actual["lifetimeValue"] == each["lifetimeValue"], each["id"]
        named = {"name": each["name"], "description": each["description"], **body}
        created = dashboard.call("/v1/custom-segments", method="POST", json=named)
        assert created.status_code == 201, created.text
        assert created.json["filters"] == each["filters"]
    services.reclassifier().run(ORG, NOW.replace(hour=23))
    listed = dashboard.get("/v1/custom-segments")["customSegments"]
    counts = {each["name"]: each["customerCount"] for each in listed}
    assert counts == {each["name"]: each["estimatedCount"] for each in suggestions}
    assert not any(each["stale"] for each in listed)
    customers = list(firestore_client.collection(paths.customers(ORG)).stream())
    for each in listed:
        inside = [c for c in customers if each["id"] in c.get("custom_segments")]
        assert len(inside) == each["customerCount"]
