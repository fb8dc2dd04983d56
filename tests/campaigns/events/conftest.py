"""A campaign whose audience is frozen."""

import copy
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.campaigns.crm import People
from tests.campaigns.events.sent import FROZEN_AT, PEOPLE, keys
from tests.support.api import services_on
from tests.support.copied import Documents, documents_of, write_copy
from tests.support.dashboard import Dashboard
from tests.support.own_data import own_client
from tests.support.shop import ORG, Shop, days_ago


@pytest.fixture
def people(services: Services) -> People:
    return People(services)


@pytest.fixture(scope="module")
def frozen(warm_emulator: None) -> tuple[Documents, Any]:
    with own_client() as client:
        services = services_on(client)
        shop, people = Shop(services), People(services)
        for number, email in enumerate([*PEOPLE, "left@example.org"]):
            shop.order(email, 10 + number, at=days_ago(3))
            people.put(
                email,
                id=f"profile_{email[:3]}",
                emailConsent=email in PEOPLE,
                emailConsentAt=days_ago(30),
            )
        body = {"name": "Back", "segment": "new", "channels": ["email"], "holdoutShare": 0.3}
        # The same arms at every run.
        header = {"Idempotency-Key": "events"}
        dashboard = Dashboard(services, client.project)
        response = dashboard.call("/v1/campaigns", method="POST", json=body, headers=header)
        assert response.status_code == 201, response.text
        made = response.json
        assert made is not None
        # By the database's clock, which is another one.
        client.document(paths.campaign(ORG, made["id"])).update({"frozen_at": FROZEN_AT})
        return documents_of(client), made


@pytest.fixture
def campaign(frozen: tuple[Documents, Any], firestore_client: firestore.Client) -> Any:
    """Of ten customers with consent, some of whom are held out, and one without."""
    documents, made = frozen
    write_copy(documents, firestore_client)
    return copy.deepcopy(made)


@pytest.fixture
def treated(dashboard: Dashboard, campaign: dict[str, Any]) -> list[str]:
    return keys(dashboard, campaign, "treated")
