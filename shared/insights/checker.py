"""Checks a model's wording for statements that only code may make. Pure; works on unrendered text.

A wording may hold slots of the card's own facts, and English around them that counts nothing,
compares nothing, names nobody and claims no cause. So whatever a rendered wording says in numbers
was written by `rendering`. The first offence is returned with its reason, for one more try.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.insights.lexicon import AFTER_SLOT, BEFORE_SLOT, IDIOMS, WORDS
from shared.insights.refusal import Refusal, Rule
from shared.insights.slots import ANCHORED, SLOT, Form, forms
from shared.kernel.facts import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Maximum length of a text; slots count as the length of their facts."""

    characters: int
    """Without slots."""
    slots: int


HEADLINE = Limits(characters=80, slots=3)
SUBTEXT = Limits(characters=280, slots=6)
PARAGRAPH = Limits(characters=600, slots=12)
_LONGEST_SLOT = 80

_ALLOWED = re.compile(r"[A-Za-z ,.;:!?()'’\"“”–—-]*", re.ASCII | re.DOTALL)
_HOLE, _NAME_HOLE = "\x00", "\x01"
"""Stand where the slot of a fact or of a name was."""
_SENTENCE_END = re.compile(r"[.!?][)\"'”’]*(?= |$)")
_LAST_SENTENCE_END = re.compile(r"[.!?][)\"'”’]*$")
_CAPITAL_INSIDE = re.compile(r"(?<=[A-Za-z\x00\x01,;:)\"'“”’–—-])[ (\"'“–—-]+[A-Z]|[A-Za-z][A-Z]")
_GLUED = re.compile(r"[^ (\"“'‘][\x00\x01]|[\x00\x01][^ .,;:!?)\"”'’]|(?:^[–—]|-) [\x00\x01]")
_WORD_BEFORE = re.compile(r"([A-Za-z]+)[ (\"“'‘]+([\x00\x01])")
_WORD_AFTER = re.compile(r"[\x00\x01][ ()\"“”'‘’–—]+([A-Za-z]+)")
_JOINS = frozenset(
    {"", "of", "out of", "in", "into", "to", "from", "and from", "per", "by", "is", "are", "was"}
    | {"were", "is now", "are now", "now", "and now", "then", "and then", "became", "become"}
    | {"becomes", "make", "makes", "equal", "equals"}
)
"""Words that would combine the numbers on their two sides into a sum, a part, a range or a
history."""
_ONLY_LETTERS = (
    "must be made of English letters, plain punctuation and slots: no digits, signs, markup or "
    "line breaks"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The texts of a card, with slots."""

    headline: str
    subtext: str


def check_answer(answer: object, subjects: Mapping[str, Subject]) -> Wording | Refusal:
    """Return the wording in a model's parsed answer for one card, or why it is refused.

    The answer must be a map of `headline` and `subtext`, and of nothing else.
    """
    if not isinstance(answer, Mapping) or set(answer) != {"headline", "subtext"}:
        return _refusal("answer", Rule.SHAPE, "must be a headline and a subtext, and nothing else")
    headline, subtext = answer["headline"], answer["subtext"]
    if not isinstance(headline, str) or not isinstance(subtext, str):
        return _refusal("answer", Rule.SHAPE, "must have texts as headline and subtext")
    wording = Wording(headline=headline, subtext=subtext)
    return check_wording(wording, subjects) or wording


def check_wording(wording: Wording, subjects: Mapping[str, Subject]) -> Refusal | None:
    """Return why a card's wording over these facts is refused; None if it passes."""
    return check_text(
        wording.headline, subjects, part="headline", limits=HEADLINE, sentence=False
    ) or check_text(wording.subtext, subjects, part="subtext", limits=SUBTEXT)


def check_text(
    text: str,
    subjects: Mapping[str, Subject],
    *,
    part: str,
    limits: Limits,
    sentence: bool = True,
) -> Refusal | None:
    """Return why a text over these facts is refused; None if it passes.

    With `sentence` it must end as sentences do.
    """
    for rule, detail in _offences(text, subjects, limits, sentence=sentence):
        return _refusal(part, rule, detail)
    return None


def _refusal(part: str, rule: Rule, detail: str) -> Refusal:
    return Refusal(part=part, rule=rule, reason=f"The {part} {detail}.")


def _offences(
    text: str, subjects: Mapping[str, Subject], limits: Limits, *, sentence: bool
) -> Iterator[tuple[Rule, str]]:
    """Yield offences, the cheapest checks first: later checks rely on earlier ones."""
    if len(text) > limits.characters + limits.slots * _LONGEST_SLOT:
        yield Rule.LENGTH, "is far too long"
        return
    own = SLOT.sub("", text)
    if not _ALLOWED.fullmatch(own):
        yield Rule.CHARACTER, _ONLY_LETTERS
        return
    bare = SLOT.sub(lambda slot: _NAME_HOLE if slot[2] == Form.NAME else _HOLE, text)
    if len(own) > limits.characters:
        yield Rule.LENGTH, f"must have at most {limits.characters} characters beside its slots"
    if bare != bare.strip() or "  " in bare:
        yield Rule.SHAPE, "must not have blanks at its ends or two in a row"
    yield from _slot_offences(text, bare, subjects, limits)
    if sentence and not _LAST_SENTENCE_END.search(bare):
        yield Rule.SHAPE, "must end with a full stop"
    if _CAPITAL_INSIDE.search(_without_sentence_starts(bare)):
        yield Rule.NAME, "must have capital letters at the beginning of sentences only"
    small = IDIOMS.sub("_", bare.lower())
    for rule, patterns in WORDS.items():
        for pattern in patterns:
            if match := pattern.search(small):
                yield rule, f"must not say “{match[0].strip()}” ({_INSTEAD[rule]})"


def _slot_offences(
    text: str, bare: str, subjects: Mapping[str, Subject], limits: Limits
) -> Iterator[tuple[Rule, str]]:
    slots = [(slot[1], slot[2], slot) for slot in SLOT.finditer(text)]
    if not slots:
        yield Rule.SLOT, "must have at least one slot"
    if len(slots) > limits.slots:
        yield Rule.SLOT, f"must have at most {limits.slots} slots"
    for id, form, _ in slots:
        if id not in subjects:
            yield Rule.SLOT, f"has a slot of “{id}”, which is no fact of this card"
        elif form not in [own.value for own in forms(subjects[id])]:
            can = ", ".join(forms(subjects[id]))
            yield Rule.SLOT, f"has “{id}” in the form “{form}”, and it has only: {can}"
    if len({(id, form) for id, form, _ in slots}) < len(slots):
        yield Rule.SLOT, "must not have the same slot twice"
    for number, (id, form, slot) in enumerate(slots):
        before = slots[number - 1] if number else None
        between = text[before[2].end() : slot.start()] if before else ""
        if form in ANCHORED:
            if before is None or before[0] != id or _SENTENCE_END.search(between):
                yield (
                    Rule.SLOT,
                    f"must have “{id}:{form}” right behind another slot of “{id}”, in its sentence",
                )
        elif before and Form.NAME not in (form, before[1]) and between.strip().lower() in _JOINS:
            yield Rule.SLOT, "must not join two slots into a number of its own"
    if _GLUED.search(bare):
        yield Rule.SLOT, "must have a blank or plain punctuation on each side of a slot"
    for match in _WORD_BEFORE.finditer(bare):
        # To think about a product is no approximation.
        about_a_name = match[1].lower() == "about" and match[2] == _NAME_HOLE
        if match[1].lower() in BEFORE_SLOT and not about_a_name:
            yield Rule.SLOT, f"must not have “{match[1]}” in front of a slot"
    for match in _WORD_AFTER.finditer(bare):
        if match[1].lower() in AFTER_SLOT:
            yield Rule.SLOT, f"must not have “{match[1]}” behind a slot"


def _without_sentence_starts(bare: str) -> str:
    """The same with the first letter of each sentence small."""
    text = re.sub(r"^([\"“'(]*)([A-Z])", lambda m: m[1] + m[2].lower(), bare)
    return re.sub(r"([.!?][)\"'”’]* [\"“'(]*)([A-Z])", lambda m: m[1] + m[2].lower(), text)


_INSTEAD: Mapping[Rule, str] = {
    Rule.LINK: "no addresses",
    Rule.NUMBER: "numbers are said by slots",
    Rule.UNIT: "units are said by slots",
    Rule.DIRECTION: "directions are said by slots in the form change",
    Rule.CAUSE: "no causes",
    Rule.COMPARISON: "comparisons are said by slots",
    Rule.SUPERLATIVE: "no superlatives",
    Rule.QUANTITY: "quantities are said by slots",
    Rule.PERIOD: "periods are said by slots",
    Rule.NEGATION: "no negations",
    Rule.NAME: "names and segments are said by slots",
}
