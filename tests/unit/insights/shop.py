"""The example shop with every card that it justifies."""

from collections.abc import Mapping
from unittest.mock import patch

from shared.insights import cards
from shared.insights.cards import Card, choose_cards
from shared.insights.numbers import ShopNumbers
from shared.insights.sheet import fact_sheet
from shared.insights.templates import CardKind
from tools.insight_examples import example_shop

SHOP = example_shop()


def every_card(numbers: ShopNumbers = SHOP) -> Mapping[CardKind, Card]:
    """All cards by kind, those behind the limit included."""
    with patch.object(cards, "MAX_CARDS", len(CardKind)):
        return {card.kind: card for card in choose_cards(numbers, fact_sheet(numbers))}


CARDS = every_card()
