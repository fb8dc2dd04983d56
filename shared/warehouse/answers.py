"""Answers of a night, in tables beside the facts.

Each scan's answer is a table `answers_…` with a row per organisation and question, which holds the
rows of the answer as JSON; `answers` has them all together, since a query is billed by table. All
carry the name of the facts and are deleted with them.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from shared.nightly.compute import OrganizationAnswers
from shared.nightly.question import AskedQuestion, ComputedOrganization, Row, Scan
from shared.warehouse.warehouse import Warehouse, of_organizations, statement

ORGANIZATIONS = "asked_organizations"
"""Table of the organisations of a night, with their settings at that time."""
ORGANIZATIONS_SCHEMA = [
    bigquery.SchemaField("org_id", "STRING", mode="REQUIRED"),
    bigquery.SchemaField("organization", "STRING", mode="REQUIRED"),
]
ANSWERS = "answers"
_ORGANIZATION = "organization"
_ORDERS = "orders"
_QUESTION = "question"


class NightTables:
    """See `shared.nightly.asking.Tables`. `warehouse` makes the facts; any others are read.

    `org_ids` are the organisations that are asked about, all if omitted: of views of all orders a
    question reads their clusters alone.
    """

    def __init__(self, warehouse: Warehouse, org_ids: Sequence[str] | None = None) -> None:
        self._warehouse = warehouse
        self._org_ids = org_ids

    def make_facts(self, organizations: Sequence[ComputedOrganization]) -> str:
        """Make the typed tables of these organisations, and one of their settings."""
        org_ids = [each.org_id for each in organizations]
        facts = self._warehouse.refresh_facts(org_ids)
        reader = self._warehouse.reading(facts)
        reader.load_table(
            _name(ORGANIZATIONS, facts),
            ORGANIZATIONS_SCHEMA,
            (
                {"org_id": each.org_id, "organization": each.as_parameter()}
                for each in organizations
            ),
        )
        reader.refresh_baskets(org_ids)
        return facts

    def ask(self, facts: str, scan: Scan, now: datetime) -> None:
        """One query, over the facts of all organisations at once."""
        rows = f"(\n{statement(scan.sql)}\n)"
        if not scan.names_questions:
            rows = f"(SELECT '{scan.name}' AS question, own.* FROM {rows} AS own)"
        text = statement("answer").replace("`{question}`", rows)
        own = of_organizations(self._org_ids) if "@org_ids" in text else {}
        self._warehouse.reading(facts).run(
            text.replace("{answers}", _answers(scan.name, facts)), {**scan.parameters(now), **own}
        )

    def combine(self, facts: str, scans: Iterable[str]) -> None:
        """One query over the answers."""
        parts = [statement("answers").replace("{answers}", _name(ANSWERS, facts))]
        for name in scans:
            parts.append(f"SELECT org_id, question, answer FROM `{_answers(name, facts)}`")
        self._warehouse.reading(facts).run("\nUNION ALL\n".join(parts), {})


class NightAnswers:
    """See `shared.nightly.compute.Answers`: those in the tables of some facts."""

    def __init__(self, warehouse: Warehouse, facts: str) -> None:
        self._warehouse = warehouse.reading(facts)
        self._facts = facts

    def of(self, org_id: str, questions: Iterable[AskedQuestion]) -> OrganizationAnswers | None:
        """One query over the organisation's part of one table."""
        text = statement("organization_answers").replace("{answers}", _name(ANSWERS, self._facts))
        questions_of_night = list(questions)
        names = [_ORGANIZATION, _ORDERS, *(question.name for question in questions_of_night)]
        parameters = {"org_id": org_id, "questions": names}
        answers = {row["question"]: row["answer"] for row in self._warehouse.run(text, parameters)}
        if _ORGANIZATION not in answers:
            return None
        return OrganizationAnswers(
            organization=ComputedOrganization.from_parameter(answers[_ORGANIZATION]),
            orders=int(answers.get(_ORDERS, 0)),
            rows={
                question.name: rows_of(answers[question.name], question)
                for question in questions_of_night
                if question.name in answers
            },
        )


def rows_of(answer: str, question: AskedQuestion) -> Sequence[Row]:
    """The rows behind an answer in JSON.

    A whole number that a float does not hold exactly comes as text.
    """
    rows: list[dict[str, Any]] = json.loads(answer)
    for row in rows:
        row.pop(_QUESTION, None)
        for column, value in row.items():
            if isinstance(value, str) and column not in question.text_columns:
                row[column] = int(value)
    return rows


def _name(table: str, facts: str) -> str:
    return f"{table}_{facts}"


def _answers(scan: str, facts: str) -> str:
    return _name(f"{ANSWERS}_{scan}", facts)
