"""The demo of insights, from the answers of the API."""

from typing import Any

import pytest

from tools.console import CONSOLE
from tools.demo.insights import insights

FACT = {
    "id": "at_risk",
    "shown": "25 customers who are At Risk",
    "change": "up 12% on the 30 days before",
    "source": "tenants/org/segment_counts",
}
CARD = {
    "title": "Worth Bundling",
    "severity": "critical",
    "atStake": 1234.5,
    "headline": "“[bold]Tea[/bold]” sells",
    "subtext": "Look at it.",
    "facts": [FACT],
}
ANSWER = {
    "status": "ready",
    "overview": {"text": "25 customers who are At Risk."},
    "insights": [CARD],
    "missing": [{"source": "churn", "reason": "failed"}],
    "wording": {"source": "rules", "reason": "no_key"},
}


def printed(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    CONSOLE.print(insights({**ANSWER, **changes}))
    return " ".join(capsys.readouterr().out.split())


def test_cards_are_shown_with_their_facts_and_who_worded_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys)

    assert "critical, at stake $1,234.50" in text
    assert "at_risk: 25 customers who are At Risk, up 12% on the 30 days before" in text
    assert "Worded by rules (no_key). No facts of: churn." in text


def test_names_of_products_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    assert "“[bold]Tea[/bold]” sells" in printed(capsys)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": "pending"}, "Not made yet"),
        ({"insights": [], "overview": None}, "Nothing stands out."),
    ],
)
def test_no_cards_are_no_error(
    capsys: pytest.CaptureFixture[str], changes: dict[str, Any], sentence: str
) -> None:
    assert sentence in printed(capsys, **changes)
