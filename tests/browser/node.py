"""The JavaScript of this folder, as commands to run."""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent
INSTALLED = FOLDER / "node_modules" / "firebase" / "package.json"


def node(*arguments: str) -> list[str]:
    """Return the command that runs Node.js in this folder with these arguments.

    Fails where Node.js or the packages are missing: nothing that needs them is skipped.
    """
    program = shutil.which("node")
    assert program, "Node.js 20.11 or newer is required: install it and put 'node' on the PATH."
    assert INSTALLED.exists(), "The Firebase JS SDK is not installed: run 'make install'."
    return [program, *arguments]
