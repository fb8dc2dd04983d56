"""The installation that the trigger runs in."""

import pytest
from google.cloud import firestore

from functions import triggers
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.services import Services
from tests.functions.order_trigger.delivered import SECRET


@pytest.fixture(autouse=True)
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    services = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(triggers, "services", lambda: services)
    # An instance that has been up for a moment: it has the organisation's settings.
    services.organizations.resolve("org_north")
    services.organizations.settings("org_north")
    services.profiles().knows_anybody("org_north")
    return services
