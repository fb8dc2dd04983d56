"""Runs the BigQuery emulator by the Python of the environment beside it, with three changes.

It keeps no past states. For time travel it copies the whole table at every insert, load and DML
statement, and keeps each copy for days: memory and time grow with the square of the inserts.
Nothing here reads the past state of a table.

It parses a statement once. Each of its many checks and rewrites parses the text on its own, some
twenty times for one query, which takes longer than to run it.

It handles one request at a time. It has a single connection to its database, whose next statement
takes the place of a result that is not fetched yet. Calls that list rows run in threads beside
queries, whose answers were empty now and then.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import fastapi.routing
from bqemulator.cli import main
from bqemulator.domain.events import TableDataChanged
from bqemulator.versioning.snapshots import SnapshotManager
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import Expression

REMEMBERED = 64
"""Texts whose trees are kept: more than one statement and its rewritten forms."""

Parse = Callable[..., list[Expression | None]]


def publish_change(self: SnapshotManager, project_id: str, dataset_id: str, table_id: str) -> None:
    """What `record_change` does besides the copy: tell the subscribers, such as views."""
    self._events.publish(TableDataChanged(project_id, dataset_id, table_id))


async def run_here(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Run what would run in a thread between two other requests."""
    return call(*args, **options)


def parsing_once(parse: Parse) -> Parse:
    """The same, but for a text parsed lately it gives copies of the trees, which callers change."""

    @lru_cache(maxsize=REMEMBERED)
    def parsed(dialect: type[Dialect], sql: str) -> list[Expression | None]:
        return parse(dialect(), sql)

    def parse_once(self: Dialect, sql: str, **options: Any) -> list[Expression | None]:
        if self.settings or any(option is not None for option in options.values()):
            return parse(self, sql, **options)
        return [tree and tree.copy() for tree in parsed(type(self), sql)]

    return parse_once


if __name__ == "__main__":
    SnapshotManager.record_change = publish_change
    Dialect.parse = parsing_once(Dialect.parse)
    fastapi.routing.run_in_threadpool = run_here
    main()
