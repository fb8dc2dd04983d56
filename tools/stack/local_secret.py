"""The secret that turns an e-mail or phone number into a customer key, for this machine only."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path

from tools.errors import ToolError

NAME = "CUSTOMER_KEY_SECRET"
"""The name that the functions declare, and the variable in which tools expect the value."""

FILE = ".secret.local"
"""File from which the functions emulator reads secrets; never committed."""


def customer_key_secret(root: Path) -> str:
    """The secret in the folder's `.secret.local`, made once, readable by this user only.

    Stays the same as long as the file does: keys made with another value find no customer. Raises
    ToolError where the file exists and holds no value.
    """
    path = root / FILE
    if not path.exists():
        _create(path)
    declared = re.search(rf"^{NAME}=(\S+)$", path.read_text(), re.MULTILINE)
    if declared is None:
        raise ToolError(f"{path} has no line {NAME}=…: add one, or remove the file.")
    return declared.group(1)


def _create(path: Path) -> None:
    """Make the whole file at once, so that nobody reads half; where another was first, keep its."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret.") as draft:
        os.chmod(draft.name, 0o600)
        draft.write(f"{NAME}={secrets.token_hex(32)}\n")
        draft.flush()
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return
