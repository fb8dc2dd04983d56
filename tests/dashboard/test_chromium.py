"""Tests in a browser without any browser."""

import os
import subprocess
from pathlib import Path

from tests.dashboard.npm import DASHBOARD

LAUNCH = "import('./tests/browser/chromium.mjs').then(({ launch }) => launch())"


def test_without_a_chromium_a_sentence_says_so(tmp_path: Path) -> None:
    """The path to which the package unpacks it is a file that is no program."""
    (tmp_path / "chromium").write_text("no program")
    answer = subprocess.run(
        ["node", "--eval", LAUNCH],
        cwd=DASHBOARD,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    (said,) = answer.stderr.splitlines()
    assert said.startswith("No Chromium can be started, which `make install` installs: ")
    assert answer.returncode == 1
