"""The local stack's BigQuery: an emulator in an environment of its own, with data in memory only.

It listens on 127.0.0.1 only, needs no network, and leaves no process behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.errors import MissingToolError
from tools.stack import readiness
from tools.stack.firebase_cli import ROOT
from tools.stack.ports import BIGQUERY, HOST, free_ports, require_free
from tools.stack.processes import Server, running

__all__ = ["BigQueryEmulator", "bigquery_emulator", "emulator_command"]

_FOLDER = Path("bigquery-emulator")
_PYTHON = _FOLDER / "venv" / "bin" / "python"
_PROGRAM = _FOLDER / "venv" / "bin" / "bqemulator"
_LAUNCHER = _FOLDER / "launcher.py"
_SECONDS = 120

_SETTINGS_PREFIX = "BQEMU_"
_SETTINGS = {
    # At each start it would try to download support for a file format that nothing here reads.
    f"{_SETTINGS_PREFIX}ENABLE_FORMAT_EXTENSIONS": "false",
    # A line for each request takes a tenth of its time.
    f"{_SETTINGS_PREFIX}LOG_LEVEL": "warning",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BigQueryEmulator:
    """A running BigQuery emulator."""

    port: int
    server: Server = field(repr=False)

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that a client needs to use it."""
        return {"BIGQUERY_EMULATOR_HOST": f"http://{self.host}"}


@contextmanager
def bigquery_emulator(
    port: int | None = None,
    *,
    root: Path = ROOT,
    log_folder: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[BigQueryEmulator]:
    """The emulator while the block runs, without `port` on a free one.

    Data is per project and lost at the end. Raises ToolError if the emulator is not installed
    in `root`, the port is taken, or it does not start.
    """
    if port is None:
        (port,) = free_ports(1)
    else:
        require_free({BIGQUERY: port})
    command = [*emulator_command(root), "start", "--ephemeral"]
    folder = readiness.log_folder(log_folder, root, port)
    command += [f"--rest-host={HOST}", f"--rest-port={port}"]
    # Nobody here speaks gRPC to it; 0 is any free port.
    command += [f"--grpc-host={HOST}", "--grpc-port=0"]
    with running(
        command, environ=_environment(environ), folder=folder, log=folder / "bigquery.log"
    ) as server:
        readiness.wait_until(
            lambda: readiness.answers(f"http://{HOST}:{port}/readyz"),
            server,
            what="The BigQuery emulator",
            seconds=_SECONDS,
        )
        yield BigQueryEmulator(port=port, server=server)


def emulator_command(root: Path = ROOT) -> list[str]:
    """Return the command without arguments. Raises MissingToolError if it is not installed."""
    root = root.resolve()
    if not (root / _PROGRAM).exists():
        raise MissingToolError("The BigQuery emulator is not installed: run 'make install'.")
    return [str(root / _PYTHON), str(root / _LAUNCHER)]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what a person may have set for an emulator of their own."""
    inherited = {
        name: value for name, value in environ.items() if not name.startswith(_SETTINGS_PREFIX)
    }
    return {**inherited, **_SETTINGS}
