"""Prompts, each a file by its version.

A prompt in use is never edited: a change is a new version, so that stored wordings name the prompt
that produced them.
"""

from functools import cache
from importlib.resources import files

CURRENT = "wording_1"


@cache
def prompt_text(version: str = CURRENT) -> str:
    """The text of a prompt."""
    return files(__name__).joinpath(f"{version}.txt").read_text(encoding="utf-8")
