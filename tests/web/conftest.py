"""Fixtures of several files."""

import pytest

from tests.support.shop import Shop, item


@pytest.fixture
def order(shop: Shop) -> str:
    """The id of an order to change."""
    return shop.order("ada@example.org", 10, items=[item("p1", 10)])
