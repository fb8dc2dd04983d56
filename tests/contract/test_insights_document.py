"""docs/insights.md is what the templates of the cards say."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shared.insights.templates import TEMPLATES, CardKind
from tools import insights_document


def test_the_committed_document_is_the_codes() -> None:
    assert insights_document.is_current(), "run `python -m tools.insights_document`"


def test_every_card_is_shown_once_with_every_number_filled_in() -> None:
    document = insights_document.document()

    for kind, template in TEMPLATES.items():
        assert document.count(f"\n## {template.title}\n") == 1
        assert document.count(f"`{kind.value}`:") == 1
    shown = [line for line in document.splitlines() if line.startswith(">")]
    assert len(shown) == 5 * len(TEMPLATES)
    assert not any("[[" in line for line in shown)


@pytest.mark.parametrize("kind", CardKind)
def test_every_sentence_of_a_template_is_shown_once(kind: CardKind) -> None:
    template = TEMPLATES[kind]
    section = insights_document.document().partition(f"\n## {template.title}\n")[2]
    lines = section.partition("\n## ")[0].splitlines()

    for first, *others in template.sentences:
        assert lines.count(first) == 1
        assert [lines.count(f"    or else: {other}") for other in others] == [1] * len(others)


def test_a_check_fails_where_the_file_is_out_of_date(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(insights_document.main)
    path = tmp_path / "insights.md"
    monkeypatch.setattr(insights_document, "PATH", path)

    assert CliRunner().invoke(app, ["--check"]).exit_code == 1
    assert CliRunner().invoke(app, []).exit_code == 0
    assert CliRunner().invoke(app, ["--check"]).exit_code == 0
