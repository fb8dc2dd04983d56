"""Share of faulty wordings that the checker refuses, and of faithful ones, beside a checker of
numerals.

The other one, `figured`, traces each number of a finished text to a table of numbers. It gets the
same wordings as they would be shown, with the values, comparisons and shares of the card as its
table; what cannot be shown is left as the model wrote it.
"""

import re
from collections.abc import Iterable, Iterator
from random import Random

import figured

from shared.insights.checker import check_wording
from shared.insights.slots import SLOT, Form, rendered
from shared.kernel.facts import Fact, FactUnit
from tests.benchmarks.ratio import Ratio
from tests.insights.answers import Answer, by_hand, from_grammar, mutants
from tests.insights.shop import CARDS, SHOP

_SUBJECTS = {id: subject for card in CARDS.values() for id, subject in card.subjects.items()}
"""Of every card: the slot of another card is filled as well, with a number that is not there."""
SEED = 14
COUNT = 1_000
OF_NUMBERS = frozenset(
    {
        "numeral before a number",
        "numeral instead of a slot",
        "digits before a slot",
        "digits behind a slot",
    }
)
"""Faults that a checker of numerals could see."""


def measure() -> Iterator[Ratio]:
    """Rates over faulty wordings, over those by a grammar and over those written by hand."""
    random = Random(SEED)
    faithful = [from_grammar(random) for _ in range(COUNT)]
    faulty = list(mutants(random, [*by_hand(), *faithful], COUNT))
    numbers = [mutant for mutant, fault in faulty if fault in OF_NUMBERS]
    yield _ratio("wordings with a wrong number that pass", numbers, "at most 0.1 %", passing=True)
    every = [mutant for mutant, _ in faulty]
    yield _ratio("wordings with any fault that pass", every, "at most 0.1 %", passing=True)
    yield _ratio("faithful wordings of a grammar that are refused", faithful, "at most 1 %")
    yield _ratio("faithful wordings by hand that are refused", by_hand(), "at most 1 %")


def _ratio(what: str, answers: list[Answer], goal: str, *, passing: bool = False) -> Ratio:
    ours = _share((_refused(answer) for answer in answers), of=not passing)
    theirs = _share((_traced_wrong(answer) for answer in answers), of=not passing)
    return Ratio(
        what=what,
        baseline="figured",
        value=ours / theirs if theirs else float(ours > 0),
        goal=goal,
        figures=f"{ours:.1%} / {theirs:.1%} of {len(answers):,}",
    )


def _share(verdicts: Iterable[bool], *, of: bool) -> float:
    actual = list(verdicts)
    return actual.count(of) / len(actual)


def _refused(answer: Answer) -> bool:
    return check_wording(answer.wording, answer.card.subjects) is not None


def _traced_wrong(answer: Answer) -> bool:
    table = list(_table(answer))
    texts = (answer.wording.headline, answer.wording.subtext)
    return any(not figured.trace(_shown(text, answer), table).ok for text in texts)


def _shown(text: str, answer: Answer) -> str:
    """The text with every slot filled that its card can fill."""
    return SLOT.sub(lambda slot: _filled(slot, answer), text)


def _filled(slot: re.Match[str], answer: Answer) -> str:
    subject = _SUBJECTS.get(slot[1])
    try:
        return slot[0] if subject is None else rendered(subject, Form(slot[2]), SHOP.style)
    except ValueError:
        return slot[0]


def _table(answer: Answer) -> Iterator[dict[str, str | float]]:
    for subject in answer.card.subjects.values():
        if isinstance(subject, Fact):
            yield {"fact": subject.id, "number": _as_shown(subject.value, subject.unit)}
            if subject.comparison is not None:
                before = subject.comparison.value
                yield {"fact": "before", "number": _as_shown(before, subject.unit)}
                change = subject.value - before
                whole = 1 if subject.unit is FactUnit.RATE else before
                if whole:
                    yield {"fact": "change", "number": round(100 * change / whole)}
            if subject.share is not None:
                yield {"fact": "share", "number": round(100 * subject.share.part)}


def _as_shown(value: float, unit: FactUnit) -> float:
    scale = {FactUnit.CENTS: 0.01, FactUnit.RATE: 100}.get(unit, 1)
    return value * scale
