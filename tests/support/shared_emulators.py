"""One Firestore and one BigQuery emulator for a whole run, however many workers it has.

With workers, the process that hands out the tests starts both at once, tells each worker where they
are, and ends them after the last worker. Without, a run starts those that its tests ask for.

A worker whose end takes long is killed, and what it has started lives on. So all processes of a run
carry a mark by which the process that hands out the tests ends them, also when it is ended itself.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tools.stack.bigquery_emulator import BigQueryEmulator, bigquery_emulator
from tools.stack.local_stack import FirestoreEmulator, firestore_emulator
from tools.stack.processes import end_marked_processes

FIRESTORE = "FIRESTORE_EMULATOR_HOST"
BIGQUERY = "BIGQUERY_EMULATOR_HOST"
"""Environment variable in which the Google libraries look for an emulator."""

_WHOLE_RUN = {"JDK_JAVA_OPTIONS": "-XX:+UseSerialGC", "DUCKDB_THREADS": "1"}
"""With the optimising compiler, unlike the Java of a short life (`tools.stack.java`): once warm,
the emulator that serves a whole run takes half the processor time. Queries in one thread take an
eighth less of it than in two."""
_WORKER_INPUT = "emulators"
_ADDRESSES = pytest.StashKey[dict[str, str]]()

RUN_MARK = "TEST_RUN_MARK"
"""The environment variable that all processes of one run with workers share."""


def hands_out_tests(config: pytest.Config) -> bool:
    """Whether this process runs no tests itself, but has workers for it."""
    return config.pluginmanager.hasplugin("dsession")


def start_for_workers(config: pytest.Config) -> None:
    """Start both in the process that hands out the tests; they end with the run."""
    stack = ExitStack()
    config.add_cleanup(stack.close)
    stack.callback(end_run)
    os.environ[RUN_MARK] = uuid4().hex
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="emulators-")))
    environ = {**_WHOLE_RUN, **os.environ}
    with ThreadPoolExecutor() as pool:
        firestore = pool.submit(stack.enter_context, _started(FIRESTORE, folder, environ))
        # In this thread, for the signals that end it: see `running`.
        bigquery = stack.enter_context(_started(BIGQUERY, folder, environ))
    config.stash[_ADDRESSES] = {**bigquery.environment, **firestore.result().environment}


def end_run() -> None:
    """End all workers and all that they and this process have started."""
    end_marked_processes(os.environ[RUN_MARK], RUN_MARK)


def inform_worker(config: pytest.Config, worker_input: dict[str, Any]) -> None:
    """Hand the addresses to a worker that is about to start."""
    worker_input[_WORKER_INPUT] = config.stash[_ADDRESSES]


@contextmanager
def shared_emulator(variable: str, config: pytest.Config, log_folder: Path) -> Iterator[str]:
    """The address of the run's emulator, in the environment too while the block runs."""
    with ExitStack() as stack:
        addresses = getattr(config, "workerinput", {}).get(_WORKER_INPUT)
        if addresses is None:
            addresses = stack.enter_context(_started(variable, log_folder)).environment
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv(variable, addresses[variable])
        yield addresses[variable]


def _started(
    variable: str, log_folder: Path, environ: Mapping[str, str] = os.environ
) -> AbstractContextManager[FirestoreEmulator | BigQueryEmulator]:
    if variable == FIRESTORE:
        return firestore_emulator(log_folder=log_folder, environ=environ)
    return bigquery_emulator(log_folder=log_folder, environ=environ)
