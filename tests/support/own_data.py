"""Places that no other test uses: in the emulators that all share, and on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from google.cloud import firestore

from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tools.stack.ports import Ports, free_ports

MAXIMUM_BYTES_BILLED = 10**10


def own_project_id(purpose: str = "test") -> str:
    """A project that starts empty; digits only, so that no word a test looks for is in its name."""
    return f"demo-{purpose}-{uuid4().int % 10**14:014}"


@contextmanager
def own_client(project_id: str | None = None) -> Iterator[firestore.Client]:
    """The server's view of a project, past the rules; without `project_id` of a new one."""
    client = firestore.Client(project=project_id or own_project_id())
    yield client
    client.close()


@contextmanager
def own_warehouse() -> Iterator[Warehouse]:
    """A warehouse whose tables are there and empty."""
    client = bigquery_client("demo-test")
    dataset = f"test_{uuid4().hex}"
    found = Warehouse(client, dataset, maximum_bytes_billed=MAXIMUM_BYTES_BILLED)
    found.prepare()
    yield found
    client.delete_dataset(dataset, delete_contents=True)
    client.close()


def unused_ports() -> Ports:
    """Ports for a stack of its own."""
    functions, firestore_port, auth, bigquery, dashboard = free_ports(5)
    return Ports(
        functions=functions,
        firestore=firestore_port,
        auth=auth,
        bigquery=bigquery,
        dashboard=dashboard,
    )
