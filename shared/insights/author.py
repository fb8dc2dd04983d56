"""The author of an organisation's insights: Claude within its limits, or none. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.insights.circuit import Circuit
from shared.insights.rendering import Style
from shared.insights.wording import (
    OUTAGES,
    Fallback,
    Text,
    WordingOutcome,
    Writer,
    WriterAnswer,
    WriterError,
    word,
)
from shared.kernel.clock import Clock


class Circuits(Protocol):
    """Keeps the installation's circuit."""

    def load(self) -> Circuit:
        """The circuit; a closed one where none is kept."""
        ...

    def save(self, circuit: Circuit) -> None:
        """Keep it. Of two calls that end at once, either may be the one that counts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Claude, as far as it may be asked for one organisation."""

    writer: Callable[[], Writer] | Fallback
    """Builds the writer when it is needed; or the reason for none."""
    model: str
    within_budget: Callable[[], bool]
    """Takes one call from the organisation's budget; False if it has none left."""
    circuits: Circuits
    clock: Clock

    @property
    def absence(self) -> Fallback | None:
        """Return why there is no writer; None if there is one."""
        return self.writer if isinstance(self.writer, Fallback) else None

    def word(self, texts: Sequence[Text], style: Style) -> WordingOutcome:
        """Have texts worded. One read, and for each call a read and a write of the budget.

        The circuit is written where a call fails, or succeeds after failures.
        """
        if isinstance(self.writer, Fallback):
            return WordingOutcome(reason=self.writer)
        if not texts:
            return WordingOutcome()
        writer = _MonitoredWriter(self)
        return word(texts, style, writer, writer.permit)


class _MonitoredWriter:
    """The writer, with its calls counted against the budget and the circuit."""

    def __init__(self, author: Author) -> None:
        self._author = author
        self._circuit = author.circuits.load()
        self._writer: Writer | None = None

    def permit(self) -> Fallback | None:
        if self._circuit.is_open(self._author.clock()):
            return Fallback.CIRCUIT_OPEN
        return None if self._author.within_budget() else Fallback.OVER_BUDGET

    def write(self, prompt: str) -> WriterAnswer:
        if self._writer is None:
            assert not isinstance(self._author.writer, Fallback)
            self._writer = self._author.writer()
        try:
            answer = self._writer.write(prompt)
        except WriterError as error:
            self._note(failed=error.reason in OUTAGES)
            raise
        self._note(failed=False)
        return answer

    def _note(self, *, failed: bool) -> None:
        after = self._circuit.after(failed=failed, now=self._author.clock())
        if after != self._circuit:
            self._circuit = after
            self._author.circuits.save(after)
