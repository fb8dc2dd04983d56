"""A project of its own for the local stack: its folder holds its secrets and settings."""

from pathlib import Path

from tools.stack.firebase_cli import ROOT

LINKED = (
    "bigquery-emulator",
    "firebase-cli",
    "venv",
    "firebase.json",
    "firestore.rules",
    "requirements.txt",
)


def project_with(folder: Path, main: str) -> Path:
    """A project with this main.py, and everything else from here."""
    _link(folder, LINKED)
    (folder / "main.py").write_text(main)
    return folder


def same_project(folder: Path) -> Path:
    """This project, without its secrets and settings."""
    _link(folder, (*LINKED, "main.py", "functions", "shared"))
    return folder


def _link(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).symlink_to(ROOT / name)
