"""Workers of one test run share the emulators, which end with it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.person import running_program
from tests.support.shared_emulators import RUN_MARK
from tools.stack.firebase_cli import ROOT
from tools.stack.ports import is_free
from tools.stack.processes import marked_processes

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
    run = subprocess.run(
        pytest_command(tmp_path, "-n2"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    written = list(tmp_path.glob("*.json"))
    actual = {path.suffixes[0]: json.loads(path.read_text()) for path in written}
    assert len(written) == 2, f"a worker runs a whole file: {written}"
    assert actual.keys() == {".gw0", ".gw1"}, run.stdout + run.stderr
    assert actual[".gw0"] == actual[".gw1"]
    assert all(is_free(int(address.rpartition(":")[2])) for address in actual[".gw0"])
    assert run.returncode == 1, "a failure in one worker is one of the run"
    assert run.stdout.splitlines()[-1].startswith("1 failed, 7 passed")


STUCK_TEST = """
import os
import sys
import time
from pathlib import Path

from tools.stack.processes import running

def test_it(firestore_emulator):
    here = Path(__file__).parent
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with running(command, environ=os.environ, folder=here, log=here / "log"):
        mark = here / "mark"
        mark.with_suffix(".new").write_text(os.environ["TEST_RUN_MARK"])
        mark.with_suffix(".new").rename(mark)
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass
"""


def test_sigterm_leaves_nothing_of_a_worker_that_does_not_end(tmp_path: Path) -> None:
    """A worker is killed where its end takes long; its stack used to stay."""
    (tmp_path / "test_stuck.py").write_text(STUCK_TEST)
    with running_program(pytest_command(tmp_path, "-n1")) as run:
        mark_file = tmp_path / "mark"
        while not mark_file.exists():
            assert run.poll() is None
            time.sleep(0.1)
        mark = mark_file.read_text()
        assert len(marked_processes(mark, RUN_MARK)) >= 4, "worker, two emulators, its program"
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=60) == 3
    assert marked_processes(mark, RUN_MARK) == []


def pytest_command(folder: Path, *options: str) -> list[str]:
    """Run the tests of a folder outside of the project with the fixtures and options of ours."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return [*command, "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), str(folder)]
