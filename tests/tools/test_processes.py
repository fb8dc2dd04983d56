"""A server runs while its block does, and takes its whole family with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.person import python_program
from tools.stack.processes import MARK, Server, marked_processes, running

ORPHANS = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
# In a session of its own, and left behind by its parent, as the Firebase CLI's children are.
subprocess.Popen(["sh", "-c", "trap '' TERM; (sleep 600 & sleep 600)"], start_new_session=True)
print("started", flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def family(server: Server) -> list[psutil.Process]:
    until(lambda: len(marked_processes(server.mark)) >= 4)
    return marked_processes(server.mark)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def test_output_and_end_are_seen(log: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('out'); sys.exit('err')"]
    with running(command, environ=os.environ, folder=tmp_path, log=log) as server:
        until(lambda: server.exit_code() is not None)
        assert server.exit_code() == 1
        assert server.output().splitlines() == ["out", "err"]


def test_everything_is_gone_afterwards(log: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORPHANS]
    with running(command, environ=os.environ, folder=tmp_path, log=log) as server:
        family(server)
        server.process.kill()  # The parent dies; its children do not.
        server.process.wait()
        assert len(marked_processes(server.mark)) >= 3
    assert marked_processes(server.mark) == []


def test_everything_is_gone_after_an_exception(log: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORPHANS]
    marks = []

    def fail() -> None:
        with running(command, environ=os.environ, folder=tmp_path, log=log) as server:
            marks.append(server.mark)
            family(server)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [marked_processes(mark) for mark in marks] == [[]]


def test_nobody_else_is_touched(log: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORPHANS]
    with subprocess.Popen(["sleep", "600"], env={**os.environ, MARK: "another run"}) as bystander:
        with running(command, environ=os.environ, folder=tmp_path, log=log) as server:
            family(server)
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_everything_is_gone_after_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    program = f"""
        import os, time
        from pathlib import Path
        from tools.stack.processes import running
        here = Path({str(tmp_path)!r})
        command = [{sys.executable!r}, "-c", {ORPHANS!r}]
        with running(command, environ=os.environ, folder=here, log=here / "log") as server:
            print(server.mark, flush=True)
            time.sleep(600)
    """
    with python_program(program) as person:
        assert person.stdout is not None
        mark = person.stdout.readline().strip()
        until(lambda: len(marked_processes(mark)) >= 4)
        person.send_signal(number)
        person.send_signal(number)  # An impatient second one does no harm.
        assert person.wait(timeout=30) != 0
    assert marked_processes(mark) == []


def test_signal_handlers_are_as_before(log: Path, tmp_path: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with running([sys.executable, "-c", ""], environ=os.environ, folder=tmp_path, log=log):
        pass
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_programs_under_test_end_with_signals_that_the_test_run_ignores(name: str) -> None:
    """As under `nohup`, and in the background of a shell."""
    run = f"""
        import signal, subprocess, sys
        signal.signal(signal.{name}, signal.SIG_IGN)
        from tests.support.person import let_programs_be_interrupted
        let_programs_be_interrupted()
        child = "import signal; print(signal.getsignal(signal.{name}) is signal.SIG_IGN)"
        subprocess.run([sys.executable, "-c", child])
        signal.raise_signal(signal.SIGHUP) if "{name}" == "SIGHUP" else None
        print("alive", flush=True)
    """
    with python_program(run) as person:
        assert person.stdout is not None
        assert person.stdout.read().split() == ["False", "alive"]
