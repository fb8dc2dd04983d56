"""Every query is BigQuery's own SQL, and is read from its file."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import expressions as exp

import shared
from shared.computation.questions import PREDICTION_SAMPLES, QUESTIONS
from shared.warehouse.tables import CHANGELOG
from shared.warehouse.typed_tables import TYPED_TABLES, with_facts
from shared.warehouse.warehouse import PARTS, SQL_FILES, statement

SHARED = Path(shared.__file__).parent
NAMES = sorted(name for name, path in SQL_FILES.items() if path.parent.name != PARTS)


def test_no_two_queries_share_a_name() -> None:
    names = [path.stem for path in SHARED.rglob("*.sql")]
    assert sorted(names) == sorted(SQL_FILES)


KNOWN_TO_BIGQUERY = frozenset(
    {
        "ABS",
        "ANY_VALUE",
        "APPROX_QUANTILES",
        "ARRAY_AGG",
        "ARRAY_CONCAT",
        "ARRAY_LENGTH",
        "AVG",
        "CAST",
        "CEIL",
        "COALESCE",
        "CONCAT",
        "COUNT",
        "COUNTIF",
        "DATE",
        "DATE_ADD",
        "DATE_DIFF",
        "DATE_SUB",
        "DATE_TRUNC",
        "DENSE_RANK",
        "DIV",
        "EXP",
        "EXTRACT",
        "FARM_FINGERPRINT",
        "FIRST_VALUE",
        "FLOOR",
        "FORMAT_DATE",
        "GENERATE_ARRAY",
        "GENERATE_DATE_ARRAY",
        "GREATEST",
        "IF",
        "IFNULL",
        "JSON_QUERY",
        "JSON_QUERY_ARRAY",
        "JSON_VALUE",
        "LAG",
        "LAST_VALUE",
        "LEAD",
        "LEAST",
        "LN",
        "LOGICAL_AND",
        "LOGICAL_OR",
        "MAX",
        "MIN",
        "MOD",
        "NTILE",
        "NULLIF",
        "OFFSET",
        "PERCENT_RANK",
        "POW",
        "RANK",
        "REGEXP_REPLACE",
        "ROUND",
        "ROW_NUMBER",
        "SAFE_CAST",
        "SAFE_DIVIDE",
        "SAFE_OFFSET",
        "SPLIT",
        "SQRT",
        "STRING_AGG",
        "STRUCT",
        "SUM",
        "TIMESTAMP",
        "TIMESTAMP_ADD",
        "TIMESTAMP_DIFF",
        "TIMESTAMP_MICROS",
        "TIMESTAMP_SUB",
        "TO_JSON_STRING",
        "UNIX_MICROS",
        "UNNEST",
    }
)
"""Functions of GoogleSQL that the queries may call. The emulator knows others that BigQuery does
not, so a query that runs here proves nothing about them."""

KEYWORDS = frozenset(
    {
        "ALL",
        "AND",
        "ANY",
        "ARRAY",
        "AS",
        "BY",
        "CASE",
        "EXISTS",
        "FILTER",
        "FROM",
        "IN",
        "INTERVAL",
        "JOIN",
        "LIMIT",
        "NOT",
        "ON",
        "OR",
        "OVER",
        "PARTITION",
        "SELECT",
        "SETS",
        "THEN",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "WITH",
        "ELSE",
        "QUALIFY",
        "HAVING",
        "UNION",
        "EXCEPT",
    }
)


def without_comments_and_strings(sql: str) -> str:
    return re.sub(r"--[^\n]*|'(?:[^'\\]|\\.)*'", " ", sql)


@pytest.mark.parametrize("name", NAMES)
def test_it_parses_as_bigquery(name: str) -> None:
    (parsed,) = sqlglot.parse(
        statement(name), read="bigquery", error_level=sqlglot.ErrorLevel.RAISE
    )
    assert parsed is not None
    assert not list(parsed.find_all(exp.Command)), "something that is only passed through"


@pytest.mark.parametrize("name", NAMES)
def test_it_calls_only_what_bigquery_has(name: str) -> None:
    called = set(re.findall(r"\b([A-Z_]+)\s*\(", without_comments_and_strings(statement(name))))
    assert called - KEYWORDS <= KNOWN_TO_BIGQUERY


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_for(name: str) -> None:
    assert statement(name).startswith("-- ")


@pytest.mark.parametrize("name", NAMES)
def test_a_list_has_an_order_and_an_answer_has_none(name: str) -> None:
    """Sorting the answers about all organisations would be the work of one machine."""
    sql = without_comments_and_strings(statement(name))
    if not re.match(r"\s*(CREATE|DROP)", sql) and re.search("org_id|GROUP BY", sql):
        last = re.split(r"\n\)\n", sql)[-1]
        ordered = re.search(r"^ORDER BY\s+(\w+\.)?org_id\b", last, re.MULTILINE)
        answers = {PREDICTION_SAMPLES.sql, *(question.sql for question in QUESTIONS)}
        assert bool(ordered) is (name not in answers), name


@pytest.mark.parametrize("name", NAMES)
def test_typed_tables_go_by_their_plain_names(name: str) -> None:
    """Their own name comes in their place when the query is run, with the plain one as alias."""
    text = without_comments_and_strings(statement(name))
    tables = "|".join(TYPED_TABLES)
    assert not re.search(rf"\b(FROM|JOIN)\s+({tables})\s+AS\b", text)
    assert not re.search(rf"^\s*(WITH\s+)?({tables}) AS \(", text, re.MULTILINE), "a CTE"
    parsed = sqlglot.parse_one(with_facts(statement(name), "facts"), read="bigquery")
    assert {table.name for table in parsed.find_all(exp.Table)}.isdisjoint(TYPED_TABLES)


def test_the_changelog_is_read_by_partition() -> None:
    """Comparing its `timestamp` with a parameter alone reads no other partitions.

    Counting all rows refers to no column, and reads nothing.
    """
    conditions = {}
    for name in NAMES:
        for select in sqlglot.parse_one(statement(name), read="bigquery").find_all(exp.Select):
            source = select.args.get("from_")
            counts_all = [each.sql() for each in select.expressions] == ["COUNT(*)"]
            if source and source.this.name == CHANGELOG and not counts_all:
                where = select.args.get("where")
                conditions[name] = where and where.this.sql(dialect="bigquery")
    assert conditions.pop("create_latest_view", None) is None
    assert conditions == {
        "audit_newest": "timestamp >= @since AND document_id IN UNNEST(@order_ids)",
        "older_rows": "timestamp >= @base_since",
        "refresh_order_entries": "timestamp >= @changed_since",
    }


@pytest.mark.parametrize("name", NAMES)
def test_of_all_orders_only_the_clusters_of_who_is_asked_about_are_read(name: str) -> None:
    """BigQuery skips clusters by constants, and not by what another table says."""
    for select in sqlglot.parse_one(statement(name), read="bigquery").find_all(exp.Select):
        source = select.args.get("from_")
        if source and source.this.name in ("order_entries", "order_lines"):
            where = select.args.get("where")
            condition = where.sql(dialect="bigquery") if where else ""
            assert re.search(r"\borg_id (IN UNNEST\(@org_ids\)|= @org_id\b)", condition), name


WINDOWS_OF_AN_ORGANISATION = {
    "refresh_baskets: org_id": "a row per product",
    "campaign_lift: org_id": "a row per campaign",
    "affinity: source": "a row per pair kept, 25,000 at most",
    "cohorts: org_id, question": "a row per value of a breakdown, or per period and cohort",
    "rfm: org_id, dimension": "a row per different value",
    "prediction_samples: org_id, cutoff": "a row per customer: see ADR 0024",
    "campaign_lift: org_id, campaign_id": "a row per member of a campaign",
}
"""Windows over much of an organisation at once, and what they have rows of."""
PARTS_OF_AN_ORGANISATION = {
    "cutoff",
    "campaign_id",
    "dimension",
    "org_id",
    "question",
    "source",
}
"""Columns of few different values: a window by these alone is sorted by one machine."""


def test_no_window_spans_an_organisation_unless_it_has_few_rows() -> None:
    """Numbering the orders and customers of a large shop was the work of one machine."""
    wide = set()
    for name in NAMES:
        for window in sqlglot.parse_one(statement(name), read="bigquery").find_all(exp.Window):
            columns = [each.name for each in window.args.get("partition_by") or ()]
            if columns and set(columns) <= PARTS_OF_AN_ORGANISATION:
                wide.add(f"{name}: {', '.join(columns)}")
    assert wide == set(WINDOWS_OF_AN_ORGANISATION)


@pytest.mark.parametrize("name", NAMES)
def test_no_query_depends_on_a_time_zone(name: str) -> None:
    """One that the engine does not know would fail the query for every organisation."""
    text = statement(name)
    assert "$.time_zone" not in text
    assert not re.search(r"AT TIME ZONE", text, re.IGNORECASE)
