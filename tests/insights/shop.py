"""The example shop with every card that it justifies."""

from collections.abc import Mapping

from shared.insights.cards import Card, choose_cards
from shared.insights.facts.sheet import fact_sheet
from shared.insights.numbers import ShopNumbers
from shared.insights.templates import CardKind
from tools.insight_examples import example_shop

SHOP = example_shop()


def every_card(numbers: ShopNumbers = SHOP) -> Mapping[CardKind, Card]:
    """All cards by kind, in their order; none is left out for want of room."""
    cards = choose_cards(numbers, fact_sheet(numbers), at_most=len(CardKind))
    return {card.kind: card for card in cards}


CARDS = every_card()
