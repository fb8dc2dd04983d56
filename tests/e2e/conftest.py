"""The shop of the tests of the whole stack."""

from collections.abc import Iterator

import pytest
from google.cloud import firestore

from tools.local_stack import PROJECT, FirebaseEmulators
from tools.ports import HOST


@pytest.fixture
def shop(
    emulators: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    """The shop's own connection to the database."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"{HOST}:{emulators.ports.firestore}")
    client = firestore.Client(project=PROJECT)
    yield client
    client.close()
