"""Waits for a server of the local stack, and says why where it does not come."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tools.errors import StackError
from tools.stack.processes import Server

_POLL_SECONDS = 0.1
_SHOWN_LINES = 40
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def log_folder(folder: Path | None, root: Path, port: int) -> Path:
    """By default one per port: a later run overwrites it, a simultaneous one does not."""
    folder = folder or root / ".emulators" / str(port)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def wait_until(condition: Callable[[], bool], server: Server, *, what: str, seconds: float) -> None:
    """Raise StackError where the server ends, or is not ready in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if server.exit_code() is not None:
            raise failure(f"{what} ended with code {server.exit_code()}", server)
        if time.monotonic() > deadline:
            raise failure(f"{what} did not start within {seconds:g} seconds", server)
        time.sleep(_POLL_SECONDS)


def wait_for_end(*servers: Server) -> None:
    """Raise StackError when one of the servers ends by itself."""
    while True:
        for server in servers:
            if server.exit_code() is not None:
                raise failure(f"An emulator ended with code {server.exit_code()}", server)
        time.sleep(1)


def answers(url: str) -> bool:
    """Whether a server answers there now, and with a success."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def failure(sentence: str, server: Server, output: str | None = None) -> StackError:
    """The error to raise: the sentence and the end of the output, by default all there is."""
    text = _COLOURS.sub("", server.output() if output is None else output)
    tail = [f"  {line.rstrip()}" for line in text.splitlines() if line.strip()][-_SHOWN_LINES:]
    return StackError("\n".join([f"{sentence}; the end of {server.log}:", *tail]))
