"""World of the tests of insights: a scripted model and stores in memory."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from shared.insights.author import Author
from shared.insights.circuit import Circuit
from shared.insights.generation import StoredInsights
from shared.insights.insight_card import InsightCard
from shared.insights.numbers import ShopNumbers, Source
from shared.insights.state import InsightsState
from shared.insights.wording import Fallback, Tokens, Writer, WriterAnswer, WriterError
from shared.kernel.errors import ConflictError

COST = Tokens(input=10, cached=20, output=5)

Texts = Mapping[str, Mapping[str, str]]
Answer = Texts | WriterError


class Scripted:
    """Answers or fails by its script; notes what it was asked. Without a script, faithfully."""

    def __init__(self, *answers: Answer) -> None:
        self._answers: Iterator[Answer] | None = iter(answers) if answers else None
        self.prompts: list[Any] = []

    @property
    def asked(self) -> list[list[str]]:
        """The ids of the texts of each prompt."""
        return [[text["id"] for text in prompt["texts"]] for prompt in self.prompts]

    def write(self, prompt: str) -> WriterAnswer:
        """See `shared.insights.wording.Writer`."""
        asked = json.loads(prompt)
        self.prompts.append(asked)
        answer = next(self._answers) if self._answers else faithful(asked)
        if isinstance(answer, WriterError):
            raise answer
        return WriterAnswer(texts=answer, tokens=COST)


def faithful(prompt: Mapping[str, Any]) -> Texts:
    """Words every text with one of its slots."""
    return {
        text["id"]: {
            part: slot if part == "headline" else f"Have a look at {slot}."
            for part in text["write"]
        }
        for text in prompt["texts"]
        for slot in [next(slot for slot in text["slots"] if slot.endswith(":phrase]]"))]
    }


class MemoryCircuits:
    """See `shared.insights.author.Circuits`."""

    def __init__(self) -> None:
        self.circuit = Circuit()

    def load(self) -> Circuit:
        """The circuit."""
        return self.circuit

    def save(self, circuit: Circuit) -> None:
        """Replace it."""
        self.circuit = circuit


class MemoryInsights:
    """See `shared.insights.generation.Cards`."""

    def __init__(self) -> None:
        self.state: InsightsState | None = None
        self.cards: dict[str, InsightCard] = {}
        self.writes = 0

    def find(self) -> StoredInsights:
        """Return the stored insights; the revision is the number of writes."""
        return StoredInsights(state=self.state, revision=self.writes)

    def replace(
        self,
        before: StoredInsights,
        state: InsightsState,
        cards: Sequence[InsightCard],
        gone: Collection[str],
    ) -> None:
        """Keep them."""
        if before.revision != self.writes:
            raise ConflictError("changed")
        self.state = state
        self.cards = {id: card for id, card in self.cards.items() if id not in gone}
        self.cards |= {card.id: card for card in cards}
        self.writes += 1


def author(
    model: Writer | Fallback,
    *,
    now: datetime,
    budget: int = 1000,
    circuits: MemoryCircuits | None = None,
) -> Author:
    """Somebody with that many calls."""
    rest = [budget]

    def within_budget() -> bool:
        rest[0] -= 1
        return rest[0] >= 0

    writer: Callable[[], Writer] | Fallback = (
        model if isinstance(model, Fallback) else lambda: model
    )
    return Author(
        writer=writer,
        model="claude-test",
        within_budget=within_budget,
        circuits=circuits or MemoryCircuits(),
        clock=lambda: now,
    )


def later(numbers: ShopNumbers, by: timedelta) -> ShopNumbers:
    """The same numbers, read or computed so much later."""

    def moved(source: Source[Any]) -> Source[Any]:
        return replace(
            source,
            computed_at=source.computed_at and source.computed_at + by,
            valid_until=source.valid_until and source.valid_until + by,
        )

    sources: dict[str, Any] = {
        each.name: moved(getattr(numbers, each.name))
        for each in fields(numbers)
        if isinstance(getattr(numbers, each.name), Source)
    }
    return replace(numbers, as_of=numbers.as_of + by, **sources)
