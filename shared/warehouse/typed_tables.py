"""Typed tables derived from the changelog: their names and lifetimes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from shared.warehouse.order_base import FULL_EVERY, MADE_AT, distrusted_at, order_bases
from shared.warehouse.order_delta import SERVES, order_deltas

FACTS_KEPT = timedelta(days=2)
"""Lifetime of typed tables: longer than a night may take with all its attempts."""

TYPED_TABLES = (
    "asked_organizations",
    "order_changes",
    "order_entries",
    "order_facts",
    "customers",
    "order_lines",
    "baskets",
    "audit_summaries",
)
"""Tables and views that are made from the changelog, together."""
_TYPED_TABLE = re.compile(
    r"\b(FROM|JOIN|TABLE|VIEW)(\s+)(`\{dataset\}\.)?" rf"({'|'.join(TYPED_TABLES)})\b(`?)"
)
_TYPED_NAME = re.compile(
    rf"({'|'.join(TYPED_TABLES)}|answers(?:_[a-z_]+)?)_(\d{{8}}T\d{{6}})_[0-9a-f]{{8}}"
)


def with_facts(text: str, facts: str | None) -> str:
    """The same query of the typed tables of these facts; of the plain names where there are none.

    >>> with_facts("SELECT order_facts.org_id FROM order_facts", "x")
    'SELECT order_facts.org_id FROM order_facts_x AS order_facts'
    """
    if facts is None:
        return text

    def table_name(match: re.Match[str]) -> str:
        clause, blanks, dataset, table, quote = match.groups()
        alias = "" if clause in ("TABLE", "VIEW") else f" AS {table}"
        return f"{clause}{blanks}{dataset or ''}{table}_{facts}{quote}{alias}"

    return _TYPED_TABLE.sub(table_name, text)


def outdated(tables: Iterable[str], now: datetime) -> list[str]:
    """Return unused tables: facts older than FACTS_KEPT, and the tables they were made from."""
    names = list(tables)
    kept_since = now - FACTS_KEPT
    return [
        *(
            name
            for name in names
            if (match := _TYPED_NAME.fullmatch(name))
            and datetime.strptime(match[2], MADE_AT).replace(tzinfo=UTC) < kept_since
        ),
        *(base.table for base in order_bases(names) if base.made_at < kept_since - FULL_EVERY),
        *(delta.table for delta in order_deltas(names) if delta.made_at < kept_since - SERVES),
        *(name for name in names if (at := distrusted_at([name])) and at < now - FULL_EVERY),
    ]
