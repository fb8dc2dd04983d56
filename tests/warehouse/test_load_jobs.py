"""Load jobs that were begun before: the emulator gives uploads ids of its own, so this server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import fact_row

ROWS = [fact_row("o1", ordered_at=datetime(2026, 3, 8, tzinfo=UTC))]
FAILED = {"reason": "backendError", "message": "on purpose"}


class Jobs(ThreadingHTTPServer):
    """BigQuery as far as load jobs go: an id is taken once, and jobs are found where they run."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.states: dict[str, dict[str, Any]] = {}
        """By id; those of earlier runs are put here by the tests."""
        self.loaded: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Resumable uploads, jobs and the dataset."""

    server: Jobs

    def do_POST(self) -> None:
        """Begin an upload, unless the id is taken."""
        id = json.loads(self._body())["jobReference"]["jobId"]
        if id in self.server.states:
            self._answer(409, {"error": {"code": 409, "message": "Already Exists: Job"}})
        else:
            self._answer(200, {}, Location=f"http://{self.headers['Host']}/put/{id}")

    def do_PUT(self) -> None:
        """Take the content of an upload."""
        id = self.path.rpartition("/")[2]
        self._body()
        self.server.states[id] = {"state": "DONE"}
        self.server.loaded.append(id)
        self._answer(200, self._job(id))

    def do_GET(self) -> None:
        """A job or the dataset."""
        path, _, arguments = self.path.partition("?")
        id = path.rpartition("/")[2]
        if "/jobs/" not in path:
            reference = {"projectId": "p", "datasetId": id}
            self._answer(200, {"datasetReference": reference, "location": "europe-west3"})
        elif "location=europe-west3" in arguments:
            self._answer(200, self._job(id))
        else:
            self._answer(404, {"error": {"code": 404, "message": "Not found: Job"}})

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _job(self, id: str) -> dict[str, Any]:
        return {
            "jobReference": {"projectId": "p", "jobId": id, "location": "europe-west3"},
            "configuration": {"load": {"destinationTable": {}}},
            "status": self.server.states[id],
        }

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, body: dict[str, Any], **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    with Jobs() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def warehouse(jobs: Jobs) -> Iterator[Warehouse]:
    client = bigquery.Client(
        project="p",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://127.0.0.1:{jobs.server_port}"},
    )
    yield Warehouse(client, "facts", maximum_bytes_billed=1)
    client.close()


def test_an_id_of_its_own_is_loaded(warehouse: Warehouse, jobs: Jobs) -> None:
    assert warehouse.load(ROWS, job_id="run") == 1
    assert jobs.loaded == ["run_1"]


def test_what_was_loaded_before_is_not_loaded_again(warehouse: Warehouse, jobs: Jobs) -> None:
    warehouse.load(ROWS, job_id="run")
    assert warehouse.load(ROWS, job_id="run") == 1
    assert jobs.loaded == ["run_1"]


def test_what_failed_before_is_loaded_under_the_next_id(warehouse: Warehouse, jobs: Jobs) -> None:
    for id in ("run_1", "run_2"):
        jobs.states[id] = {"state": "DONE", "errorResult": FAILED, "errors": [FAILED]}
    assert warehouse.load(ROWS, job_id="run") == 1
    assert jobs.loaded == ["run_3"]


def test_without_an_id_every_load_is_new(warehouse: Warehouse, jobs: Jobs) -> None:
    warehouse.load(ROWS)
    warehouse.load(ROWS)
    assert len(jobs.loaded) == 2
