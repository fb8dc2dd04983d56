"""The demo of what each night computes and checks: who comes back, what is bought together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tools.console import CONSOLE
from tools.demo_api import Api
from tools.firebase_cli import ROOT
from tools.heat import DARK, largest, oldest_first, step_of
from tools.report import NO_COHORTS, NO_PAIRS, report, state_of

REPORT = ROOT / ".emulators" / "report.html"
COHORTS = "/v1/analytics/cohorts?granularity=month"
AFFINITY = "/v1/analytics/affinity"
QUALITY = "/v1/analytics/quality"
SHOWN_PAIRS = 8


def show_analytics(api: Api, organization: str, path: Path = REPORT) -> Path:
    """Print the cohorts and the top pairs, and write the report; gives where it is."""
    return show_answers(organization, api.get(COHORTS), api.get(AFFINITY), path)


def show_audit(api: Api) -> None:
    """Print what the audit of the night found."""
    CONSOLE.print(audit(api.get(QUALITY)))


def show_answers(
    organization: str, cohorts: Mapping[str, Any], affinity: Mapping[str, Any], path: Path
) -> Path:
    """The same from the answers of the API."""
    CONSOLE.print(heatmap(cohorts))
    CONSOLE.print(top_pairs(affinity))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report(organization, cohorts, affinity), encoding="utf-8")
    return path


def heatmap(answer: Mapping[str, Any]) -> Group:
    """Cohorts by months, each cell as coloured as its share is large."""
    rows = oldest_first(answer)
    title = Text("Percent of each month's new customers who order so many months later", "italic")
    if not rows:
        return Group(title, Text(_nothing(answer, NO_COHORTS)), "")
    table = Table(box=None, padding=(0, 0, 0, 1))
    table.add_column("month")
    table.add_column("size", justify="right")
    for number in range(max(len(row["periods"]) for row in rows)):
        table.add_column(f"{number} ", justify="right", min_width=4)
    full = largest(rows)
    for row in rows:
        table.add_row(
            str(row["cohort"]), f"{row['size']:,}", *(_cell(each, full) for each in row["periods"])
        )
    table.add_row("mean", "", *(_coloured(share, full, " ") for share in answer["mean"]))
    return Group(title, table, Text("* not over yet, and not in the mean", "dim"), "")


def _cell(period: Mapping[str, Any] | None, full: float) -> Text:
    if period is None:
        return Text("")
    return _coloured(period["retention"], full, " " if period["complete"] else "*")


def _coloured(share: float | None, full: float, mark: str) -> Text:
    if share is None:
        return Text("")
    colour = DARK.step(step_of(share, full))
    return Text(f"{100 * share:.0f}{mark}", style=f"{DARK.text} on {colour}")


def top_pairs(answer: Mapping[str, Any]) -> Group:
    """The pairs that lead."""
    title = Text("Products bought together more often than by chance", "italic")
    pairs = (answer["pairs"] or [])[:SHOWN_PAIRS]
    if not pairs:
        return Group(title, Text(_nothing(answer, NO_PAIRS)), "")
    table = Table()
    table.add_column("product")
    table.add_column("and")
    for name in ("orders", "lift", "at least"):
        table.add_column(name, justify="right")
    for pair in pairs:
        # As text: names may hold what rich takes for markup.
        table.add_row(
            Text(str(pair["productA"])),
            Text(str(pair["productB"])),
            f"{pair['count']:,}",
            f"{pair['lift']:.1f}",
            f"{pair['liftLower']:.1f}",
        )
    return Group(title, table, "")


def audit(answer: Mapping[str, Any]) -> Group:
    """Each check of the numbers against the orders."""
    title = Text("What is stored, checked against the orders", "italic")
    if answer["computedAt"] is None:
        return Group(title, Text("Not checked yet: the scheduled function audit does it."), "")
    table = Table()
    table.add_column("check")
    for name in ("expected", "found", "wrong", "repaired"):
        table.add_column(name, justify="right")
    for check in answer["checks"]:
        table.add_row(
            str(check["check"]).replace("_", " "),
            *(f"{check[name]:,}" for name in ("expected", "found", "drift", "repaired")),
        )
    return Group(title, table, "")


def _nothing(answer: Mapping[str, Any], sentence: str) -> str:
    return state_of(answer) if answer.get("computedAt") is None else sentence
