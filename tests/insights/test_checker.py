"""Wordings that a model may use on a card, and refused ones."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.insights.checker import (
    HEADLINE,
    PARAGRAPH,
    SUBTEXT,
    Wording,
    check_answer,
    check_text,
    check_wording,
)
from shared.insights.refusal import Refusal, Rule
from shared.insights.slots import SLOT, Form, render, rendered
from shared.insights.templates import CardKind
from shared.kernel.facts import Name
from tests.insights.answers import (
    FAULTS,
    Answer,
    by_hand,
    faulty_by_hand,
    from_grammar,
    mutants,
    shapes,
)
from tests.insights.shop import CARDS, SHOP

CHURN = CARDS[CardKind.CHURN_RISK].subjects
GOOD = Wording(
    headline="[[at_risk:phrase]] need you", subtext="At stake: [[at_risk_value:phrase]]."
)


def refusal(answer: Answer) -> Refusal | None:
    return check_wording(answer.wording, answer.card.subjects)


# --- faithful answers


def test_answers_by_hand_pass_but_one_at_most() -> None:
    answers = by_hand()

    refused = [(each.wording, actual) for each in answers if (actual := refusal(each))]

    assert len(answers) >= 100
    assert len(refused) <= len(answers) // 100, refused
    assert {each.card.kind for each in answers} == set(CardKind)


def test_a_thousand_answers_of_forty_shapes_pass_but_one_percent_at_most() -> None:
    random = Random(14)
    answers = [from_grammar(random) for _ in range(1_000)]

    refused = [(each.wording, actual) for each in answers if (actual := refusal(each))]

    assert shapes() >= 40
    assert len({each.wording for each in answers}) >= 700
    assert len(refused) <= 10, refused


# --- faulty answers


@pytest.mark.parametrize(("answer", "why"), faulty_by_hand(), ids=lambda each: str(each)[:60])
def test_a_fault_is_refused(answer: Answer, why: str) -> None:
    assert refusal(answer) is not None, why


def test_a_thousand_mutants_are_refused_and_none_that_passes_says_a_wrong_number() -> None:
    random = Random(14)
    answers = [*by_hand(), *(from_grammar(random) for _ in range(200))]

    passed = []
    made: Counter[str] = Counter()
    for mutant, fault in mutants(random, answers, 1_000):
        made[fault] += 1
        if refusal(mutant) is None:
            passed.append((fault, mutant.wording))
            assert only_slots_count(mutant), mutant.wording

    assert made.keys() == FAULTS.keys()
    assert len(passed) <= 1, passed


def only_slots_count(answer: Answer) -> bool:
    """Whether every number in the rendered text is that of a fact in its own words."""
    for text in (answer.wording.headline, answer.wording.subtext):
        rest = render(text, answer.card.subjects, SHOP.style)
        for slot in SLOT.finditer(text):
            words = rendered(answer.card.subjects[slot[1]], Form(slot[2]), SHOP.style)
            assert words.lower() in rest.lower()
            rest = rest.lower().replace(words.lower(), "", 1)
        if any(character.isnumeric() for character in rest):
            return False
    return True


def test_a_number_outside_slots_would_be_noticed() -> None:
    card = CARDS[CardKind.CHURN_RISK]

    assert only_slots_count(Answer(card, GOOD))
    for said in ("87 people", "٨٧ people", "⑧ people", "½ of them"):
        wording = Wording(headline=GOOD.headline, subtext=f"{GOOD.subtext} See {said}.")
        assert not only_slots_count(Answer(card, wording))


# --- shape


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        [],
        {},
        {"headline": GOOD.headline},
        {"headline": GOOD.headline, "subtext": None},
        {"headline": [GOOD.headline], "subtext": GOOD.subtext},
        {"headline": GOOD.headline, "subtext": GOOD.subtext, "note": "87"},
    ],
)
def test_an_answer_of_another_shape_is_refused(answer: object) -> None:
    actual = check_answer(answer, CHURN)

    assert isinstance(actual, Refusal)
    assert actual.rule is Rule.SHAPE


def test_a_good_answer_is_its_wording() -> None:
    answer = {"headline": GOOD.headline, "subtext": GOOD.subtext}

    assert check_answer(answer, CHURN) == GOOD


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_a_long_answer_is_refused_for_its_length(size: int) -> None:
    for text in ("a " * size, "[[at_risk:phrase]] " * size, "\u202e" * size):
        actual = check_text(text, CHURN, part="subtext", limits=SUBTEXT)
        assert actual is not None
        assert actual.rule is Rule.LENGTH


@pytest.mark.parametrize(("limits", "part"), [(HEADLINE, "headline"), (SUBTEXT, "subtext")])
def test_the_limit_is_the_last_length_that_passes(limits: object, part: str) -> None:
    allowed = HEADLINE if part == "headline" else SUBTEXT
    slot = "[[at_risk:phrase]]"
    filler = "a" * (allowed.characters - 2)

    assert check_text(f"{slot} {filler}.", CHURN, part=part, limits=allowed) is None
    actual = check_text(f"{slot} {filler}a.", CHURN, part=part, limits=allowed)
    assert actual is not None
    assert actual.rule is Rule.LENGTH


def test_more_slots_than_allowed_are_refused() -> None:
    slots = ", ".join(f"[[{id}:phrase]]" for id in list(CHURN)[: HEADLINE.slots + 1])

    actual = check_text(slots, CHURN, part="headline", limits=HEADLINE, sentence=False)

    assert actual is not None
    assert actual.rule is Rule.SLOT


def test_a_paragraph_has_the_same_rules() -> None:
    good = "You have [[at_risk:phrase]], [[at_risk:share]]. Write to them."

    assert check_text(good, CHURN, part="paragraph", limits=PARAGRAPH) is None
    actual = check_text(good + " Most are women.", CHURN, part="paragraph", limits=PARAGRAPH)
    assert actual == Refusal(
        part="paragraph",
        rule=Rule.QUANTITY,
        reason="The paragraph must not say “most” (quantities are said by slots).",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Follow up with [[at_risk:phrase]].",
        "Look after [[at_risk:phrase]].",
        "Why not invite [[at_risk:phrase]]?",
        "Do not lose touch with [[at_risk:phrase]].",
        "Know your customer mix: [[at_risk:phrase]].",
        "Drop them a line: [[at_risk:phrase]].",
        "“Welcome back” is what [[at_risk:phrase]] would love to hear.",
    ],
)
def test_idioms_pass(text: str) -> None:
    assert check_text(text, CHURN, part="subtext", limits=SUBTEXT) is None


@given(st.text(max_size=300))
def test_any_text_is_judged_and_no_foreign_character_passes(text: str) -> None:
    actual = check_text(text, CHURN, part="subtext", limits=SUBTEXT)

    if actual is None:
        assert SLOT.search(text)
        assert all(ord(each) < 128 or each in "’“”–—" for each in text)


@given(st.data())
def test_what_passes_holds_no_numeric_character(data: st.DataObject) -> None:
    inserted = data.draw(st.characters(categories=["Nd", "Nl", "No", "Sc", "Cf", "Cc", "Co"]))
    place = data.draw(st.integers(0, len(GOOD.subtext)))
    text = GOOD.subtext[:place] + inserted + GOOD.subtext[place:]

    assert check_wording(Wording(headline=GOOD.headline, subtext=text), CHURN) is not None


def test_names_are_not_numbers_to_the_rules_about_neighbours() -> None:
    subjects = {"product": Name(id="product", label="the product", text="Butter")}

    assert check_text("Think about [[product:name]].", subjects, part="x", limits=SUBTEXT) is None
