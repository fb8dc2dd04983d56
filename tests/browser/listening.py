"""Somebody's browser that listens to documents, for tests in Python to look over its shoulder."""

import json
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.browser.node import FOLDER, node
from tools.accounts import new_account
from tools.stack.local_stack import FirebaseEmulators
from tools.stack.ports import HOST

PATIENCE_SECONDS = 60
_END_SECONDS = 10

Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notification of a listener: its current documents, or the error that ends it."""

    received_at: float
    """On the clock of `time.perf_counter`."""
    documents: Documents = field(default_factory=dict)
    """By id, as JSON has them."""
    error: str | None = None


class Browser:
    """Runs one listener per path, and remembers its messages."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._messages: defaultdict[str, list[Message]] = defaultdict(list)
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def messages(self, path: str) -> list[Message]:
        """Return the messages of the listener at this path so far, oldest first."""
        with self._changed:
            return list(self._messages[path])

    def until(self, path: str, condition: Callable[[Documents], bool]) -> Message:
        """The first message whose documents fulfil the condition, also one that is to come.

        Fails where the listener ends with an error first, or nothing of the kind comes in time.
        """
        message = self._first(
            path, lambda message: message.error is not None or condition(message.documents)
        )
        assert message.error is None, f"{path}: {message.error}"
        return message

    def error(self, path: str) -> str:
        """The error that the listener at this path ends with."""
        error = self._first(path, lambda message: message.error is not None).error
        assert error is not None
        return error

    def close(self) -> None:
        """Close the browser; all earlier messages have been read by then."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(_END_SECONDS) == 0
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(_END_SECONDS)

    def _first(self, path: str, wanted: Callable[[Message], bool]) -> Message:
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = 0
        with self._changed:
            while True:
                messages = self._messages[path]
                for message in messages[seen:]:
                    if wanted(message):
                        return message
                seen = len(messages)
                assert not self._ended, f"{path}: the browser ended early, with {messages}"
                remaining = deadline - time.monotonic()
                assert remaining > 0, f"{path}: not in time, with {messages}"
                self._changed.wait(remaining)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            received_at = time.perf_counter()
            message = json.loads(line)
            path = message.pop("path")
            with self._changed:
                self._messages[path].append(Message(received_at=received_at, **message))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def signed_in(emulators: FirebaseEmulators, claims: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody with a new account of the auth emulator whose tokens carry these claims."""
    account = new_account(emulators, claims)
    return {"auth": f"http://{HOST}:{emulators.ports.auth}", **asdict(account)}


@contextmanager
def listening(
    paths: Sequence[str], *, project: str, emulator: str, person: Mapping[str, Any]
) -> Iterator[Browser]:
    """A browser that listens to documents and collections while the block runs.

    `emulator` is the Firestore emulator's host and port. `person` is empty for an anonymous
    browser, has `claims` for a token that only this emulator believes, or comes from `signed_in`.
    """
    host, _, port = emulator.rpartition(":")
    configuration = {
        "project": project,
        "firestore": {"host": host, "port": int(port)},
        "paths": list(paths),
        **person,
    }
    process = subprocess.Popen(
        node("listen.mjs", json.dumps(configuration)),
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        browser = Browser(process)
        try:
            yield browser
        finally:
            browser.close()
