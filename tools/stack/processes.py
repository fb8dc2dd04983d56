"""Runs a server with everything that it starts, and leaves nothing of it behind.

The Firebase CLI starts Java and Python processes in sessions of their own and may leave them when
it ends. So every process started here carries a mark in its environment, which its children inherit
and keep when their parent dies: what carries the mark is ours, and nothing else is touched.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

MARK = "LOCAL_STACK_PROCESS_MARK"
"""The environment variable that all processes of one run share."""

_STOP_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A running process and what it has printed so far."""

    process: subprocess.Popen[bytes]
    mark: str
    log: Path

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def output(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(
    command: Sequence[str], *, environ: Mapping[str, str], folder: Path, log: Path
) -> Iterator[Server]:
    """The command while the block runs, its output going to `log`.

    However the block ends (also by SIGTERM or SIGHUP, which become SystemExit in the main thread),
    the process and its descendants are gone afterwards.
    """
    mark = uuid.uuid4().hex
    process: subprocess.Popen[bytes] | None = None
    with _exit_on_signals():
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env={**environ, MARK: mark},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # A Ctrl-C is for us alone; we pass it on once, in order.
                    start_new_session=True,
                )
            yield Server(process=process, mark=mark, log=log)
        finally:
            with _signals_deferred():
                end_marked_processes(mark)
                if process is not None:
                    process.wait()


def marked_processes(mark: str, variable: str = MARK) -> list[psutil.Process]:
    """The living processes that were started with the mark in this environment variable."""
    return [process for process in psutil.process_iter() if _carries(process, mark, variable)]


def _carries(process: psutil.Process, mark: str, variable: str) -> bool:
    try:
        return process.environ().get(variable) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False  # It has just ended, or belongs to somebody else.


def end_marked_processes(mark: str, variable: str = MARK) -> None:
    """End all processes with the mark at once.

    Nothing here has data to save, and the Firebase CLI's own shutdown waits for children that it
    forgets to end.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in marked_processes(mark, variable):
            _signal(process, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while marked_processes(mark, variable) and time.monotonic() < deadline:
            time.sleep(0.05)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return  # psutil has made sure that no other process has its number now.


@contextmanager
def _exit_on_signals() -> Iterator[None]:
    """Raise SystemExit on SIGTERM and SIGHUP while the block runs, unless they are handled
    elsewhere."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Signals that come meanwhile are acted on afterwards: a second Ctrl-C is harmless."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals_received: list[int] = []
    previous = {
        number: signal.signal(number, lambda late, _frame: signals_received.append(late))
        for number in _SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        for signal_number in dict.fromkeys(signals_received):
            signal.raise_signal(signal_number)
