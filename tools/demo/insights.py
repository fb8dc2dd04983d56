"""The demo of insights: each card with the facts behind its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from tools.console import CONSOLE
from tools.demo.api import Api

INSIGHTS = "/v1/insights"
_COLOURS = {"critical": "red", "warning": "yellow", "info": "blue", "success": "green"}


def show_insights(api: Api) -> None:
    """Print the cards of the day. `api` is the function `insights`."""
    CONSOLE.print(insights(api.get(INSIGHTS)))


def insights(answer: Mapping[str, Any]) -> Group:
    """The paragraph, then each card with its facts; who worded them, and why not Claude."""
    title = Text("What to do today", "italic")
    if answer["status"] == "pending":
        return Group(title, Text("Not made yet: the scheduled function generate_insights does it."))
    if not answer["insights"]:
        return Group(title, Text("Nothing stands out."), _wording(answer))
    overview = [Text(answer["overview"]["text"])] if answer["overview"] else []
    return Group(title, *overview, "", *map(_card, answer["insights"]), _wording(answer), "")


def _card(card: Mapping[str, Any]) -> Panel:
    # As text: names of products may hold what rich takes for markup.
    lines = [Text(card["headline"], "bold"), Text(card["subtext"]), Text("")]
    for fact in card["facts"]:
        change = f", {fact['change']}" if fact["change"] else ""
        line = Text(f"{fact['id']}: {fact['shown']}{change}", "dim")
        lines.append(line.append(f"  {fact['source']}"))
    return Panel(
        Group(*lines),
        title=Text(f"{card['title']}: {card['severity']}, at stake ${card['atStake']:,.2f}"),
        title_align="left",
        border_style=_COLOURS[card["severity"]],
    )


def _wording(answer: Mapping[str, Any]) -> Text:
    wording = answer["wording"]
    reason = f" ({wording['reason']})" if wording["reason"] else ""
    missing = ", ".join(each["source"] for each in answer["missing"])
    without = f" No facts of: {missing}." if missing else ""
    return Text(f"Worded by {wording['source']}{reason}.{without}", "dim")
