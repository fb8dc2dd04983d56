"""Search for the Firestore emulator's jar, and the launcher for the Firebase CLI."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.errors import MissingToolError
from tools.stack.emulator_jar import find_emulator_jar, main_class, write_launcher
from tools.stack.java import java_binary

SDK_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


def jar_at(path: Path, manifest: str = "Manifest-Version: 1.0\r\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", manifest)
    return path


def sdk_at(root: Path) -> Path:
    """A Google Cloud SDK with the Firestore emulator."""
    gcloud = root / "bin" / "gcloud"
    gcloud.parent.mkdir(parents=True)
    gcloud.write_text("#!/bin/sh\nexit 1\n")
    gcloud.chmod(0o755)
    return jar_at(root / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")


def no_download() -> None:
    pytest.fail("nothing had to be downloaded")


class Machine:
    """A home folder and a PATH with nothing on it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.environ = {"HOME": str(self.home), "PATH": str(self.bin)}

    def cached(self, version: str) -> Path:
        name = f"cloud-firestore-emulator-{version}.jar"
        return jar_at(self.home / ".cache" / "firebase" / "emulators" / name)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_variable_comes_first(machine: Machine, tmp_path: Path) -> None:
    machine.cached("v1.19.8")
    named = jar_at(tmp_path / "named.jar")
    environ = {**machine.environ, "FIRESTORE_EMULATOR_BINARY_PATH": str(named)}
    assert find_emulator_jar(environ, download=no_download) == named


def test_a_variable_that_names_no_file_is_an_error(machine: Machine) -> None:
    machine.cached("v1.19.8")
    environ = {**machine.environ, "FIRESTORE_EMULATOR_BINARY_PATH": "/not/there.jar"}
    with pytest.raises(MissingToolError, match=r"FIRESTORE_EMULATOR_BINARY_PATH is '/not/there.j"):
        find_emulator_jar(environ, download=no_download)


def test_then_the_newest_that_the_firebase_cli_downloaded(machine: Machine, tmp_path: Path) -> None:
    machine.cached("v1.9.1")
    newest = machine.cached("v1.22.0")
    machine.cached("v1.19.8")
    sdk_at(tmp_path / "sdk")
    (machine.bin / "gcloud").symlink_to(tmp_path / "sdk" / "bin" / "gcloud")
    assert find_emulator_jar(machine.environ, download=no_download) == newest


def test_the_firebase_cli_may_keep_its_downloads_elsewhere(
    machine: Machine, tmp_path: Path
) -> None:
    kept = jar_at(tmp_path / "elsewhere" / "cloud-firestore-emulator-v1.22.0.jar")
    environ = {**machine.environ, "FIREBASE_EMULATORS_PATH": str(kept.parent)}
    assert find_emulator_jar(environ, download=no_download) == kept


def test_then_the_component_of_the_sdk_that_gcloud_links_to(
    machine: Machine, tmp_path: Path
) -> None:
    jar = sdk_at(tmp_path / "google cloud sdk")
    (machine.bin / "gcloud").symlink_to(tmp_path / "google cloud sdk" / "bin" / "gcloud")
    assert find_emulator_jar(machine.environ, download=no_download) == jar


def test_a_gcloud_that_is_a_wrapper_is_asked_for_its_sdk(machine: Machine, tmp_path: Path) -> None:
    jar = sdk_at(tmp_path / "sdk")
    wrapper = machine.bin / "gcloud"
    wrapper.write_text(
        "#!/bin/sh\n"
        '[ "$*" = "info --format=value(installation.sdk_root)" ] || exit 1\n'
        f'echo "{tmp_path / "sdk"}"\n'
    )
    wrapper.chmod(0o755)
    assert find_emulator_jar(machine.environ, download=no_download) == jar


@pytest.mark.parametrize("variable", ["CLOUDSDK_ROOT", "CLOUDSDK_ROOT_DIR"])
def test_the_environment_may_name_the_sdk(machine: Machine, tmp_path: Path, variable: str) -> None:
    jar = sdk_at(tmp_path / "sdk")
    environ = {**machine.environ, variable: str(tmp_path / "sdk")}
    assert find_emulator_jar(environ, download=no_download) == jar


def test_at_last_the_firebase_cli_downloads_it(machine: Machine) -> None:
    (machine.bin / "gcloud").write_text("#!/bin/sh\nexit 1\n")
    (machine.bin / "gcloud").chmod(0o755)
    downloaded: list[Path] = []
    actual = find_emulator_jar(
        machine.environ, download=lambda: downloaded.append(machine.cached("v1.22.0"))
    )
    assert [actual] == downloaded


def test_without_any_the_error_says_what_to_do(machine: Machine) -> None:
    with pytest.raises(MissingToolError) as error:
        find_emulator_jar(machine.environ, download=lambda: None)
    assert "setup:emulators:firestore" in str(error.value)
    assert "FIRESTORE_EMULATOR_BINARY_PATH" in str(error.value)


def test_a_jar_that_names_its_main_class_is_believed(tmp_path: Path) -> None:
    jar = jar_at(
        tmp_path / "a.jar", "Manifest-Version: 1.0\r\nMain-Class: org.exa\r\n mple.Main\r\n"
    )
    assert main_class(jar) == "org.example.Main"


def test_the_jar_of_the_sdk_does_not_name_it(tmp_path: Path) -> None:
    assert main_class(jar_at(tmp_path / "a.jar")) == SDK_MAIN_CLASS


def test_what_is_no_jar_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_text("half a download")
    with pytest.raises(MissingToolError, match="not a Java archive"):
        main_class(tmp_path / "a.jar")


@pytest.mark.parametrize("name", ["plain", "with spaces & ü #1 100%", "long-" * 40])
def test_the_launcher_starts_a_jar_wherever_it_is(tmp_path: Path, name: str) -> None:
    jar = tmp_path / name / "real.jar"
    jar.parent.mkdir()
    shutil.copyfile(find_emulator_jar(), jar)
    own = tmp_path / "own"
    own.mkdir()

    launcher = write_launcher(jar, own)

    answer = subprocess.run(
        [java_binary(), "-jar", launcher, "--help"], capture_output=True, text=True, check=False
    )
    assert "--port" in answer.stdout + answer.stderr
    with zipfile.ZipFile(launcher) as archive:
        lines = archive.read("META-INF/MANIFEST.MF").split(b"\r\n")
    assert max(map(len, lines)) <= 70
    assert launcher.stat().st_size < 2048
