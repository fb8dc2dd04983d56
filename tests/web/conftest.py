"""Fixtures of several files."""

import pytest

from tests.support.shop import Shop, item


@pytest.fixture
def order(shop: Shop) -> str:
    """One order, so that there is something to change."""
    return shop.order("ada@example.org", 10, items=[item("p1", 10)])
