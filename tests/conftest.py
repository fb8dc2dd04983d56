"""Fixtures that every kind of test may use."""

import signal
from collections.abc import Iterator
from uuid import uuid4

import pytest
from google.cloud import firestore

from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tools import local_stack
from tools.bigquery_emulator import bigquery_emulator
from tools.ports import HOST

MAXIMUM_BYTES_BILLED = 10**10


def pytest_configure() -> None:
    """Let programs under test be interrupted: a shell has those in its background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def firestore_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a Firestore emulator with the repository's rules, one for the whole run.

    The Google libraries find it in the environment. Tests share it, and keep apart by project.
    """
    with (
        local_stack.firestore_emulator(log_folder=tmp_path_factory.mktemp("emulator")) as emulator,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in emulator.environment.items():
            environment.setenv(name, value)
        # Nothing listens there: the variable alone makes unsigned test tokens count.
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"{HOST}:9")
        yield emulator.address


@pytest.fixture
def project_id() -> str:
    """A project of this test's own: it starts empty, and nobody else sees it."""
    return f"demo-test-{uuid4().hex[:12]}"


@pytest.fixture
def firestore_client(firestore_emulator: str, project_id: str) -> Iterator[firestore.Client]:
    """The server's view of this test's project, past the rules."""
    client = firestore.Client(project=project_id)
    yield client
    client.close()


@pytest.fixture(scope="session")
def bigquery_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a BigQuery emulator, one for the whole run.

    The library finds it in the environment. Tests share it, and keep apart by dataset.
    """
    with (
        bigquery_emulator(log_folder=tmp_path_factory.mktemp("bigquery")) as emulator,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in emulator.environment.items():
            environment.setenv(name, value)
        yield emulator.host


@pytest.fixture
def warehouse(bigquery_host: str) -> Iterator[Warehouse]:
    """A warehouse of this test's own: its tables are there and empty, and nobody else sees it."""
    client = bigquery_client("demo-test")
    dataset = f"test_{uuid4().hex}"
    found = Warehouse(client, dataset, maximum_bytes_billed=MAXIMUM_BYTES_BILLED)
    found.prepare()
    yield found
    client.delete_dataset(dataset, delete_contents=True)
    client.close()
