"""Pairs of products, published as the nightly computation does."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from google.cloud import firestore

from shared.affinity.affinity import SAME_BASKET, AffinityQuestion
from shared.nightly.result import Attempt
from shared.nightly.result_store import ResultWriter
from tests.support.shop import NOW, ORG
from tests.support.warehouse_facts import organization

Row = dict[str, Any]


def row(
    a: str, b: str, *figures: int, categories: tuple[str, str] = ("Flower", "Flower"), **more: Any
) -> Row:
    """A pair; figures are orders with both, with A and with B, of 1,000."""
    both, orders_a, orders_b = figures
    return {
        "product_a": a,
        "name_a": f"Product {a}",
        "category_a": categories[0],
        "orders_a": orders_a,
        "product_b": b,
        "name_b": f"Product {b}",
        "category_b": categories[1],
        "orders_b": orders_b,
        "pair_orders": both,
        **more,
    }


def rows_of_pairs(pairs: Sequence[Row], pairs_found: int) -> Iterator[Row]:
    """Yield the query's rows for orders of one size: then f is 1 and E = a·b ÷ orders."""
    products, partners = [], []
    for place, pair in enumerate(pairs):
        first, second = 2 * place + 1, 2 * place + 2
        partners.append(f"{first}:{second}:{pair['pair_orders']}:{pair.get('customers', 3)}")
        for number, side in ((first, "a"), (second, "b")):
            orders = pair[f"orders_{side}"]
            products.append(
                {
                    "number": number,
                    "id": pair[f"product_{side}"],
                    "name": pair[f"name_{side}"],
                    "category": pair[f"category_{side}"],
                    **dict.fromkeys(("orders_a", "orders_b", "others_a", "others_b"), orders),
                }
            )
    yield {
        **dict.fromkeys(("orders", "places_a", "places_b", "together"), 1_000),
        "orders_cut": 2,
        "pairs_tested": 45,
        "pairs_found": pairs_found,
        "products": "\n".join(map(json.dumps, products)) or None,
        "pairs": ",".join(partners) or None,
    }


ROWS = [
    row("p1", "p2", 40, 100, 100),
    row("p1", "p3", 8, 10, 20, categories=("Flower", "Vape")),
    row("p2", "p4", 100, 400, 300, categories=("Flower", "Edibles")),
]


def attempt(at: datetime) -> Attempt:
    return Attempt(generation=at.strftime("%Y%m%dT%H%M%SZ"), due_at=at, computed_at=at)


def publish_pairs(
    client: firestore.Client,
    rows: Sequence[Row] = ROWS,
    question: AffinityQuestion = SAME_BASKET,
    *,
    org: str = ORG,
    at: datetime = NOW,
    pairs_found: int | None = None,
) -> None:
    """Publish these pairs; they are all that were found unless said otherwise."""
    answered = rows_of_pairs(rows, len(rows) if pairs_found is None else pairs_found)
    writer = ResultWriter(client)
    for result in question.results(organization(org, today=date(2026, 11, 23)), answered):
        writer.publish(org, result, attempt(at), source_rows=1_200)
    writer.invalidate(org)


def fail_pairs(
    client: firestore.Client, *, org: str = ORG, at: datetime = NOW, error: str = "GoogleAPIError"
) -> None:
    """Note that pairs could not be computed."""
    ResultWriter(client).fail(org, SAME_BASKET.name, attempt(at), error)
