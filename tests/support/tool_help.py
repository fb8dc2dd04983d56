"""What a tool tells of itself."""

import os
import subprocess
import sys

from tools.firebase_cli import ROOT


def tool_help(module: str, *, columns: int) -> str:
    """The output of `python -m module --help` in a terminal of so many columns."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
