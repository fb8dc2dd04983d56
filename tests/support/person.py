"""Somebody who runs a program in a terminal, for tests of how it ends."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tools.stack.firebase_cli import ROOT

_END_SECONDS = 30


def let_programs_be_interrupted() -> None:
    """Undo for programs under test that `nohup` or a shell's background ignores signals.

    A program inherits what this process ignores, and not what it handles.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # This process goes on ignoring it.
        signal.signal(signal.SIGHUP, lambda _number, _frame: None)


@contextmanager
def python_program(program: str) -> Iterator[subprocess.Popen[str]]:
    """The program while the block runs, its output to be read; see `running_program`."""
    with running_program([sys.executable, "-c", textwrap.dedent(program)]) as process:
        yield process


@contextmanager
def running_program(
    command: Sequence[str], environ: Mapping[str, str] = os.environ
) -> Iterator[subprocess.Popen[str]]:
    """The command while the block runs, its output to be read.

    Where the block leaves it running, as a test does that fails, it is asked to end with all that
    it started, and killed where it does not.
    """
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
