"""Help of a tool."""

import io
import runpy
import sys
import warnings
from contextlib import redirect_stdout

import pytest


def tool_help(module: str, *, columns: int) -> str:
    """The output of `python -m module --help` in a terminal of so many columns."""
    output = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(output),
        warnings.catch_warnings(),
    ):
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("NO_COLOR", "1")
        patch.setattr(sys, "argv", [module, "--help"])
        # Another test may have imported the module; it runs here as a program nevertheless.
        warnings.filterwarnings("ignore", "'.*' found in sys.modules", RuntimeWarning)
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert not ended.value.code, output.getvalue()
    return output.getvalue()
