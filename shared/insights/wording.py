"""Have a model word texts over facts: build the prompt, validate the answer, and fall back to
rules.

The model gets each text's facts as slots, with their rendering, and returns sentences with slots.
`shared.insights.checker` checks each text before anything is rendered. A refused text is requested
once more, with the reason; if refused again, it keeps its deterministic wording, as do all texts if
the model cannot be reached. Nothing here raises for what a model or its API does.

Names are the shop's own words, which a prompt never holds: of a name the model sees the slot alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from shared.insights.checker import Limits, check_answer, check_text
from shared.insights.refusal import Refusal, Rule
from shared.insights.rendering import Style
from shared.insights.slots import forms, rendered
from shared.kernel.errors import SegmentsError
from shared.kernel.facts import Name, Subject

TEXT = "text"
"""The only part of a text that is no card."""
CARD_PARTS = ("headline", "subtext")
MAX_REASON_LENGTH = 400
"""Characters of a refusal that are sent back: it may quote an answer of any length."""


class Fallback(StrEnum):
    """Reason why a text has its deterministic wording."""

    SWITCHED_OFF = "switched_off"
    """INSIGHTS_LLM_ENABLED is not true."""
    NO_KEY = "no_key"
    OFF_FOR_ORGANIZATION = "off_for_organization"
    """The organisation's own settings say so."""
    OVER_BUDGET = "over_budget"
    """The organisation has had its calls of the day."""
    CIRCUIT_OPEN = "circuit_open"
    """The API has failed repeatedly, for whichever organisation; it is left alone for a while."""
    RATE_LIMITED = "rate_limited"
    """429."""
    OVERLOADED = "overloaded"
    """529."""
    API_ERROR = "api_error"
    """Another 5xx."""
    NOT_AUTHORIZED = "not_authorized"
    """401 or 403: the key is wrong or may not use the model."""
    BAD_REQUEST = "bad_request"
    """Another 4xx, such as an unknown model: a mistake in the configuration or in this code."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSAL = "refusal"
    """The model declined to answer."""
    TRUNCATED = "truncated"
    INVALID_OUTPUT = "invalid_output"
    """No answer of the form that was asked for."""
    NOT_ACCEPTED = "not_accepted"
    """The checker refused it twice."""


OUTAGES = frozenset(
    {
        Fallback.RATE_LIMITED,
        Fallback.OVERLOADED,
        Fallback.API_ERROR,
        Fallback.NOT_AUTHORIZED,
        Fallback.BAD_REQUEST,
        Fallback.TIMEOUT,
        Fallback.UNREACHABLE,
    }
)
"""Failures of the API as a whole, which open the circuit when they come in a row."""
PASSING = OUTAGES | {Fallback.CIRCUIT_OPEN, Fallback.OVER_BUDGET}
"""Failures after which the same facts are worth another try an hour later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens used by calls, as the API bills them."""

    input: int = 0
    """Not read from the cache."""
    cached: int = 0
    """Read from the cache, at a tenth of the price."""
    output: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        """Both together."""
        return Tokens(
            input=self.input + other.input,
            cached=self.cached + other.cached,
            output=self.output + other.output,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterAnswer:
    """A model's answer, of the form that was asked for."""

    texts: Mapping[str, Mapping[str, str]]
    """By id of the text, then by part."""
    tokens: Tokens


class WriterError(SegmentsError):
    """No answer; carries the reason, and the tokens that it cost."""

    def __init__(self, reason: Fallback, tokens: Tokens = Tokens()) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.tokens = tokens


class Writer(Protocol):
    """A model that words texts."""

    def write(self, prompt: str) -> WriterAnswer:
        """The answer to one prompt. Raises WriterError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something to be worded."""

    id: str
    about: str
    """Purpose of the text, in words of this project."""
    subjects: Mapping[str, Subject]
    """Everything that it may say, by id."""
    limits: Limits | None = None
    """Of a text of one part; None for a card, which has a headline and a subtext."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts to be written."""
        return CARD_PARTS if self.limits is None else (TEXT,)

    def refusal(self, answer: Mapping[str, str] | None) -> Refusal | None:
        """Return why an answer for it cannot be used; None if it can."""
        if answer is None or set(answer) != set(self.parts):
            part_names = " and ".join(self.parts)
            reason = (
                f"The answer must have the {part_names} of “{self.id}”, and nothing else for it."
            )
            return Refusal(part="answer", rule=Rule.SHAPE, reason=reason)
        if self.limits is None:
            parts = check_answer(answer, self.subjects)
            return parts if isinstance(parts, Refusal) else None
        return check_text(answer[TEXT], self.subjects, part=TEXT, limits=self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingOutcome:
    """Outcome for some texts."""

    accepted: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By id, then by part, with slots: what passed the checker."""
    reason: Fallback | None = None
    """Reason why the other texts are not worded by the model; None if there are no others."""
    rules: tuple[Rule, ...] = ()
    """Rules under which the checker refused texts, second refusals included."""
    tokens: Tokens = Tokens()
    calls: int = 0


def word(
    texts: Sequence[Text],
    style: Style,
    writer: Writer,
    permit: Callable[[], Fallback | None],
) -> WordingOutcome:
    """Have texts worded: one call, and a second one for refused texts.

    `permit` is called before each call, and returns why it may not be made.
    """
    accepted: dict[str, Mapping[str, str]] = {}
    waiting: list[tuple[Text, Refusal | None]] = [(text, None) for text in texts]
    tokens, calls, rules = Tokens(), 0, list[Rule]()
    reason: Fallback | None = None
    for _ in range(2):
        if not waiting:
            break
        reason = permit()
        if reason is not None:
            break
        calls += 1
        try:
            writer_answer = writer.write(prompt(waiting, style))
        except WriterError as error:
            reason, tokens = error.reason, tokens.plus(error.tokens)
            break
        tokens = tokens.plus(writer_answer.tokens)
        refusals = []
        for text, _before in waiting:
            answer = writer_answer.texts.get(text.id)
            refusal = text.refusal(answer)
            if refusal is None and answer is not None:
                accepted[text.id] = answer
            elif refusal is not None:
                rules.append(refusal.rule)
                refusals.append((text, refusal))
        waiting = list(refusals)
        reason = Fallback.NOT_ACCEPTED if waiting else None
    return WordingOutcome(
        accepted=accepted, reason=reason, rules=tuple(rules), tokens=tokens, calls=calls
    )


def prompt(texts: Iterable[tuple[Text, Refusal | None]], style: Style) -> str:
    """Return the prompt as JSON: each text with its slots, and the reason of an earlier refusal."""
    return json.dumps({"texts": [_request_for(*each, style) for each in texts]}, ensure_ascii=False)


def _request_for(text: Text, refusal: Refusal | None, style: Style) -> dict[str, Any]:
    request: dict[str, Any] = {
        "id": text.id,
        "write": list(text.parts),
        "about": text.about,
        "slots": {
            f"[[{id}:{form.value}]]": _reads(subject, rendered(subject, form, style))
            for id, subject in text.subjects.items()
            for form in forms(subject)
        },
    }
    if refusal is not None:
        request["refused"] = refusal.reason[:MAX_REASON_LENGTH]
    return request


def _reads(subject: Subject, words: str) -> str:
    """Return the rendering of a slot; for a name, which the shop wrote, only its label."""
    return f"({subject.label})" if isinstance(subject, Name) else words
