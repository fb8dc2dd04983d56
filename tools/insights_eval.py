"""Have Claude word the same facts again and again, and see how that goes: `python -m
tools.insights_eval`.

The only proof of what a model writes: everything else about insights is tested without one.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text as Line

from shared.insights.cards import choose_cards
from shared.insights.claude import Claude, ClaudeOptions
from shared.insights.facts.sheet import fact_sheet
from shared.insights.generation import texts_to_word
from shared.insights.inputs_store import InputReader, Inputs
from shared.insights.prompts import CURRENT
from shared.insights.slots import render
from shared.insights.wording import Text, Tokens, WordingOutcome, Writer, word
from shared.kernel.clock import utc_now
from shared.kernel.settings import ANTHROPIC_API_KEY, Settings
from shared.suggestions.suggestions import GroupSize, candidates, suggestions
from tools.connection import Project, connect
from tools.console import CONSOLE, progress, run
from tools.errors import ToolError
from tools.insight_examples import example_shop
from tools.organization import require_organization
from tools.organization_option import organization_id


@dataclass(slots=True, kw_only=True)
class Evaluation:
    """Outcome of all runs."""

    texts: int = 0
    accepted: int = 0
    calls: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    """Refusals of the checker, second ones included."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Reasons why texts of runs are worded by rules."""
    tokens: Tokens = Tokens()

    def add(self, texts: int, outcome: WordingOutcome) -> None:
        """Take in a run."""
        self.texts += texts
        self.accepted += len(outcome.accepted)
        self.calls += outcome.calls
        self.rules.update(rule.value for rule in outcome.rules)
        if outcome.reason:
            self.reasons[outcome.reason.value] += 1
        self.tokens = self.tokens.plus(outcome.tokens)


def main(
    runs: Annotated[int, typer.Option(min=1, max=1000, help="How often.")] = 5,
    org: Annotated[
        str | None,
        typer.Option(
            help="The facts of this organisation, such as the demo's org_greenleaf, instead of "
            "those of an example.",
            callback=organization_id,
        ),
    ] = None,
    project: Project = None,
) -> None:
    """Word the same facts some times, and print how many texts were refused, and the texts.

    Needs ANTHROPIC_API_KEY, and spends its money: a call or two a run. Stores nothing.
    """
    key = os.environ.get(ANTHROPIC_API_KEY, "").strip()
    if not key:
        raise ToolError(f"Set {ANTHROPIC_API_KEY}: the calls are real.")
    settings = Settings.from_environment(os.environ)
    inputs = _inputs(org, project)
    options = ClaudeOptions(
        model=settings.insights_model,
        effort=settings.insights_effort,
        timeout_seconds=settings.insights_timeout_seconds,
    )
    CONSOLE.print(f"{options.model}, effort {options.effort}, prompt {CURRENT}")
    evaluate(inputs, Claude(key, options), runs)


def evaluate(inputs: Inputs, writer: Writer, runs: int) -> Evaluation:
    """Word the facts so often, and print what comes of it."""
    numbers = inputs.numbers
    cards = choose_cards(numbers, fact_sheet(numbers))
    texts = texts_to_word(cards, inputs.suggestions)
    evaluation = Evaluation()
    last = WordingOutcome()
    with progress("Wording", runs) as show:
        for number in range(1, runs + 1):
            last = word(texts, numbers.style, writer, lambda: None)
            evaluation.add(len(texts), last)
            show(number)
    CONSOLE.print(_summary(evaluation))
    _print_texts(texts, last, inputs)
    return evaluation


def _inputs(org: str | None, project: str | None) -> Inputs:
    if org is None:
        group = GroupSize(customers=31, lifetime_value_cents=4_120_00)
        numbers = example_shop()
        suggested = suggestions((each, group) for each in candidates(numbers.thresholds))
        return Inputs(numbers=numbers, suggestions=suggested)
    services = connect(project)
    require_organization(services, org)
    return InputReader.of(services.client, org).read(
        services.organizations.settings(org), utc_now() - timedelta(seconds=1)
    )


def _summary(evaluation: Evaluation) -> Table:
    table = Table(title="How it went", show_header=False)
    table.add_column("what")
    table.add_column("number", justify="right")
    fallbacks = evaluation.texts - evaluation.accepted
    refusals = sum(evaluation.rules.values())
    for name, value in (
        ("texts", f"{evaluation.texts:,}"),
        ("worded by rules in the end", f"{fallbacks:,} ({_share(fallbacks, evaluation.texts)})"),
        (
            "refusals of the checker",
            f"{refusals:,} ({_share(refusals, evaluation.texts)} of texts)",
        ),
        ("calls", f"{evaluation.calls:,}"),
        ("tokens in, not cached", f"{evaluation.tokens.input:,}"),
        ("tokens in, cached", f"{evaluation.tokens.cached:,}"),
        ("tokens out", f"{evaluation.tokens.output:,}"),
        *((f"refused for: {rule}", f"{times:,}") for rule, times in evaluation.rules.most_common()),
        *(
            (f"run ended in: {why}", f"{times:,}")
            for why, times in evaluation.reasons.most_common()
        ),
    ):
        table.add_row(name, value)
    return table


def _print_texts(texts: Sequence[Text], outcome: WordingOutcome, inputs: Inputs) -> None:
    """The texts of the last run as they would be shown."""
    for text in texts:
        parts = outcome.accepted.get(text.id)
        CONSOLE.print(Line(text.id, "bold"))
        if parts is None:
            CONSOLE.print(Line("  worded by rules", "dim"))
            continue
        for words in parts.values():
            CONSOLE.print(Line("  " + render(words, text.subjects, inputs.numbers.style)))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


if __name__ == "__main__":
    run(main)
