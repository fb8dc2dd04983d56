"""Write docs/insights.md from the cards' templates: `python -m tools.insights_document`."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from shared.insights import findings
from shared.insights.campaign_findings import REPORTED_DAYS
from shared.insights.cards import (
    CONCENTRATED_VALUE,
    CRITICAL_DRIFT,
    CRITICAL_SHARE,
    FEW_VIPS,
    HEALTHY_MIX,
    MAX_CARDS,
    THIN_MIX,
    WARNING_SHARE,
    Card,
    choose_cards,
)
from shared.insights.facts.sheet import fact_sheet
from shared.insights.insight_card import InsightCard, WordingSource, insight_card
from shared.insights.numbers import CARD_LIFE
from shared.insights.rendering import money, percent
from shared.insights.slots import Form, forms, rendered
from shared.insights.templates import TEMPLATES, CardKind
from shared.kernel.facts import SMALLEST_GROUP
from tools.insight_examples import example_shop

PATH = Path(__file__).parent.parent / "docs" / "insights.md"

DRIFT_ORDERS = f"{1 / CRITICAL_DRIFT:.0f}"
_ABOUT: Mapping[CardKind, str] = {
    CardKind.CHURN_RISK: f"""\
Customers who are At Risk. Critical where they are {percent(CRITICAL_SHARE)} or more of the
customers who are not Churned and hold {percent(CRITICAL_SHARE)} or more of the lifetime value
of these; a warning where one of the two is {percent(WARNING_SHARE)} or more; else for
information. At stake is their lifetime value.""",
    CardKind.CUSTOMER_MIX: f"""\
Active customers who are New, and those who are not. A success where {percent(HEALTHY_MIX)} or
more are not New, a warning below {percent(THIN_MIX)}, else for information. At stake is the
lifetime value of those who are New.""",
    CardKind.LOYALTY_PERFORMANCE: f"""\
Customers who are VIP. A warning where they are at most {percent(FEW_VIPS)} of all customers
and hold {percent(CONCENTRATED_VALUE)} or more of the lifetime value: then that value is at
stake. Else a success, with nothing at stake.""",
    CardKind.SLIPPING_SOON: f"""\
Active customers who become Slipping within 7 days unless they order. A warning where they
hold {percent(WARNING_SHARE)} or more of the lifetime value of active customers, else for
information. At stake is their lifetime value.""",
    CardKind.COHORT_BREAK: f"""\
A monthly cohort, of the latest {findings.COHORTS} whose month after is over, that came back
unlike the others: the rate of the others is outside its 95% interval, which is widened for
{findings.COHORTS} looks. A warning where fewer came back, a success where more did. At stake
is the difference in customers × what a returning customer of the other cohorts spent in that
month.""",
    CardKind.BUNDLE: f"""\
The pair of products with the highest `liftLower`, where that is {findings.LEAST_LIFT} or
more, `qValue` is at most {findings.MOST_FALSE_PAIRS} and at least {SMALLEST_GROUP} customers
bought them together. For information. At stake is what the cheaper of the two comes to in the
orders with both.""",
    CardKind.PRODUCT_SLOWING: f"""\
The product that loses the most money where it sold at least {percent(findings.LEAST_DROP)}
less in the last 7 full days than at its 30-day rate, and so much less that it is no chance:
{findings.LEAST_DEVIATIONS:.0f} standard deviations of a Poisson variable. A warning. At stake
is what it sells less in 30 days at that velocity; below {percent(findings.LEAST_LOSS)} of what
all products brought in over the last 30 full days there is no card.""",
    CardKind.CAMPAIGN_PAID: f"""\
The campaign that brought most for certain, of those whose window closed in the last
{REPORTED_DAYS} days: the lower end of the 95% interval of its incremental revenue, times the
margin where it is known, is above its cost. A success. At stake is that lower end.""",
    CardKind.CAMPAIGN_UNCLEAR: f"""\
The last campaign sent whose window closed in the last {REPORTED_DAYS} days and whose incremental
revenue [cannot be measured](campaigns.md#performance). For information. At stake is what it
cost.""",
    CardKind.PREDICTED_CHURN: f"""\
Customers at the critical level of [churn risk](analytics.md#predictions), while a model that
predicts revenue is in force. A warning where {percent(WARNING_SHARE)} or more of the revenue
to expect is theirs, else for information. At stake is the revenue to expect from them. The
forecast is compared with what known customers spent in the last whole month.""",
    CardKind.AUDIT_DRIFT: f"""\
Differences that the last audit could not repair. Critical from one in {DRIFT_ORDERS} orders
on, else a warning. At stake is the same part of all lifetime value.""",
}

_FORMS: Mapping[Form, str] = {
    Form.PHRASE: "number, unit, noun and period",
    Form.ABOUT: "the same, rounded as in conversation",
    Form.CHANGE: "direction and size of the change; behind another slot of the fact",
    Form.SHARE: "the part that it is of something; behind another slot of the fact",
    Form.SHARE_ABOUT: "the same as a simple fraction where one is near",
    Form.AS_OF: "the day it was computed on, where the organisation is",
    Form.NAME: "the only form of a name; what the shop wrote stands in quotation marks",
}


_INTRODUCTION = f"""\
A card says what to do today. Its numbers are facts: aggregates over the organisation's customers,
orders and products, each with [what it means](analytics.md), where it is stored and when it was
computed. Numbers that are stale, failed or not computed give no fact, and neither does a group of
fewer than {SMALLEST_GROUP} customers. A card goes when its facts go. This page is written by
`python -m tools.insights_document`.
"""
_POINTS = (
    f"""
At most {MAX_CARDS} cards are shown, by the money at stake, largest first; of equal ones the more
urgent comes first. A card is valid for as long as its facts, and for
{CARD_LIFE.total_seconds() / 3600:.0f} hours at most.""",
    """
Texts have slots: `[[churned_30d:phrase]]` stands for a fact, and code fills in number, rounding,
unit, noun, period, direction and sign. Claude may word a card again, with slots of the card's own
facts. Outside slots it may say nothing that counts, compares, names or explains: no number, unit,
direction, comparison, superlative, cause, period, name or segment, be it in digits or in words. An
answer that does is refused, asked for once more with the reason, and then replaced by the wording
below. A sentence there whose facts the card lacks is left out, or replaced by the one after “or
else”.""",
    """
Names of products reach neither the model nor any place outside their own slot.""",
)


def main(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the file is not up to date.")
    ] = False,
) -> None:
    """Write what cards there are, how each is worded, and an example of each."""
    if not check:
        PATH.write_text(document(), encoding="utf-8")
        typer.echo(f"Wrote {PATH.name}.")
    elif is_current():
        typer.echo(f"{PATH.name} is up to date.")
    else:
        typer.echo(
            f"{PATH.name} is out of date: run `python -m tools.insights_document`.", err=True
        )
        raise typer.Exit(1)


def is_current() -> bool:
    """Whether the file says what the code does."""
    return PATH.exists() and PATH.read_text(encoding="utf-8") == document()


def document() -> str:
    """The whole file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    numbers = example_shop()
    sheet = fact_sheet(numbers)
    cards = {card.kind: card for card in choose_cards(numbers, sheet, at_most=len(CardKind))}
    yield "# Insights"
    yield ""
    yield _filled_text(_INTRODUCTION)
    yield ""
    for point in _POINTS:
        yield _filled_text(point, point="- ")
    yield ""
    yield "## Slots"
    yield ""
    yield "| Form | Says | Example |"
    yield "|---|---|---|"
    for form, says in _FORMS.items():
        yield f"| `{form}` | {says} | {_example(form, cards)} |"
    for kind in CardKind:
        yield from _card(cards[kind], _example_card(cards[kind]))


def _example_card(card: Card) -> InsightCard:
    """The card of the example shop, in its deterministic wording."""
    numbers = example_shop()
    return insight_card(
        card,
        card.wording,
        WordingSource.RULES,
        org_id=numbers.org_id,
        style=numbers.style,
        generated_at=numbers.as_of,
    )


def _example(form: Form, cards: Mapping[CardKind, Card]) -> str:
    style = example_shop().style
    for kind in (CardKind.CHURN_RISK, CardKind.BUNDLE):
        for subject in cards[kind].subjects.values():
            if form in forms(subject):
                return rendered(subject, form, style)
    raise ValueError(f"no card has the form {form}")


def _card(card: Card, example: InsightCard) -> Iterator[str]:
    template = TEMPLATES[card.kind]
    yield f"""
## {template.title}

{_filled_text(f"`{card.kind}`: {_ABOUT[card.kind]}")}

```
{template.headline}
"""
    for first, *others in template.sentences:
        yield first
        yield from (f"    or else: {other}" for other in others)
    stake = money(example.at_stake_cents, example_shop().style)
    yield f"""```

> **{_markdown(example.headline)}**
>
> {_markdown(example.subtext)}
>
> {example.severity} · at stake {stake} · “{example.cta_label}”

| Fact | Says | Change | Look at |
|---|---|---|---|"""
    for fact in example.facts:
        query = "&".join(f"{name}={value}" for name, value in fact.query.items())
        link = f"GET {fact.api}" + (f"?{query}" if query else "")
        section = fact.definition.removeprefix("docs/")
        change = fact.change or ""
        yield f"| [`{fact.id}`]({section}) | {_markdown(fact.shown)} | {change} | `{link}` |"


def _filled_text(text: str, *, point: str = "") -> str:
    """The text in lines of this file's width; `point` is what a point of a list begins with."""
    return textwrap.fill(
        " ".join(text.split()),
        width=110,
        initial_indent=point,
        subsequent_indent=" " * len(point),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _markdown(text: str) -> str:
    """The text with nothing in it that markdown reads."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


if __name__ == "__main__":
    typer.run(main)
