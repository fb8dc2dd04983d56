"""Finds the Firestore emulator's jar, and makes it start the way the Firebase CLI wants.

The places, in this order: FIRESTORE_EMULATOR_BINARY_PATH; the Firebase CLI's own download; the
Google Cloud SDK's component; a download by the Firebase CLI, now.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.errors import MissingToolError
from tools.stack.firebase_cli import firebase_command, firebase_environment

VARIABLE = "FIRESTORE_EMULATOR_BINARY_PATH"
"""Names the jar to use; the Firebase CLI reads it too."""

_MANIFEST = "META-INF/MANIFEST.MF"
_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_SDK_JAR = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
_CACHED_JARS = "cloud-firestore-emulator-*.jar"
_DOWNLOAD_SECONDS = 600
_GCLOUD_SECONDS = 60
_MANIFEST_LINE_BYTES = 72


def find_emulator_jar(
    environ: Mapping[str, str] = os.environ, *, download: Callable[[], None] | None = None
) -> Path:
    """The jar to run.

    `download` puts one into the Firebase CLI's cache; by default the CLI does. Raises
    MissingToolError where the variable names no file, or where there is no jar and none comes.
    """
    configured_path = environ.get(VARIABLE)
    if configured_path:
        if not Path(configured_path).is_file():
            raise MissingToolError(
                f"{VARIABLE} is {configured_path!r}, which is not a file: correct it."
            )
        return Path(configured_path).resolve()
    jar = _cached_jar(environ) or _sdk_jar(environ)
    if jar is None:
        (download or (lambda: _download(environ)))()
        jar = _cached_jar(environ)
    if jar is None:
        raise MissingToolError(
            "No Firestore emulator was found, and the Firebase CLI could not download it: "
            "run 'npx --prefix firebase-cli firebase setup:emulators:firestore' with internet, "
            "or install the Google Cloud CLI's component 'cloud-firestore-emulator', "
            f"or let {VARIABLE} name the jar."
        )
    return jar


def main_class(jar: Path) -> str:
    """The class that starts the emulator; the Google Cloud SDK's jar does not name it itself."""
    try:
        with zipfile.ZipFile(jar) as archive:
            manifest = archive.read(_MANIFEST).decode()
    except (KeyError, zipfile.BadZipFile):
        raise MissingToolError(f"{jar} is not a Java archive: remove it.") from None
    unwrapped = manifest.replace("\r\n", "\n").replace("\n ", "")
    declared = re.search(r"^Main-Class: *(\S+)", unwrapped, re.MULTILINE)
    return declared.group(1) if declared else _MAIN_CLASS


def write_launcher(jar: Path, folder: Path) -> Path:
    """A jar of 1 KB in the folder which starts the emulator with `java -jar`, as the CLI does.

    It stands in for every jar, not only for the SDK's: the CLI changes the mode of its file, which
    fails if that belongs to another user.
    """
    lines = (
        "Manifest-Version: 1.0",
        f"Main-Class: {main_class(jar)}",
        f"Class-Path: {jar.resolve().as_uri()}",
    )
    manifest = "".join(f"{part}\r\n" for line in lines for part in _wrapped(line))
    launcher = folder / "firestore-emulator.jar"
    with zipfile.ZipFile(launcher, "w") as archive:
        archive.writestr(_MANIFEST, manifest)
    return launcher


def _wrapped(line: str) -> Iterator[str]:
    """A manifest header in lines of at most 72 bytes with their CR LF; the next begin with a space.

    The line is ASCII: the only long part is a URL.
    """
    room = _MANIFEST_LINE_BYTES - len("\r\n")
    yield line[:room]
    for start in range(room, len(line), room - 1):
        yield " " + line[start : start + room - 1]


def _cached_jar(environ: Mapping[str, str]) -> Path | None:
    """The newest jar that the Firebase CLI downloaded."""
    home = environ.get("HOME") or str(Path.home())
    folder = environ.get("FIREBASE_EMULATORS_PATH") or os.path.join(
        home, ".cache", "firebase", "emulators"
    )
    return max(Path(folder).glob(_CACHED_JARS), key=_version, default=None)


def _version(jar: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", jar.stem))


def _sdk_jar(environ: Mapping[str, str]) -> Path | None:
    for root in _sdk_roots(environ):
        if (root / _SDK_JAR).is_file():
            return root / _SDK_JAR
    return None


def _sdk_roots(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield folders in which the Google Cloud SDK may be, the cheapest to find first."""
    for variable in ("CLOUDSDK_ROOT", "CLOUDSDK_ROOT_DIR"):
        if environ.get(variable):
            yield Path(environ[variable])
    gcloud = shutil.which("gcloud", path=environ.get("PATH", os.defpath))
    if gcloud is None:
        return
    yield Path(gcloud).resolve().parent.parent
    # It is a wrapper and not a link: only the SDK itself knows where it lives.
    try:
        answer = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_GCLOUD_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return
    if answer.stdout.strip():
        yield Path(answer.stdout.strip())


def _download(environ: Mapping[str, str]) -> None:
    """Let the Firebase CLI download the jar; where that fails, there is none afterwards."""
    with tempfile.TemporaryDirectory() as settings:
        try:
            subprocess.run(
                [*firebase_command(environ=environ), "setup:emulators:firestore"],
                cwd=settings,
                env=firebase_environment(Path(settings), environ),
                stdin=subprocess.DEVNULL,
                timeout=_DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return
