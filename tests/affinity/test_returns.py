"""A returned item was not bought together with anything, and a return is no next order."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.affinity.affinity import NEXT_ORDER, SAME_BASKET, AffinityQuestion, pairs_of
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import answers, fact_row, organization

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line(product_id: str, units: int = 1) -> Any:
    return (product_id, f"Product {product_id}", "Flower", units * 1000, units * 500)


def bought() -> Iterable[ChangelogRow]:
    """Six customers buy a and b, and then c."""
    for number in range(6):
        for step, products in enumerate(("ab", "c")):
            yield fact_row(
                f"o{number}{step}",
                customer=f"c{number}",
                ordered_at=START + timedelta(days=number, hours=2 * step),
                lines=[line(product) for product in products],
            )


def returned() -> Iterable[ChangelogRow]:
    """Between the two, each of them brings b back for d, and later on changes a for e."""
    for number in range(6):
        for name, hours, amount, lines in (
            ("back", 1, -200, [line("b", -1), line("d")]),
            ("exchange", 3, 0, [line("a", -1), line("e")]),
        ):
            yield fact_row(
                f"{name}{number}",
                customer=f"c{number}",
                ordered_at=START + timedelta(days=number, hours=hours),
                amount_cents=amount,
                lines=lines,
            )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (SAME_BASKET, {("a", "b"): 6}),
        (NEXT_ORDER, {("a", "c"): 6, ("b", "c"): 6, ("c", "e"): 6}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_pairs(
    warehouse: Warehouse, question: AffinityQuestion, expected: dict[tuple[str, str], int]
) -> None:
    warehouse.load([*bought(), *returned()])

    result = answers(warehouse, question, [organization(today=date(2026, 11, 23))], NOW)["org"][
        question.name
    ]

    pairs = pairs_of(result.entries, result.summary, question.relation)
    actual = {(pair.a.id, pair.b.id): pair.count for pair in pairs}
    assert actual == expected
