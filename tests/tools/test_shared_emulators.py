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

def test_it(worker_id, firestore_emulator, bigquery_host):
    found = [firestore_emulator, bigquery_host]
    Path(__file__).with_suffix(f".{worker_id}.json").write_text(json.dumps(found))
    assert worker_id != FAILS
"""


def test_workers_share_one_of_each_and_leave_nothing(tmp_path: Path) -> None:
    for name in ("test_one.py", "test_two.py"):
        (tmp_path / name).write_text(TEST.replace("FAILS", "'gw1'"))
    options = ["-n2", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-q"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {path.suffixes[0]: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert found.keys() == {".gw0", ".gw1"}, run.stdout + run.stderr
    assert found[".gw0"] == found[".gw1"]
    assert all(is_free(int(address.rpartition(":")[2])) for address in found[".gw0"])
    assert run.returncode == 1, "a failure in one worker is one of the run"
    assert run.stdout.splitlines()[-1].startswith("1 failed, 1 passed")
