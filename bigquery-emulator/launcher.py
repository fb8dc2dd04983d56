"""Runs the BigQuery emulator by the Python of the environment beside it, with five changes.

It keeps no past states. For time travel it copies the whole table at every insert, load and DML
statement, and keeps each copy for days: memory and time grow with the square of the inserts.
Nothing here reads the past state of a table.

It parses a statement once. Each of its many checks and rewrites parses the text on its own, some
twenty times for one query, which takes longer than to run it.

It translates a statement once, whatever generated names are in it. Translating takes several times
as long as running, and the same statements come again for each dataset and each night's tables.

It handles one request at a time. It has a single connection to its database, whose next statement
takes the place of a result that is not fetched yet. Calls that list rows run in threads beside
queries, whose answers were empty now and then.

It computes in as many threads as DUCKDB_THREADS says. On small tables they wait for each other.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import fastapi.routing
from bqemulator.cli import main
from bqemulator.domain.events import TableDataChanged
from bqemulator.domain.result import Ok
from bqemulator.jobs import executor
from bqemulator.sql.rewriter import default_dataset
from bqemulator.sql.translator import SQLTranslator
from bqemulator.storage.engine import DuckDBEngine
from bqemulator.versioning.snapshots import SnapshotManager
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import Expression

REMEMBERED_TREES = 64
"""Texts whose trees are kept: more than one statement and its rewritten forms."""
REMEMBERED_REWRITES = 1_000
"""Texts whose rewritten form is kept: more than the product's statements."""

Parse = Callable[..., list[Expression | None]]
Rewrite = Callable[..., str]

_GENERATED_NAME = re.compile(r"\b[A-Za-z]\w*?[0-9a-f]{8}\w*")
"""Names with a date or a random id in them: datasets of tests, tables of a night."""
_PLACEHOLDER = re.compile(r"generated_name_(\d+)_")
_SEPARATOR = "\0"


def publish_change(self: SnapshotManager, project_id: str, dataset_id: str, table_id: str) -> None:
    """What `record_change` does besides the copy: tell the subscribers, such as views."""
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


def limiting_threads(prepare: Callable[[DuckDBEngine], None]) -> Callable[[DuckDBEngine], None]:
    """The same for a new connection, which then keeps to DUCKDB_THREADS."""

    def prepare_and_limit(self: DuckDBEngine) -> None:
        prepare(self)
        if threads := os.environ.get("DUCKDB_THREADS"):
            self.execute(f"SET threads = {int(threads)}")

    return prepare_and_limit


async def run_here(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Run what would run in a thread between two other requests."""
    return call(*args, **options)


def parsing_once(parse: Parse) -> Parse:
    """The same, but for a text parsed lately it gives copies of the trees, which callers change.

    The trees lack comments and positions in the text, which take most of the time of a copy.
    """

    @lru_cache(maxsize=REMEMBERED_TREES)
    def parsed(dialect: type[Dialect], sql: str) -> list[Expression | None]:
        trees = parse(dialect(), sql)
        for tree in filter(None, trees):
            for node in tree.walk():
                node.comments = node._meta = None
        return trees

    def parse_once(self: Dialect, sql: str, **options: Any) -> list[Expression | None]:
        if self.settings or any(option is not None for option in options.values()):
            return parse(self, sql, **options)
        return [tree and tree.copy() for tree in parsed(type(self), sql)]

    return parse_once


def rewriting_once(rewrite: Rewrite) -> Rewrite:
    """The same function of texts, called once for those that differ in generated names alone."""

    @lru_cache(maxsize=REMEMBERED_REWRITES)
    def rewritten(texts: str) -> str:
        return rewrite(*texts.split(_SEPARATOR))

    def rewrite_once(*texts: str) -> str:
        names: dict[str, int] = {}

        def placeholder(found: re.Match[str]) -> str:
            return f"generated_name_{names.setdefault(found[0], len(names))}_"

        try:
            result = rewritten(_GENERATED_NAME.sub(placeholder, _SEPARATOR.join(texts)))
        except Exception:
            # For the same error with the names in it.
            return rewrite(*texts)
        in_order = list(names)
        return _PLACEHOLDER.sub(lambda found: in_order[int(found[1])], result)

    return rewrite_once


def translating_once(translate: Callable[..., Any]) -> Callable[..., Any]:
    """The same for `SQLTranslator.translate`, but each statement is translated once."""

    @lru_cache
    def translation(translator: SQLTranslator, caller: Any) -> Rewrite:
        def translated(sql: str, schema: str) -> str:
            result = translate(translator, sql, schema=json.loads(schema), caller=caller)
            if not isinstance(result, Ok):
                raise result.error
            return result.value

        return rewriting_once(translated)

    def translate_once(
        self: SQLTranslator, sql: str, *, schema: Any = None, caller: Any = None
    ) -> Any:
        return Ok(translation(self, caller)(sql, json.dumps(schema)))

    return translate_once


def qualifying_once(qualify: Rewrite) -> Rewrite:
    """The same for `qualify_unqualified_tables`, but each statement is rewritten once."""
    qualified = rewriting_once(
        lambda sql, project, dataset: qualify(sql, default_project=project, default_dataset=dataset)
    )
    return lambda sql, *, default_project, default_dataset: qualified(
        sql, default_project, default_dataset
    )


if __name__ == "__main__":
    # DuckDB looks for it at each parameter, through the whole path where it is not installed.
    sys.modules["pandas"] = None
    SnapshotManager.record_change = publish_change
    DuckDBEngine._apply_session_pragmas = limiting_threads(DuckDBEngine._apply_session_pragmas)
    Dialect.parse = parsing_once(Dialect.parse)
    SQLTranslator.translate = translating_once(SQLTranslator.translate)
    executor.rewrite_table_refs = rewriting_once(executor.rewrite_table_refs)
    default_dataset.qualify_unqualified_tables = qualifying_once(
        default_dataset.qualify_unqualified_tables
    )
    fastapi.routing.run_in_threadpool = run_here
    main()
