"""The whole local stack under the Firebase CLI, with functions of a few lines."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.cloud import firestore

from shared.warehouse.client import bigquery_client
from tests.support.linked_project import project_with
from tests.support.own_data import unused_ports
from tests.support.person import python_program
from tools.errors import StackError
from tools.stack.local_stack import FirebaseEmulators, firebase_emulators
from tools.stack.ports import HOST, is_free
from tools.stack.processes import marked_processes

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

MAIN = """
import os
from firebase_functions import firestore_fn, https_fn, params, scheduler_fn
from google.cloud import firestore

SECRET = params.SecretParam("CUSTOMER_KEY_SECRET")
COLOUR = params.StringParam("COLOUR", default="blue")
SHAPE = params.StringParam("SHAPE", default="round")
NAMES = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST")

@https_fn.on_request(secrets=[SECRET])
def api(request):
    settings = {name: os.environ.get(name) for name in NAMES}
    return {"secret": SECRET.value, "colour": COLOUR.value, "shape": SHAPE.value, **settings}

@firestore_fn.on_document_written(document="orders/{id}")
def on_order_written(event):
    firestore.Client().document(f"seen/{event.params['id']}").set({"at": event.time})

@scheduler_fn.on_schedule(schedule="every 5 minutes")
def age_segments(event):
    firestore.Client().document("seen/schedule").set({})

@scheduler_fn.on_schedule(schedule="every 5 minutes")
def clean_up(event):
    raise RuntimeError("no luck")
"""


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def call(url: str) -> dict[str, str]:
    with urllib.request.urlopen(url, timeout=60) as response:
        answer: dict[str, str] = json.load(response)
        return answer


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A folder name that a shell or a URL would trip over.
    folder = tmp_path_factory.mktemp("small") / "project of 1 & 2"
    folder.mkdir()
    project_with(folder, MAIN)
    (folder / ".env").write_text("COLOUR=red\nSHAPE=square\n")
    return folder


@pytest.fixture(scope="module")
def stack(project: Path) -> Iterator[FirebaseEmulators]:
    env = {"SHAPE": 'a "quoted" $HOME'}
    with firebase_emulators(unused_ports(), auth=False, env=env, root=project) as running:
        yield running


@pytest.fixture
def client(stack: FirebaseEmulators, monkeypatch: pytest.MonkeyPatch) -> Iterator[firestore.Client]:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    connected = firestore.Client()
    yield connected
    connected.close()


def test_all_functions_are_loaded(stack: FirebaseEmulators) -> None:
    assert stack.functions == ("age_segments", "api", "clean_up", "on_order_written")


def test_functions_get_their_settings_and_the_secret(stack: FirebaseEmulators) -> None:
    assert call(stack.http_url("api")) == {
        "secret": stack.customer_key_secret,
        "colour": "red",
        "shape": 'a "quoted" $HOME',
        "FIRESTORE_EMULATOR_HOST": f"{HOST}:{stack.ports.firestore}",
        "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:{stack.ports.auth}",
        "BIGQUERY_EMULATOR_HOST": f"http://{HOST}:{stack.ports.bigquery}",
    }


def test_bigquery_answers_where_tools_and_functions_look_for_it(
    client: firestore.Client,
) -> None:
    warehouse = bigquery_client()
    assert warehouse.project == client.project
    assert [row.sum for row in warehouse.query("SELECT 1 + 1 AS sum").result()] == [2]
    warehouse.close()


def test_a_tool_gets_the_same_secret_and_it_is_not_shown(stack: FirebaseEmulators) -> None:
    assert stack.environment["CUSTOMER_KEY_SECRET"] == stack.customer_key_secret
    assert stack.customer_key_secret not in repr(stack)


def test_a_write_runs_the_trigger(stack: FirebaseEmulators, client: firestore.Client) -> None:
    client.document("orders/1").set({})
    until(lambda: client.document("seen/1").get().exists)


def test_a_schedule_runs_when_asked(stack: FirebaseEmulators, client: firestore.Client) -> None:
    stack.run_schedule("age_segments")
    assert client.document("seen/schedule").get().exists


def test_a_schedule_that_fails_is_an_error(stack: FirebaseEmulators) -> None:
    with pytest.raises(StackError, match="clean_up failed with 500: no luck"):
        stack.run_schedule("clean_up")


def test_triggers_pause_for_a_while(stack: FirebaseEmulators, client: firestore.Client) -> None:
    with stack.triggers_paused():
        client.document("orders/unseen").set({})
        with pytest.raises(StackError, match="age_segments failed with 404"):
            stack.run_schedule("age_segments")
    client.document("seen/schedule").delete()
    stack.run_schedule("age_segments")
    assert client.document("seen/schedule").get().exists
    client.document("orders/seen").set({})
    until(lambda: client.document("seen/seen").get().exists)
    assert not client.document("seen/unseen").get().exists


def test_the_project_stays_as_it_is(stack: FirebaseEmulators, project: Path) -> None:
    """Except ignored files: the secret, the logs, the configuration of this run."""
    actual = {path.name for path in project.iterdir()}
    generated = f"firebase.local.{os.getpid()}.{stack.ports.functions}.json"
    assert {".secret.local", ".emulators", generated} <= actual
    assert ".env.local" not in actual
    assert (project / ".env").read_text() == "COLOUR=red\nSHAPE=square\n"


def test_two_stacks_run_side_by_side(stack: FirebaseEmulators, project: Path) -> None:
    with firebase_emulators(unused_ports(), auth=False, root=project) as other:
        here, there = call(stack.http_url("api")), call(other.http_url("api"))
        for name in ("FIRESTORE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST"):
            assert here[name] != there[name]
        assert here["secret"] == there["secret"]
    assert marked_processes(other.server.mark) == []
    assert call(stack.http_url("api")) == here


def test_functions_that_do_not_load_are_an_error_that_shows_why(tmp_path: Path) -> None:
    root = project_with(tmp_path, "import a_module_that_is_not_there")
    ports = unused_ports()
    with (
        pytest.raises(StackError) as error,
        firebase_emulators(ports, auth=False, root=root),
    ):
        pass
    first, *log = str(error.value).splitlines()
    assert first.startswith("The functions of main.py did not load; the end of ")
    assert "  ModuleNotFoundError: No module named 'a_module_that_is_not_there'" in log
    assert is_free(ports.functions)
    assert is_free(ports.firestore)
    assert is_free(ports.bigquery)


def test_sigterm_leaves_nothing_behind(project: Path) -> None:
    ports = unused_ports()
    program = f"""
import time, urllib.request
from pathlib import Path
from tools.stack.local_stack import firebase_emulators
from tools.stack.ports import Ports
with firebase_emulators({ports!r}, auth=False, root=Path({str(project)!r})) as stack:
    urllib.request.urlopen(stack.http_url("api")).close()
    print(stack.server.mark, flush=True)
    time.sleep(600)
"""
    with python_program(program) as person:
        assert person.stdout is not None
        mark = person.stdout.readline().strip()
        names = {process.name() for process in marked_processes(mark)}
        assert not is_free(ports.bigquery)
        assert {"node", "java"} < names, "the functions have a process of their own, too"
        person.send_signal(signal.SIGTERM)
        assert person.wait(timeout=60) == 128 + signal.SIGTERM
    assert marked_processes(mark) == []
    assert is_free(ports.functions)
    assert is_free(ports.firestore)
    assert is_free(ports.bigquery)
    assert not list(project.glob(f"firebase.local.*.{ports.functions}.json"))
