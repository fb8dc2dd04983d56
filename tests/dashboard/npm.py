"""The dashboard's own scripts."""

import os
import shutil
import subprocess

from tools.stack.firebase_cli import ROOT

DASHBOARD = ROOT / "dashboard"


def npm(script: str, **environ: str) -> str:
    """Return the output of a script of the dashboard's package; it must succeed."""
    program = shutil.which("npm")
    assert program, "npm is needed: install it (it comes with Node.js) and put it on the PATH."
    answer = subprocess.run(
        [program, "run", "--silent", script],
        cwd=DASHBOARD,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout
