"""Configuration of the Firebase CLI for one run of the local stack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.errors import MissingToolError
from tools.stack.ports import HOST, Ports, free_ports

PROJECT = "demo-segments"
"""The project of the local stack. The Firebase CLI keeps a `demo-` project off the network."""


def runtime(root: Path) -> str:
    """The CLI's name for the Python of the venv: it runs `python3.<minor>` from there."""
    python = root / "venv" / "bin" / "python"
    try:
        answer = subprocess.run(
            [python, "-c", "import sys; print('python%d%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        raise MissingToolError(
            "The virtual environment ./venv is missing: run 'make install'."
        ) from None
    return answer.stdout.strip()


def write_settings(root: Path, folder: Path, env: Mapping[str, str]) -> None:
    """Copy the functions' .env files to the folder, and add `env` to them.

    The CLI adds every parameter's default to .env.local. In the repository these would stay, and
    outlive a change of the default.
    """
    for name in (".env", f".env.{PROJECT}", ".env.local"):
        if (root / name).exists():
            shutil.copyfile(root / name, folder / name)
    with (folder / ".env.local").open("a") as file:
        file.writelines(f"\n{name}={json.dumps(value)}" for name, value in env.items())
        file.write("\n")


def configuration(root: Path, ports: Ports, python: str, settings: Path) -> dict[str, Any]:
    """firebase.json as it is, but with these ports, this venv's Python and these .env files.

    The CLI's helpers get ports of their own, or two stacks would fight for the same ones.
    """
    configuration: dict[str, Any] = json.loads((root / "firebase.json").read_text())
    for codebase in configuration["functions"]:
        codebase["runtime"] = python
        codebase["configDir"] = os.path.relpath(settings, root)
    used_ports = set(ports.by_service().values())
    websocket, hub, logging, eventarc, tasks = free_ports(5, excluding=used_ports)
    configuration["emulators"] = {
        "functions": {"host": HOST, "port": ports.functions},
        "firestore": {"host": HOST, "port": ports.firestore, "websocketPort": websocket},
        "auth": {"host": HOST, "port": ports.auth},
        "hub": {"host": HOST, "port": hub},
        "logging": {"host": HOST, "port": logging},
        "eventarc": {"host": HOST, "port": eventarc},
        "tasks": {"host": HOST, "port": tasks},
        "ui": {"enabled": False},
        "singleProjectMode": True,
    }
    return configuration
