"""Answers of a model: faithful ones, by hand and from a grammar, and ones with a fault put in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from shared.insights.cards import Card
from shared.insights.checker import Wording
from shared.insights.rendering import quantity
from shared.insights.slots import ANCHORED, SLOT, Form, forms
from shared.insights.templates import CardKind
from shared.kernel.facts import Fact, FactUnit, Name
from tests.insights.shop import CARDS, SHOP

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Answer:
    """A wording of one card."""

    card: Card
    wording: Wording


def by_hand() -> list[Answer]:
    """Faithful ones."""
    return [
        Answer(CARDS[CardKind(kind)], Wording(headline=headline, subtext=subtext))
        for kind, headline, subtext in _lines("faithful.txt")
    ]


def faulty_by_hand() -> list[tuple[Answer, str]]:
    """Return hand-written faulty answers, each with its fault."""
    return [
        (Answer(CARDS[CardKind(kind)], Wording(headline=headline, subtext=subtext)), why)
        for kind, headline, subtext, why in _lines("refused.txt")
    ]


def _lines(name: str) -> Iterator[list[str]]:
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split(" | ")


HEADLINES: Mapping[str, Sequence[str]] = {
    "group": (
        "Write to {it}",
        "{it} are worth a note",
        "Time for a word with {it}",
        "A chance to please {it}",
        "Have you thought of {it}?",
        "Here are {it}{part}",
        "{it}{part}",
        "Plan something nice for {it}",
        "What will you offer {it}?",
        "Say a kind word to {it}",
        "Your attention, please: {it}{part}",
    ),
    "name": (
        "Look closely at {it}",
        "{it} is worth your time",
        "A word about {it}",
        "How is {it} doing?",
        "Talk to your team about {it}",
    ),
    "pair": (
        "{it} with {other}",
        "Offer {it} and {other} as a set",
        "{it} and {other} belong together",
        "Bring {it} and {other} together",
    ),
    "count": (
        "The report lists {it}",
        "Please settle {it}",
        "Somebody should look at {it}",
    ),
}
SENTENCES: Mapping[FactUnit, Sequence[str]] = {
    FactUnit.CUSTOMERS: (
        "You have {it}{part}.",
        "Among your people are {it}{part}.",
        "A warm message to {it} is a good idea.",
        "Ask {it} how they are.",
        "It is a good moment to invite {it}.",
        "Would a voucher please {it}?",
        "Let your staff greet {it} by name.",
        "Keep a place for {it}.",
    ),
    FactUnit.CENTS: (
        "At stake: {it}{part}.",
        "They stand for {it}{part}.",
        "Think of {it}{part}.",
        "It concerns {it}.",
        "That is worth {it}{part}.",
        "In your books they appear with {it}.",
    ),
    FactUnit.RATE: (
        "It shows {it}{part}.",
        "We find {it}{part}.",
        "You see {it}{part} on the page.",
        "The group has {it}.",
    ),
    FactUnit.ORDERS: (
        "They appear together in {it}.",
        "You find them side by side in {it}.",
        "Your books show {it} with them.",
    ),
    FactUnit.TIMES: (
        "Shoppers pick them together {it}.",
        "They meet {it}.",
    ),
    FactUnit.UNITS: (
        "It sold {it}{part}.",
        "The till shows {it}{part}.",
        "Look at {it}{part}.",
    ),
    FactUnit.RECORDS: (
        "The audit speaks of {it}.",
        "Open the report for {it}.",
        "It lists {it}.",
    ),
}
CLOSINGS = (
    "",
    " A friendly tone works well.",
    " Choose a channel that they like.",
    " Keep the message short and personal.",
    " Your team can take it from here.",
    " See the page for details.",
)


def shapes() -> int:
    """Different sentences of the grammar."""
    return sum(len(each) for each in (*HEADLINES.values(), *SENTENCES.values())) + len(CLOSINGS) - 1


def from_grammar(random: Random) -> Answer:
    """A faithful answer for some card."""
    card = random.choice(list(CARDS.values()))
    facts = [each for each in card.subjects.values() if isinstance(each, Fact)]
    names = [each for each in card.subjects.values() if isinstance(each, Name)]
    groups = [fact for fact in facts if fact.unit is FactUnit.CUSTOMERS]
    counts = [fact for fact in facts if fact.unit is FactUnit.RECORDS]
    if len(names) == 2:
        kind, subject, other = "pair", _name(names[0]), _name(names[1])
    elif names:
        kind, subject, other = "name", _name(names[0]), ""
    elif groups:
        kind, subject, other = "group", "", ""
    else:
        kind, subject, other = "count", _slot(random.choice(counts), random), ""
    fact = random.choice(groups) if kind == "group" else None
    headline = random.choice(HEADLINES[kind]).format(
        it=_slot(fact, random) if fact else subject,
        other=other,
        part=_part(fact, random) if fact else "",
    )
    chosen = random.sample(facts, k=min(len(facts), random.choice([1, 2])))
    said = " ".join(
        random.choice(SENTENCES[each.unit]).format(it=_slot(each, random), part=_part(each, random))
        for each in chosen
    )
    return Answer(card, Wording(headline=headline, subtext=said + random.choice(CLOSINGS)))


def _slot(fact: Fact, random: Random) -> str:
    return f"[[{fact.id}:{random.choice([Form.PHRASE, Form.PHRASE, Form.ABOUT]).value}]]"


def _name(name: Name) -> str:
    return f"[[{name.id}:{Form.NAME.value}]]"


def _part(fact: Fact, random: Random) -> str:
    """A second slot of the same fact, or nothing."""
    own = [form for form in forms(fact) if form in ANCHORED]
    if not own or random.random() < 0.3:
        return ""
    slot = f"[[{fact.id}:{random.choice(own).value}]]"
    return random.choice([f", {slot}", f" ({slot})", f" – {slot}"])


# --- faults

Fault = Callable[[Answer, Random], Answer | None]

NUMERALS = (
    "eighty-seven", "eleven", "one", "two hundred and six", "a dozen", "dozens of", "a couple of",
    "half of", "a third of", "two thirds of", "twice", "hundreds of", "three quarters of",
    "a hundred", "thousands of", "fifteen", "ninety percent of", "zero", "twofold", "a tenfold",
    "both of", "a handful of", "most of", "all of", "the majority of", "nearly", "more than",
    "at least", "almost", "roughly", "siebenundachtzig", "quatre-vingts", "cincuenta", "XII", "xiv",
    "LXXXVII", "MCMXC", "iv", "several", "few of", "many of",
)  # fmt: skip
BEFORE_NUMBERS = (*NUMERALS, "about", "around", "some", "minus", "just", "only")
DIGITS = (
    "87", "12%", "$5", "8.5", "1,000", "８７", "٨٧", "८७", "八十七", "𝟠𝟟", "⑧", "Ⅷ", "½", "¾",
    "８7", "8\u200b7", "٪12", "€9", "10k", "3x", "1st", "O7", "l2", "二", "৪", "๘",
)  # fmt: skip
DIRECTIONS = (
    "and rising", "and falling", ", up sharply", ", down again", "on the rise", "and growing fast",
    "and shrinking", ", an increase", ", a decline", ", which dropped", ", which doubled",
    "and climbing", ", a surge", ", a slump", ", improving steadily", ", getting worse",
    ", higher than before", ", lower than usual", ", more than expected", ", fewer than before",
    ", unchanged", ", a record high", ", recovering", ", plummeting", "and slowing down",
)  # fmt: skip
CAUSES = (
    "because of the prices", "due to the weather", ", driven by the new menu", ", which led here",
    "thanks to the campaign", ", caused by long queues", "as a result of the sale", "owing to rain",
    ", since the shop moved", ", attributed to the discount", ", so people stay away",
    ", triggered by a price cut", ", a consequence of late deliveries", "after the new website",
    ", explained by the holidays", "following the newsletter", ", which is why they left",
    ", stemming from bad service", ", fuelled by a rival", ", and the reason is the price",
)  # fmt: skip
PERIODS = (
    "this week", "since last month", "in January", "today", "over the past year", "every day",
    "this quarter", "lately", "on Mondays", "a year ago", "this summer", "in the last hour",
)  # fmt: skip
ENTITIES = (
    "and Alice Smith", "of Blue Dream", "at the Denver store", "who are VIP", "who are Loyal",
    "who have churned", "and other lost customers", "who are At Risk", "and new customers",
    "and your frequent buyers", "like Bob", "on Instagram",
)  # fmt: skip
UNITS = ("orders", "%", "percent", "dollars", "days", "products", "k", "points", "units", "euros")
SUPERLATIVES = (
    ", your best", ", the largest of them", ", the most valuable", ", the worst", ", the lowest",
    ", your top group", ", the fastest", ", the least loyal",
)  # fmt: skip
HOSTILE = (
    "– see https://example.com", "<b>now</b>", "**now**", "[now](x)", "\u202eabc", "\x00", "\n\n",
    "`x`", "javascript:alert", "ring 555", "www.example.com", "at shop.example", "{now}", "@all",
)  # fmt: skip


ANYWHERE = tuple(
    words.removeprefix(", ")
    for kind in (NUMERALS, DIGITS, DIRECTIONS, CAUSES, PERIODS, ENTITIES, SUPERLATIVES, HOSTILE)
    for words in kind
)


def mutants(random: Random, answers: Sequence[Answer], count: int) -> Iterator[tuple[Answer, str]]:
    """So many answers, each with one fault, and the name of the fault; kinds take turns."""
    faults = list(FAULTS)
    made = 0
    while made < count:
        name = faults[made % len(faults)]
        mutant = FAULTS[name](random.choice(answers), random)
        if mutant is not None:
            yield mutant, name
            made += 1


def _on_a_slot(
    answer: Answer, random: Random, change: Callable[[str], str], *, names: bool = True
) -> Answer | None:
    """The answer with something done to one of its slots; `names` are slots, too."""
    slots = [
        (part, slot)
        for part in ("headline", "subtext")
        for slot in SLOT.finditer(getattr(answer.wording, part))
        if names or slot[2] != Form.NAME
    ]
    if not slots:
        return None
    part, slot = random.choice(slots)
    text: str = getattr(answer.wording, part)
    text = text[: slot.start()] + change(slot[0]) + text[slot.end() :]
    wording = answer.wording
    wording = (
        replace(wording, headline=text) if part == "headline" else replace(wording, subtext=text)
    )
    return Answer(answer.card, wording)


def _before(words: Sequence[str], *, names: bool = True) -> Fault:
    return lambda answer, random: _on_a_slot(
        answer, random, lambda slot: f"{random.choice(words)} {slot}", names=names
    )


def _behind(words: Sequence[str]) -> Fault:
    def fault(answer: Answer, random: Random) -> Answer | None:
        said = random.choice(words)
        return _on_a_slot(
            answer, random, lambda slot: f"{slot}{said}" if said[0] == "," else f"{slot} {said}"
        )

    return fault


def _anywhere(answer: Answer, random: Random) -> Answer:
    """A fault between any two words."""
    part = random.choice(["headline", "subtext"])
    words = getattr(answer.wording, part).split(" ")
    place = random.randrange(len(words) + 1)
    text = " ".join([*words[:place], random.choice(ANYWHERE), *words[place:]])
    return Answer(answer.card, replace(answer.wording, **{part: text}))


def _instead(words: Sequence[str]) -> Fault:
    """A number in place of the slot that would say it, among slots that stay."""
    return lambda answer, random: _on_a_slot(answer, random, lambda slot: random.choice(words))


def _value_written_out(answer: Answer, random: Random) -> Answer | None:
    def written(slot: str) -> str:
        match = SLOT.fullmatch(slot)
        subject = answer.card.subjects[match[1]] if match else None
        if isinstance(subject, Fact):
            return quantity(subject.value, subject.unit, SHOP.style)
        return "Salted Butter 250"

    return _on_a_slot(answer, random, written)


def _another_cards_fact(answer: Answer, random: Random) -> Answer | None:
    others = [
        f"[[{id}:{random.choice(forms(subject)).value}]]"
        for card in CARDS.values()
        for id, subject in card.subjects.items()
        if id not in answer.card.subjects
    ]
    return _on_a_slot(answer, random, lambda slot: random.choice(others))


def _wrong_form(answer: Answer, random: Random) -> Answer | None:
    def other(slot: str) -> str:
        match = SLOT.fullmatch(slot)
        assert match is not None
        wrong = [form.value for form in Form if form not in forms(answer.card.subjects[match[1]])]
        return f"[[{match[1]}:{random.choice([*wrong, 'value', 'count'])}]]"

    return _on_a_slot(answer, random, other)


def _change_of_another_fact(answer: Answer, random: Random) -> Answer | None:
    anchored = [
        f"[[{id}:{form.value}]]"
        for id, subject in answer.card.subjects.items()
        for form in forms(subject)
        if form in ANCHORED
    ]
    if not anchored:
        return None
    part = random.choice(anchored)
    id = part[2:].partition(":")[0]
    text = answer.wording.headline
    slots = list(SLOT.finditer(text))
    if slots[-1][1] == id:
        return None
    return Answer(answer.card, replace(answer.wording, headline=f"{text.rstrip('?')}, {part}"))


FAULTS: Mapping[str, Fault] = {
    "numeral before a number": _before(BEFORE_NUMBERS, names=False),
    "numeral instead of a slot": _instead([f"{word} people" for word in NUMERALS]),
    "digits before a slot": _before(DIGITS),
    "digits behind a slot": _behind(DIGITS),
    "value written out": _value_written_out,
    "another card's fact": _another_cards_fact,
    "wrong form": _wrong_form,
    "change of another fact": _change_of_another_fact,
    "direction": _behind(DIRECTIONS),
    "cause": _behind(CAUSES),
    "period": _behind(PERIODS),
    "entity": _behind(ENTITIES),
    "unit": _behind(UNITS),
    "superlative": _behind(SUPERLATIVES),
    "hostile": _behind(HOSTILE),
    "anywhere": _anywhere,
}
