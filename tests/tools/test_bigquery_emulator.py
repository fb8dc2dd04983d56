"""The local stack's BigQuery starts, works, and takes its process with it."""

import os
import signal
import socket
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.support.person import python_program
from tests.support.warehouse_facts import fact_row, order_counts
from tools.errors import MissingToolError, PortError, StackError
from tools.stack.bigquery_emulator import bigquery_emulator
from tools.stack.firebase_cli import ROOT
from tools.stack.ports import HOST, free_ports, is_free
from tools.stack.processes import marked_processes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_it_starts_works_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bigquery_emulator(log_folder=tmp_path) as emulator:
        assert emulator.host == f"{HOST}:{emulator.port}"
        assert emulator.environment == {"BIGQUERY_EMULATOR_HOST": f"http://{emulator.host}"}
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        client = bigquery_client("demo-local-stack")
        assert [row.sum for row in client.query("SELECT 1 + 1 AS sum").result()] == [2]
        client.close()
    assert marked_processes(emulator.server.mark) == []
    assert is_free(emulator.port)


def test_it_ends_where_the_block_fails(tmp_path: Path) -> None:
    marks = []

    def fail() -> None:
        with bigquery_emulator(log_folder=tmp_path) as emulator:
            marks.append(emulator.server.mark)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [marked_processes(mark) for mark in marks] == [[]]


def test_it_ends_with_a_signal(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    program = f"""
import time
from pathlib import Path
from tools.stack.bigquery_emulator import bigquery_emulator
with bigquery_emulator({port}, log_folder=Path({str(tmp_path)!r})) as emulator:
    print(emulator.server.mark, flush=True)
    time.sleep(600)
"""
    with python_program(program) as person:
        assert person.stdout is not None
        mark = person.stdout.readline().strip()
        assert marked_processes(mark)
        person.send_signal(signal.SIGTERM)
        assert person.wait(timeout=30) == 128 + signal.SIGTERM
    assert marked_processes(mark) == []
    assert is_free(port)


def test_it_listens_on_this_machine_only(bigquery_host: str) -> None:
    port = int(bigquery_host.rpartition(":")[2])
    with socket.socket() as client:
        # Also this machine, but another address: a server that listens on all would answer.
        assert client.connect_ex(("127.0.0.2", port)) != 0


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with (
        socket.create_server((HOST, 0)) as server,
        pytest.raises(PortError, match="BIGQUERY_PORT"),
        bigquery_emulator(server.getsockname()[1], log_folder=tmp_path),
    ):
        pass


def test_a_missing_installation_is_told_with_what_to_do(tmp_path: Path) -> None:
    with (
        pytest.raises(MissingToolError) as error,
        bigquery_emulator(root=tmp_path),
    ):
        pass
    assert str(error.value) == "The BigQuery emulator is not installed: run 'make install'."


def test_an_emulator_that_ends_shows_why(tmp_path: Path) -> None:
    folder = tmp_path / "bigquery-emulator" / "venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("bqemulator", "python"):
        program = folder / name
        program.write_text("#!/bin/sh\necho no luck\nexit 3\n")
        program.chmod(0o755)
    with (
        pytest.raises(StackError) as error,
        bigquery_emulator(root=tmp_path, log_folder=tmp_path),
    ):
        pass
    first, *log = str(error.value).splitlines()
    assert first == (
        f"The BigQuery emulator ended with code 3; the end of {tmp_path / 'bigquery.log'}:"
    )
    assert log == ["  no luck"]


def test_settings_of_another_emulator_do_not_count(tmp_path: Path) -> None:
    environ = {**os.environ, "BQEMU_REST_HOST": "0.0.0.0", "BQEMU_DEFAULT_PROJECT_ID": "none"}
    with bigquery_emulator(log_folder=tmp_path, environ=environ) as emulator:
        (process,) = marked_processes(emulator.server.mark)
        assert process.environ().get("BQEMU_REST_HOST") is None
        assert "avro" not in emulator.server.output(), "nothing is downloaded"


def test_it_computes_in_as_many_threads_as_it_is_given() -> None:
    """On small tables they wait for each other: the run's own emulator has one."""
    program = """
import os
from bqemulator.storage.engine import DuckDBEngine
from launcher import limiting_threads
import duckdb

def threads(given):
    os.environ["DUCKDB_THREADS"] = given
    engine = DuckDBEngine(None)
    engine._connection = duckdb.connect()
    limiting_threads(DuckDBEngine._apply_session_pragmas)(engine)
    return engine.execute("SELECT current_setting('threads')").fetchone()[0]

assert [threads(given) for given in ("1", "3")] == [1, 3]
assert threads("") == duckdb.connect().execute("SELECT current_setting('threads')").fetchone()[0]
"""
    run_beside_launcher(program)


def test_streamed_rows_take_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the launcher these take 5 GB: a copy of the whole table for every insert."""
    lines = [(f"p{number}", "Product", "Category", 1000, 500) for number in range(5)]
    rows = [fact_row(f"o{number}", ordered_at=NOON, lines=lines) for number in range(20_000)]
    with bigquery_emulator(log_folder=tmp_path) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        client = bigquery_client("demo-local-stack")
        warehouse = Warehouse(client, "memory", maximum_bytes_billed=10**10)
        for first in range(0, len(rows), 50):
            warehouse.append(rows[first : first + 50])
        client.close()
        (process,) = marked_processes(emulator.server.mark)
        assert process.memory_info().rss <= 500 * 10**6


def test_a_statement_is_parsed_once_and_every_caller_may_change_its_tree() -> None:
    """The emulator's checks and rewrites parse each text some twenty times."""
    program = """
from launcher import parsing_once
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.dialects.duckdb import DuckDB

texts = []

def parse(dialect, sql, **options):
    texts.append(sql)
    return original(dialect, sql, **options)

original, sql = BigQuery.parse, "SELECT a FROM t WHERE b = 1"
once = parsing_once(parse)
(first,), (second,) = once(BigQuery(), sql), once(BigQuery(), sql)
assert first == second and texts == [sql]
first.limit(1, copy=False)
assert once(BigQuery(), sql) == [second] != [first]
(other,) = once(DuckDB(), sql)
assert texts == [sql, sql], "another dialect may read it otherwise"
"""
    run_beside_launcher(program)


def test_a_statement_is_translated_once_whatever_generated_names_are_in_it() -> None:
    """Else each dataset and each night's tables have every statement translated again."""
    program = """
from launcher import rewriting_once, translating_once
from bqemulator.domain.errors import UnsupportedFeatureError
from bqemulator.sql.table_rewriter import rewrite_table_refs
from bqemulator.sql.translator import SQLTranslator

texts = []

def translate(self, sql, **options):
    texts.append(sql)
    return SQLTranslator.translate(self, sql, **options)

def statement(dataset, facts):
    return (
        f"CREATE TABLE {dataset}.answers_{facts} AS SELECT x.n, 'of_{facts}', t.n_{facts} "
        f"FROM {dataset}.orders_{facts} AS x JOIN `project.{dataset}.orders_{facts}` AS t USING (n)"
        " WHERE n > 12345678 -- of all"
    )

translator, once = SQLTranslator(), translating_once(translate)
qualified = rewriting_once(rewrite_table_refs)
for dataset, facts in [
    ("test_0a1b2c3d4e5f", "20260301T120000_00000001"),
    ("test_ffffffffffff", "20260302T120000_00000001"),
    ("test_20260301", "test_20260301"),
    ("sales", "of_today"),
]:
    sql = statement(dataset, facts)
    for schema in (None, {f"orders_{facts}": {"n": "BIGINT", f"n_{facts}": "DOUBLE"}}):
        expected = SQLTranslator.translate(translator, sql, schema=schema).value
        assert once(translator, sql, schema=schema).value == expected, (expected, texts[-1])
        ours = qualified(expected, "project")
        assert ours == rewrite_table_refs(expected, "project"), ours
assert len(texts) == 4, "all with generated names share one, with columns and without"

try:
    once(translator, "SELECT * FROM ML.PREDICT(MODEL test_0a1b2c3d4e5f.m)")
except UnsupportedFeatureError as error:
    assert "ML.PREDICT" in str(error)
else:
    raise AssertionError
"""
    run_beside_launcher(program)


def run_beside_launcher(program: str) -> None:
    folder = ROOT / "bigquery-emulator"
    subprocess.run([folder / "venv" / "bin" / "python", "-c", program], cwd=folder, check=True)


def test_queries_are_answered_while_others_list_rows(
    warehouse: Warehouse,
) -> None:
    """One in six answers was empty, since all requests share a connection to the database."""
    table = warehouse.dataset.table("numbers")
    warehouse.client.query(f"CREATE TABLE `{table.dataset_id}.numbers` AS SELECT 1 AS n").result()
    listed = Counter[int]()
    stop = Event()

    def list_rows() -> None:
        client = bigquery_client(warehouse.client.project)
        while not stop.is_set():
            listed[len(list(client.list_rows(client.get_table(table))))] += 1
        client.close()

    with ThreadPoolExecutor() as pool:
        listing = [pool.submit(list_rows) for _ in range(3)]
        try:
            asked = f"SELECT n FROM `{table.dataset_id}.numbers`"
            for _ in range(100):
                assert [row["n"] for row in warehouse.client.query(asked).result()] == [1]
        finally:
            stop.set()
        for each in listing:
            each.result()
    assert listed.keys() == {1}


def test_a_test_has_tables_of_its_own(warehouse: Warehouse) -> None:
    """The fixture of the other tests."""
    warehouse.refresh_facts()
    assert order_counts(warehouse) == {}
    warehouse.append([fact_row("o1", ordered_at=NOON)])
    warehouse.refresh_facts()
    assert order_counts(warehouse) == {"org": 1}


def test_the_next_test_does_not_see_them(warehouse: Warehouse) -> None:
    warehouse.refresh_facts()
    assert order_counts(warehouse) == {}
