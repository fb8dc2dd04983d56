"""An installation with small limits."""

import pytest
from google.cloud import firestore

from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import ORG
from tests.web.limits.limited_calls import THRESHOLDS, limited


@pytest.fixture
def services(services: Services, firestore_client: firestore.Client) -> Services:
    return limited(services, firestore_client)


@pytest.fixture(autouse=True)
def saved_thresholds(dashboard: Dashboard, services: Services) -> None:
    """A version to go back to, and all twelve thresholds to send."""
    THRESHOLDS["thresholds"] = dashboard.get("/v1/settings/thresholds")["thresholds"]
    services.rules(ORG).save_thresholds(
        Thresholds(slipping_min_days=29), by="ann", source=ThresholdSource.API
    )
