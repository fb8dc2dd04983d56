"""The installation, and pages of a few customers."""

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.services import Services
from tests.support.world import SECRET, TIME_ZONES


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    """The product on this test's project."""
    for org, zone in TIME_ZONES.items():
        firestore_client.document(paths.analytics_settings(org)).set({"timeZone": zone})
    settings = Settings(counter_shards=2, settings_refresh_seconds=0)
    return build_services(firestore_client, settings, SECRET)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven customers make three pages, of two commits each."""
    monkeypatch.setattr("shared.reconciliation.stores.reclassification_store.PAGE_SIZE", 3)
    monkeypatch.setattr("shared.reconciliation.reclassification.COMMIT_SIZE", 2)
