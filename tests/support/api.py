"""The API on a real Firestore emulator, with a fixed clock."""

from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.contacts.customer_profile_store import CustomerProfiles
from shared.funnel.recorder_store import FunnelRecorder
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, SECRET, Shop

ORIGIN = "https://dashboard.example"


@pytest.fixture(scope="session")
def warm_emulator(firestore_emulator: str) -> None:
    """The emulator's first answers take seconds, which the API would not wait for."""
    client = firestore.Client(project="demo-test-warm")
    client.document("warm/up").set({"n": 1})
    list(client.collection("warm").where(filter=firestore.FieldFilter("n", "==", 1)).stream())
    client.close()


def services_on(client: firestore.Client) -> Services:
    """The product on this database, at `NOW`. Settings are read again by every call."""
    settings = Settings(
        counter_shards=2,
        settings_refresh_seconds=0,
        cors_origins=(ORIGIN,),
        # On a clock that stands still no call ever comes back; see test_limits.py.
        scans_per_account=None,
        scans_per_organization=None,
        changes_per_account=None,
        changes_per_organization=None,
        refreshes_per_organization=None,
        wordings_per_organization=None,
    )
    built = build_services(client, settings, SECRET)
    profiles = CustomerProfiles(
        client,
        built.store,
        built.organizations,
        SECRET,
        refresh_seconds=0,
        clock=lambda: NOW,
    )
    reclassifier = Reclassifier(
        FirestoreReclassifications(client, built.store),
        built.organizations,
        clock=lambda: NOW,
        settle_after=timedelta(minutes=10),
    )
    funnel = FunnelRecorder(client, built.organizations, SECRET, shards=2, clock=lambda: NOW)
    return replace(
        built,
        clock=lambda: NOW,
        reclassifier=lambda: reclassifier,
        funnel=lambda: funnel,
        profiles=lambda: profiles,
    )


@pytest.fixture
def services(warm_emulator: None, firestore_client: firestore.Client) -> Services:
    """The product on this test's project."""
    return services_on(firestore_client)


@pytest.fixture
def shop(services: Services) -> Shop:
    """Places orders, and has them counted as the trigger does."""
    return Shop(services)


@pytest.fixture
def dashboard(services: Services, project_id: str) -> Dashboard:
    """Calls the API as a signed-in account."""
    return Dashboard(services, project_id)
