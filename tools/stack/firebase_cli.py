"""The pinned Firebase CLI in firebase-cli/, and the environment that keeps it offline and quiet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import MissingToolError
from tools.stack.java import java_environment

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

_OLDEST_NODE = (20, 11)
_SCRIPT = Path("firebase-cli", "node_modules", "firebase-tools", "lib", "bin", "firebase.js")

_NO_KEEP_ALIVE = Path(__file__).with_name("no_keep_alive.cjs")

# What could make a local run act for a signed-in person, or on a real project.
_DROPPED_VARIABLES = ("GOOGLE_APPLICATION_CREDENTIALS", "FIREBASE_TOKEN", "FIREBASE_CONFIG")


def firebase_command(root: Path = ROOT, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the command of the CLI, without its arguments.

    Raises MissingToolError if Node.js is missing or too old, or the CLI is not installed.
    """
    node = shutil.which("node", path=environ.get("PATH"))
    if node is None or _version(node) < _OLDEST_NODE:
        raise MissingToolError(
            "Node.js {}.{} or newer is required: install it and put 'node' on the PATH.".format(
                *_OLDEST_NODE
            )
        )
    script = root / _SCRIPT
    if not script.exists():
        raise MissingToolError("The Firebase CLI is not installed: run 'make install'.")
    return [node, "--require", str(_NO_KEEP_ALIVE), str(script)]


def firebase_environment(settings: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for the CLI: Java 21 first, no questions, no update check, no telemetry.

    `settings` is the folder for the CLI's own settings. A folder of its own means: nobody is
    signed in there, and no usage statistics are switched on.
    """
    inherited = {name: value for name, value in environ.items() if name not in _DROPPED_VARIABLES}
    return {
        **java_environment(inherited),
        "CI": "true",
        "NO_UPDATE_NOTIFIER": "1",
        "XDG_CONFIG_HOME": str(settings),
        # Google's libraries would look for a metadata server, and wait for it.
        "NO_GCE_CHECK": "true",
        "METADATA_SERVER_DETECTION": "none",
        # main.py takes some seconds to import on a busy machine; the CLI gives up after ten.
        "FUNCTIONS_DISCOVERY_TIMEOUT": "120",
    }


def _version(node: str) -> tuple[int, int]:
    """Return the major and minor version; zeros if unknown."""
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
        major, minor = answer.stdout.strip().removeprefix("v").split(".")[:2]
        return int(major), int(minor)
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0, 0
