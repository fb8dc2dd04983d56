"""A shop whose ledger is exported."""

from dataclasses import replace

import pytest
from google.cloud import firestore

from functions import triggers
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.services import Services
from shared.warehouse.warehouse import Warehouse
from tests.functions.export_trigger.exported import SECRET, Shop


@pytest.fixture
def services(
    firestore_client: firestore.Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Services:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    built = replace(
        build_services(firestore_client, Settings(), SECRET), warehouse=lambda: warehouse
    )
    monkeypatch.setattr(triggers, "services", lambda: built)
    return built


@pytest.fixture
def shop(services: Services) -> Shop:
    return Shop(services.client)
