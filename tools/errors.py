"""Errors that a person who runs a tool can act on.

ToolError
├── PortError         a port is taken, or its variable does not hold a port
├── MissingToolError  Java, Node.js, the venv, the Firebase CLI or the emulator is missing
└── StackError        an emulator did not start, or the functions did not load
"""

from __future__ import annotations


class ToolError(Exception):
    """Its text is one clear sentence that says what to do, log lines below it at most."""


class PortError(ToolError):
    """A port is taken, or the variable that overrides it does not hold a port."""


class MissingToolError(ToolError):
    """A program that `make install` or the person provides is missing."""


class StackError(ToolError):
    """An emulator did not start, or the functions did not load."""
