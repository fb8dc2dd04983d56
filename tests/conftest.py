"""Fixtures that every kind of test may use."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore

from shared.warehouse.warehouse import Warehouse
from tests.insights.messages_api import MessagesApi, echo, messages_api
from tests.support import shared_emulators
from tests.support.api import dashboard, services, shop, warm_emulator
from tests.support.examples import load_commit_profile
from tests.support.own_data import own_client, own_project_id, own_warehouse, unused_ports
from tests.support.person import let_programs_be_interrupted
from tests.support.shared_emulators import hands_out_tests
from tools.stack.local_stack import FirebaseEmulators, firebase_emulators
from tools.stack.ports import HOST
from tools.stack.processes import marked_processes

__all__ = ["dashboard", "services", "shop", "warm_emulator"]

END_TO_END = "tests/e2e/"
EMULATORS = {"firestore_emulator", "bigquery_host"}
ENDED_EARLY = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)

load_commit_profile()
# Tests run side by side: threads of a matrix library would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if hands_out_tests(session.config):
        shared_emulators.start_for_workers(session.config)
    else:
        let_programs_be_interrupted()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hands_out_tests(session.config) and exitstatus in ENDED_EARLY:
        # Instead of waiting for what they are at.
        shared_emulators.end_run()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Called by pytest-xdist for each worker before it starts."""
    shared_emulators.inform_worker(node.config, node.workerinput)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole files to workers, and the end-to-end tests to one, for a stack that they share."""
    from xdist.scheduler import LoadFileScheduling

    if config.getvalue("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    file_of = scheduler._split_scope
    scheduler._split_scope = lambda id: END_TO_END if id.startswith(END_TO_END) else file_of(id)
    return scheduler


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured in passing."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the whole stack with our functions, which wait the most, while the
    other worker computes; end with the many small ones, so that workers end together.
    """
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    fixtures = set(getattr(item, "fixturenames", ()))
    if "emulators" in fixtures:
        return 0
    # What needs no emulator but takes long for other reasons stands in folders of its own.
    of_a_wing = not item.nodeid.startswith(("tests/contract/", "tests/tools/", "tests/dashboard/"))
    return 2 if of_a_wing and fixtures.isdisjoint(EMULATORS) else 1


@pytest.fixture(scope="session")
def firestore_emulator(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Host and port of a Firestore emulator with the repository's rules, one for the whole run.

    The Google libraries find it in the environment. Tests share it, and keep apart by project.
    """
    folder = tmp_path_factory.mktemp("emulator")
    with (
        shared_emulators.shared_emulator(
            shared_emulators.FIRESTORE, pytestconfig, folder
        ) as address,
        pytest.MonkeyPatch.context() as environment,
    ):
        # Nothing listens there: the variable alone makes unsigned test tokens count.
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"{HOST}:9")
        yield address


@pytest.fixture
def project_id() -> str:
    """A project of this test's own: it starts empty, and nobody else sees it."""
    return own_project_id()


@pytest.fixture
def firestore_client(firestore_emulator: str, project_id: str) -> Iterator[firestore.Client]:
    """The server's view of this test's project, past the rules."""
    with own_client(project_id) as client:
        yield client


@pytest.fixture(scope="session")
def bigquery_host(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Host and port of a BigQuery emulator, one for the whole run.

    The library finds it in the environment. Tests share it, and keep apart by dataset.
    """
    folder = tmp_path_factory.mktemp("bigquery")
    with shared_emulators.shared_emulator(
        shared_emulators.BIGQUERY, pytestconfig, folder
    ) as address:
        yield address.removeprefix("http://")


@pytest.fixture
def warehouse(bigquery_host: str) -> Iterator[Warehouse]:
    """A warehouse of this test's own: its tables are there and empty, and nobody else sees it."""
    with own_warehouse() as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def messages_server() -> Iterator[MessagesApi]:
    """A server that speaks Anthropic's Messages API, one for the whole run."""
    with messages_api() as server:
        yield server


@pytest.fixture
def claude_api(messages_server: MessagesApi) -> MessagesApi:
    """The server, without earlier requests, which words every text faithfully."""
    messages_server.requests.clear()
    messages_server.answers(echo)
    return messages_server


@pytest.fixture(scope="session")
def emulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirebaseEmulators]:
    """The whole stack with the project's own functions, for tests that are marked `stack`.

    Those of one worker share it, and keep apart by organisation.
    """
    with firebase_emulators(unused_ports(), log_folder=tmp_path_factory.mktemp("stack")) as stack:
        yield stack
    assert marked_processes(stack.server.mark) == []
