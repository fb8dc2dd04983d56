"""Prompts, each a file by its version.

A text that was used is never changed: it gets a new version, so that what is stored says which one
worded it.
"""

from functools import cache
from importlib.resources import files

CURRENT = "wording_1"


@cache
def prompt_text(version: str = CURRENT) -> str:
    """The text of a prompt."""
    return files(__name__).joinpath(f"{version}.txt").read_text(encoding="utf-8")
