"""Workers of one test run share the emulators, which end with it."""

import json
import subprocess
import sys
from pathlib import Path

from tools.firebase_cli import ROOT
from tools.ports import is_free

TEST = """
import json
from pathlib import Path

import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(worker_id, firestore_emulator, bigquery_host, number):
    found = [firestore_emulator, bigquery_host]
    Path(__file__).with_suffix(f".{worker_id}.json").write_text(json.dumps(found))
    assert (worker_id, number) != ("gw1", 3)
"""


def test_workers_share_one_of_each_take_whole_files_and_leave_nothing(tmp_path: Path) -> None:
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(TEST)
    options = ["-n2", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-q"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    written = list(tmp_path.glob("*.json"))
    found = {path.suffixes[0]: json.loads(path.read_text()) for path in written}
    assert len(written) == 2, f"a worker runs a whole file: {written}"
    assert found.keys() == {".gw0", ".gw1"}, run.stdout + run.stderr
    assert found[".gw0"] == found[".gw1"]
    assert all(is_free(int(address.rpartition(":")[2])) for address in found[".gw0"])
    assert run.returncode == 1, "a failure in one worker is one of the run"
    assert run.stdout.splitlines()[-1].startswith("1 failed, 7 passed")
