"""Numbers in words, however they are written, and words that only look like one."""

from collections.abc import Iterator

import pytest

from shared.insights.checker import PARAGRAPH, check_text
from shared.insights.refusal import Rule
from shared.kernel.facts import Fact, FactUnit

SUBJECTS = {"fact": Fact(id="fact", label="", value=5, unit=FactUnit.CUSTOMERS)}


def words_of(text: str) -> list[str]:
    return text.split()


ONES = words_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
TENS = words_of("twenty thirty forty fifty sixty seventy eighty ninety")
ORDINAL_ONES = words_of(
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
ORDINAL_TENS = [ten[:-1] + "ieth" for ten in TENS]


def rule(words: str) -> Rule | None:
    text = f"Here are {words} for you: [[fact:phrase]]."
    actual = check_text(text, SUBJECTS, part="text", limits=PARAGRAPH)
    return actual.rule if actual else None


def in_words(number: int) -> Iterator[str]:
    """Spellings of a number below a million."""
    if number < 20:
        yield ONES[number]
    elif number < 100:
        ten = TENS[number // 10 - 2]
        if number % 10 == 0:
            yield ten
        else:
            for between in ("-", " ", ""):
                yield ten + between + ONES[number % 10]
    elif number < 1000:
        rest = next(in_words(number % 100)) if number % 100 else ""
        yield f"{ONES[number // 100]} hundred and {rest}".removesuffix(" and ")
        yield f"{ONES[number // 100]}hundred{rest}"
    else:
        yield f"{next(in_words(number // 1000))} thousand"


def roman(number: int) -> str:
    actual = ""
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
        (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while number >= value:
            actual, number = actual + letters, number - value
    return actual


def test_every_number_in_words_is_refused() -> None:
    for number in [*range(1_000), *range(1_000, 100_000, 777)]:
        for words in in_words(number):
            for said in (words, words.capitalize(), words.upper()):
                assert rule(said) is not None, said


def test_every_ordinal_is_refused() -> None:
    for words in [*ORDINAL_ONES, *ORDINAL_TENS, "hundredth", "thousandth", "millionth"]:
        assert rule(f"the {words} part") is Rule.NUMBER, words
        assert rule(f"the {words}s") is Rule.NUMBER, words


def test_every_roman_numeral_is_refused_but_the_word_mix() -> None:
    for number in range(1, 4_000):
        for said in (roman(number), roman(number).lower()):
            if said == "mix":
                assert rule(said) is None
            else:
                assert rule(said) is not None, said


@pytest.mark.parametrize(
    "words",
    [
        "often", "tent", "attention", "listen", "weight", "height", "freight", "someone",
        "stone", "phone", "done", "honest", "network", "tonal", "guests", "interest", "request",
        "suggestions", "test", "the ones who care", "loyalty", "listing", "civil", "mild", "dill",
        "vivid", "lid", "ill", "causeway", "uptown", "supper", "updated", "cupboard", "download",
        "lowdown", "together", "bother", "offer", "reminder", "newsletter", "container", "order",
        "understand", "overview", "coverage", "allow", "ball", "smallish", "mostarda", "lettuce",
        "percolator", "centre", "eurobeat", "poundcake", "notice", "note", "nothingness",
        "knotted", "weekender", "dayglow", "allspice", "tens", "cents",
    ],
)  # fmt: skip
def test_a_word_is_not_refused_for_a_part_of_it(words: str) -> None:
    banned = {"tens": Rule.NUMBER, "cents": Rule.UNIT}
    assert rule(words) is banned.get(words)
