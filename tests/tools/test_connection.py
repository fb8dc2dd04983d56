"""Connections of tools, and refusals to connect."""

import pytest

from tools.connection import EMULATOR, WAREHOUSE_EMULATOR, connect
from tools.errors import ToolError

FIRESTORE, BIGQUERY = {EMULATOR: "127.0.0.1:1"}, {WAREHOUSE_EMULATOR: "http://127.0.0.1:1"}


@pytest.mark.parametrize("environ", [FIRESTORE, BIGQUERY])
def test_no_tool_mixes_a_local_database_with_the_warehouse_of_a_project(
    environ: dict[str, str],
) -> None:
    with pytest.raises(ToolError, match="Set both FIRESTORE_EMULATOR_HOST and BIGQUERY_EMULATOR"):
        connect("a-project", environ, warehouse=True)


def test_the_project_has_to_be_named() -> None:
    with pytest.raises(ToolError, match="Name the project with --project"):
        connect(None, {}, warehouse=True)
