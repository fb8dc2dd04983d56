"""The shop of the tests of the whole stack."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud import firestore

from shared.firestore import paths
from tests.e2e.calls import order
from tools.stack.local_stack import PROJECT, FirebaseEmulators
from tools.stack.ports import HOST


@pytest.fixture
def shop(
    emulators: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    """The shop's own connection to the database."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"{HOST}:{emulators.ports.firestore}")
    client = firestore.Client(project=PROJECT)
    yield client
    client.close()


LEAD_SECONDS = 40


@pytest.fixture(scope="session")
def aging(emulators: FirebaseEmulators) -> datetime:
    """Instant at which the only customer of `org_e2e` leaves `new`: while other tests run.

    The order is counted by then, also by functions that have only just started.
    """
    placed_at = datetime.now(UTC) - timedelta(days=30) + timedelta(seconds=LEAD_SECONDS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FIRESTORE_EMULATOR_HOST", f"{HOST}:{emulators.ports.firestore}")
        client = firestore.Client(project=PROJECT)
        client.document(paths.order("e2e 1")).set(order(placed_at, 40.0))
        client.close()
    return placed_at + timedelta(days=30)
