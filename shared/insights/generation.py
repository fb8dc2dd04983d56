"""Generate an organisation's insights: cards, their wording, and the changes to store. Pure.

Texts are fingerprinted as people see them, rounded. A text with unchanged facts keeps its wording,
and if nothing has changed, nothing is worded or written.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol

from shared.insights.author import Author
from shared.insights.cards import Card, choose_cards, retired
from shared.insights.checker import PARAGRAPH, Wording
from shared.insights.facts.sheet import FactSheet, fact_sheet
from shared.insights.insight_card import InsightCard, WordingSource, insight_card, shown_facts
from shared.insights.numbers import CARD_LIFE, ShopNumbers
from shared.insights.prompts import CURRENT
from shared.insights.rendering import Style
from shared.insights.slots import Form, forms, render, rendered
from shared.insights.state import InsightsState, StoredText, WordingReport
from shared.insights.templates import TEMPLATES, CardKind
from shared.insights.wording import PASSING, TEXT, Fallback, Text, WordingOutcome
from shared.kernel.facts import SMALLEST_GROUP, Subject
from shared.suggestions.suggestions import Suggestion

OVERVIEW = "overview"
SUGGESTION = "suggestion:"
"""Begins the id of the text of a suggestion."""
OVERVIEW_CARDS = 3
"""Cards whose headlines make up the deterministic paragraph."""
_ABOUT_OVERVIEW = (
    "A paragraph above the shop's analytics page, over everything that the cards below it say."
)


class Cards(Protocol):
    """Storage of an organisation's insights."""

    def replace(
        self,
        before: "StoredInsights",
        state: InsightsState,
        cards: Sequence[InsightCard],
        retired: Collection[str],
    ) -> None:
        """Store cards and delete those that are `retired`, in one commit.

        Raises ConflictError if others were stored since `before` was read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInsights:
    """The stored state, and its revision."""

    state: InsightsState | None
    revision: object

    @property
    def cards(self) -> Collection[str]:
        """Ids of the cards that may be stored: where nothing says which, all that there can be."""
        return self.state.cards if self.state else [kind.value for kind in CardKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Outcome of a generation."""

    state: InsightsState
    written: bool
    worded: WordingOutcome


def generate(
    store: Cards,
    stored_insights: StoredInsights,
    numbers: ShopNumbers,
    suggestions: Sequence[Suggestion],
    author: Author,
    *,
    asked_for: bool = False,
) -> Outcome:
    """Bring an organisation's insights up to date.

    No call and no write if the stored cards say the same and are not about to expire. Texts left to
    rules by a passing failure are worded an hour later, or immediately on request. Raises
    ConflictError as `Cards.replace` does.
    """
    now, style, before = numbers.as_of, numbers.style, stored_insights.state
    sheet = fact_sheet(numbers)
    cards = choose_cards(numbers, sheet)
    texts = texts_to_word(cards, suggestions)
    prints = {text.id: _text_print(text, style) for text in texts}
    fingerprint = _fingerprint(cards, prints, sheet, author, style)
    unchanged = before is not None and before.fingerprint == fingerprint
    retries = asked_for and before is not None and before.wording.reason in PASSING
    if before is not None and unchanged and now < before.due_at and not retries:
        return Outcome(state=before, written=False, worded=WordingOutcome())
    reusable = _reusable_texts(before, texts, prints) if author.absence is None else {}
    outcome = author.word([text for text in texts if text.id not in reusable], style)
    valid_until = min((card.valid_until for card in cards), default=now + CARD_LIFE)
    if (
        before is not None
        and unchanged
        and not before.expires_before(valid_until, now)
        and not outcome.accepted
        and outcome.reason is before.wording.reason
    ):
        return Outcome(state=before, written=False, worded=outcome)
    accepted = {**{id: text.parts for id, text in reusable.items()}, **outcome.accepted}
    overview, overview_source = _overview(cards, accepted.get(OVERVIEW), style)
    state = InsightsState(
        generated_at=now,
        valid_until=valid_until,
        fingerprint=fingerprint,
        cards=tuple(card.kind.value for card in cards),
        texts={
            id: StoredText(fingerprint=prints[id], parts=parts) for id, parts in accepted.items()
        },
        overview=overview,
        overview_source=overview_source,
        missing=sheet.missing,
        wording=_report(author, accepted, outcome),
    )
    shown_cards = [
        insight_card(
            card,
            *_worded_card(card, accepted.get(card.kind.value)),
            org_id=numbers.org_id,
            style=style,
            generated_at=now,
        )
        for card in cards
    ]
    store.replace(stored_insights, state, shown_cards, retired(stored_insights.cards, cards))
    return Outcome(state=state, written=True, worded=outcome)


def texts_to_word(cards: Sequence[Card], suggestions: Sequence[Suggestion]) -> list[Text]:
    """Everything that Claude may word: the cards, a paragraph over them, and suggestions."""
    return [
        *map(_card_text, cards),
        *_overview_text(cards),
        *(_suggestion_text(each) for each in suggestions if _is_large(each)),
    ]


def suggestion_text(
    state: InsightsState | None, suggestion: Suggestion, style: Style
) -> str | None:
    """Claude's reasoning for a suggestion, with its numbers of now; None if there is none.

    It was worded over the facts of a while ago and says only slots, so it is right for those of
    now if it has the same ones.
    """
    if not _is_large(suggestion):
        return None
    text = _suggestion_text(suggestion)
    stored = state.texts.get(text.id) if state else None
    if stored is None or text.refusal(stored.parts) is not None:
        return None
    return render(stored.parts[TEXT], text.subjects, style)


def _card_text(card: Card) -> Text:
    return Text(id=card.kind.value, about=TEMPLATES[card.kind].title, subjects=card.subjects)


def _overview_text(cards: Sequence[Card]) -> list[Text]:
    subjects: dict[str, Subject] = {}
    for card in cards:
        subjects |= card.subjects
    if not subjects:
        return []
    return [
        Text(
            id=OVERVIEW,
            about=_ABOUT_OVERVIEW,
            subjects=MappingProxyType(subjects),
            limits=PARAGRAPH,
        )
    ]


def _suggestion_text(suggestion: Suggestion) -> Text:
    candidate = suggestion.candidate
    return Text(
        id=SUGGESTION + candidate.id,
        about=f"Why a message to this group is worth it: {candidate.name}. {candidate.why}",
        subjects={fact.id: fact for fact in suggestion.facts},
        limits=PARAGRAPH,
    )


def _is_large(suggestion: Suggestion) -> bool:
    """Whether its numbers are facts: those of a handful of customers are not."""
    return suggestion.selected.customers >= SMALLEST_GROUP


def _worded_card(card: Card, parts: Mapping[str, str] | None) -> tuple[Wording, WordingSource]:
    if parts is None:
        return card.wording, WordingSource.RULES
    return Wording(**parts), WordingSource.CLAUDE


def _overview(
    cards: Sequence[Card], parts: Mapping[str, str] | None, style: Style
) -> tuple[str | None, WordingSource]:
    """The paragraph; by rules it is the first headlines."""
    texts = _overview_text(cards)
    if not texts:
        return None, WordingSource.RULES
    if parts is not None:
        return render(parts[TEXT], texts[0].subjects, style), WordingSource.CLAUDE
    headlines = [f"{card.wording.headline}." for card in cards[:OVERVIEW_CARDS]]
    return render(" ".join(headlines), texts[0].subjects, style), WordingSource.RULES


def _reusable_texts(
    before: InsightsState | None, texts: Sequence[Text], prints: Mapping[str, str]
) -> dict[str, StoredText]:
    """Wordings that are as good as when they were made: same facts, same checker."""
    if before is None or before.wording.prompt_version != CURRENT:
        return {}
    return {
        text.id: stored
        for text in texts
        if (stored := before.texts.get(text.id)) is not None
        and stored.fingerprint == prints[text.id]
        and text.refusal(stored.parts) is None
    }


def _report(
    author: Author, accepted: Mapping[str, Mapping[str, str]], outcome: WordingOutcome
) -> WordingReport:
    return WordingReport(
        source=WordingSource.CLAUDE if accepted else WordingSource.RULES,
        reason=outcome.reason,
        prompt_version=CURRENT,
        model=author.model if author.absence is None else None,
        tokens=outcome.tokens,
        calls=outcome.calls,
    )


def _text_print(text: Text, style: Style) -> str:
    """Return the fingerprint of a text's rendered facts, without the day they were computed on."""
    return _hash(
        {
            f"{id}:{form.value}": rendered(subject, form, style)
            for id, subject in text.subjects.items()
            for form in forms(subject)
            if form is not Form.AS_OF
        }
    )


def _fingerprint(
    cards: Sequence[Card],
    prints: Mapping[str, str],
    sheet: FactSheet,
    author: Author,
    style: Style,
) -> str:
    absence: Fallback | None = author.absence
    return _hash(
        {
            "cards": [shown_facts(card, style) for card in cards],
            "texts": dict(prints),
            "missing": [[each.source, each.reason.value] for each in sheet.missing],
            "author": [absence.value if absence else author.model, CURRENT],
        }
    )


def _hash(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
