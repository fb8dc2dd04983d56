"""The demo's nightly results: retention, affinity, churn and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tools.console import CONSOLE
from tools.demo.api import Api
from tools.heat import DARK, largest, oldest_first, step_of
from tools.report import NO_COHORTS, NO_PAIRS, report, state_of
from tools.stack.firebase_cli import ROOT

REPORT = ROOT / ".emulators" / "report.html"
COHORTS = "/v1/analytics/cohorts?granularity=month"
AFFINITY = "/v1/analytics/affinity"
QUALITY = "/v1/analytics/quality"
FUNNEL = "/v1/analytics/funnel"
CHURN = "/v1/analytics/churn"
RFM = "/v1/analytics/rfm"
SHOWN_PAIRS = 8
SHOWN_PRODUCTS = 5


def show_analytics(api: Api, organization: str, path: Path = REPORT) -> Path:
    """Print the cohorts and the top pairs, and write the report; returns where it is."""
    return show_answers(organization, api.get(COHORTS), api.get(AFFINITY), path)


def show_lately(api: Api, category: str) -> None:
    """Print the funnel, churn and the best customers, then the best sellers of a category."""
    CONSOLE.print(recent_table(api.get(FUNNEL), api.get(CHURN), api.get(RFM)))
    path = f"/v1/analytics/products?category={quote(category)}&pageSize={SHOWN_PRODUCTS}"
    CONSOLE.print(best_sellers(category, api.get(path)))


def show_audit(api: Api) -> None:
    """Print the result of the nightly audit."""
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


def recent_table(
    funnel: Mapping[str, Any], churn: Mapping[str, Any], rfm: Mapping[str, Any]
) -> Table:
    """Return a table of the funnel and churn of the last 30 days, and of the best customers by
    RFM."""
    table = Table(title="The last 30 days", show_header=False)
    table.add_column("what")
    table.add_column("number", justify="right")
    table.add_column("share", justify="right")
    for stage in funnel["stages"]:
        table.add_row(stage["stage"], _number(stage["count"]), share_of(stage["shareOfFirst"]))
    table.add_section()
    table.add_row("customers not churned 30 days ago", _number(churn["notChurnedAtStart"]), "")
    table.add_row("of these churned now", _number(churn["churned"]), share_of(churn["churnRate"]))
    table.add_row("churned then and won back", _number(churn["wonBack"]), "")
    table.add_section()
    table.add_row("customers with scores (RFM)", _number(rfm["customers"]), "")
    best = None
    if rfm["cells"] is not None:
        best = sum(cell["customers"] for cell in rfm["cells"] if _scores(cell) == (5, 5, 5))
    table.add_row("of these 5 in recency, frequency and amount", _number(best), "")
    return table


def _scores(cell: Mapping[str, Any]) -> tuple[int, int, int]:
    return cell["recency"], cell["frequency"], cell["monetary"]


def best_sellers(category: str, answer: Mapping[str, Any]) -> Table:
    """The products of a category that sell for most."""
    table = Table(title=f"Best sellers in {category}")
    table.add_column("product")
    for name in ("revenue", "units", "units, last 30 days"):
        table.add_column(name, justify="right")
    for product in answer["products"] or ():
        table.add_row(
            Text(str(product["productName"])),
            f"${product['revenue']:,.2f}",
            f"{product['units']:,.0f}",
            f"{product['unitsLast30Days']:,.0f}",
        )
    return table


def heatmap(answer: Mapping[str, Any]) -> Group:
    """Cohorts by months, each cell as coloured as its share is large."""
    rows = oldest_first(answer)
    title = Text("Percent of each month's new customers who order so many months later", "italic")
    if not rows:
        return Group(title, Text(_nothing(answer, NO_COHORTS)), "")
    table = Table(box=None, padding=(0, 0, 0, 1))
    table.add_column("month")
    table.add_column("new", justify="right")
    for number in range(max(len(row["periods"]) for row in rows)):
        table.add_column(f"{number} ", justify="right", min_width=4)
    full = largest(rows)
    for row in rows:
        table.add_row(
            str(row["cohort"]), f"{row['size']:,}", *(_cell(each, full) for each in row["periods"])
        )
    table.add_row("mean", "", *(_coloured(share, full, " ") for share in answer["mean"]))
    note = (
        "new: customers whose first order was in the month, which is 0; 1 is the next.\n"
        "* not over yet, and not in the mean"
    )
    return Group(title, table, Text(note, "dim"), "")


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
    for name in ("orders\nwith both", "times\nas often", "at least"):
        table.add_column(name, justify="right")
    for pair in pairs:
        # As text: names may hold what rich takes for markup.
        table.add_row(
            Text(str(pair["productA"])),
            Text(str(pair["productB"])),
            f"{pair['count']:,}",
            f"{pair['liftAdjusted']:.1f}",
            f"{pair['liftLower']:.1f}",
        )
    note = (
        "Times as often as by chance alone. Where orders are few that may be luck, so pairs are "
        "sorted by what it is at least: the lower end of the 95 % interval. Names are those of "
        "the data: a family of products, and the product's number."
    )
    return Group(title, table, Text(note, "dim"), "")


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


def share_of(share: float | None) -> str:
    """Return a share in whole percent; a share above 0 is never shown as 0%."""
    if share is None:
        return "–"
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"


def _number(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _nothing(answer: Mapping[str, Any], sentence: str) -> str:
    return state_of(answer) if answer.get("computedAt") is None else sentence
