"""Every deterministic wording passes the checker that a model's has to pass."""

from collections.abc import Mapping
from itertools import combinations

import pytest

from shared.insights.checker import check_wording
from shared.insights.facts.sheet import fact_sheet
from shared.insights.slots import SLOT, render
from shared.insights.templates import TEMPLATES, CardKind, deterministic_wording
from shared.kernel.facts import Subject
from tools.insight_examples import example_shop

SHOP = example_shop()
SUBJECTS = fact_sheet(SHOP).subjects


def facts_of(kind: CardKind) -> dict[str, Subject]:
    """Every fact that the template of a card may say."""
    template = TEMPLATES[kind]
    texts = [template.headline, *(text for each in template.sentences for text in each)]
    return {slot[1]: SUBJECTS[slot[1]] for text in texts for slot in SLOT.finditer(text)}


def needed(kind: CardKind) -> set[str]:
    return {slot[1] for slot in SLOT.finditer(TEMPLATES[kind].headline)}


@pytest.mark.parametrize("kind", CardKind)
def test_the_wording_passes_with_all_facts(kind: CardKind) -> None:
    subjects = facts_of(kind)

    wording = deterministic_wording(kind, subjects)

    assert check_wording(wording, subjects) is None
    for text in (wording.headline, wording.subtext):
        assert "[[" not in render(text, subjects, SHOP.style)


@pytest.mark.parametrize("kind", CardKind)
def test_a_sentence_goes_with_its_facts(kind: CardKind) -> None:
    subjects = facts_of(kind)
    optional = sorted(set(subjects) - needed(kind))
    for count in range(len(optional)):
        for kept in combinations(optional, count):
            some: Mapping[str, Subject] = {
                id: subject for id, subject in subjects.items() if id in kept or id in needed(kind)
            }
            wording = deterministic_wording(kind, some)
            said = {slot[1] for slot in SLOT.finditer(wording.headline + wording.subtext)}
            assert said <= some.keys()


def test_titles_are_different() -> None:
    assert len({template.title for template in TEMPLATES.values()}) == len(CardKind)
