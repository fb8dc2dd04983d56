"""Tasks as Cloud Tasks gets them, and what its answers mean."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import firebase_admin
import pytest

from shared.kernel.errors import QueueError
from shared.nightly.dispatch import Task, task_from
from shared.nightly.queue import CloudTasks

TASK = Task(
    queue="auditorganization",
    org_id="org 1 ü",
    due_at=datetime(2026, 3, 1, 1, tzinfo=UTC),
    details={"facts": "x"},
)


class Server(HTTPServer):
    """Gives the response that the test sets, and records the requests."""

    answers: list[tuple[int, Any]]
    received: list[tuple[str, dict[str, Any]]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, body))
        status, answer = self.server.answers.pop(0)
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.answers, server.received = [], []
        monkeypatch.setenv("CLOUD_TASKS_EMULATOR_HOST", f"127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def queue(server: Server) -> Iterator[CloudTasks]:
    app = firebase_admin.initialize_app(options={"projectId": "demo-tasks"}, name="tasks")
    yield CloudTasks("us-central1", app)
    firebase_admin.delete_app(app)


def test_a_task_is_created_under_its_name_with_all_the_time_there_is(
    queue: CloudTasks, server: Server
) -> None:
    folder = "projects/demo-tasks/locations/us-central1/queues/auditorganization/tasks"
    # As the emulator answers.
    server.answers.append((200, {"task": {"name": f"{folder}/{TASK.name}"}}))
    assert queue.enqueue(TASK)
    ((path, body),) = server.received
    assert path == f"/{folder}"
    sent = body["task"]
    assert (sent["name"], sent["dispatchDeadline"]) == (f"{folder}/{TASK.name}", "1800s")
    data = json.loads(base64.b64decode(sent["httpRequest"]["body"]))["data"]
    assert task_from("auditorganization", data) == TASK


@pytest.mark.parametrize(
    "answer",
    [
        "A task with the same name already exists",
        {"error": {"code": 409, "status": "ALREADY_EXISTS", "message": "Requested entity exists."}},
    ],
    ids=["emulator", "platform"],
)
def test_a_name_that_is_there_is_no_error(queue: CloudTasks, server: Server, answer: Any) -> None:
    server.answers.append((409, answer))
    assert not queue.enqueue(TASK)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "PERMISSION_DENIED"), (404, "NOT_FOUND"), (429, "EXHAUSTED")]
)
def test_any_other_refusal_says_what_the_queue_answered(
    queue: CloudTasks, server: Server, status: int, code: str
) -> None:
    server.answers.append((status, {"error": {"status": code, "message": "secret detail"}}))
    with pytest.raises(QueueError, match="The queue auditorganization answered") as error:
        queue.enqueue(TASK)
    assert "secret detail" not in str(error.value)


def test_a_queue_that_cannot_be_reached_is_an_error(
    queue: CloudTasks, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers += [(500, "")] * 9
    monkeypatch.setattr("urllib3.util.retry.Retry.sleep", lambda *args, **more: None)
    with pytest.raises(QueueError):
        queue.enqueue(TASK)
