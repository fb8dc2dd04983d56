"""A shop that sells products, and its published sales."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.nightly.question import ComputedOrganization
from shared.nightly.result import Attempt, Result, ResultState, attempt_at
from shared.nightly.result_store import ResultReader
from shared.products.product_sales import (
    NAME,
    ProductSales,
    ProductSalesQuestion,
    stored_product,
)
from shared.products.store import ProductResults
from shared.reconciliation.reconcile import Reconciler
from tests.products.product_fold import SoldLine, product_rows, publish_product_sales
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import Meter, metered
from tests.support.world import KEYER, NOW, FixedOrganizations, Order

ORG = "org_north"


class Shop:
    """Places orders of products and takes them back, on a world of its own."""

    def __init__(self, client: firestore.Client) -> None:
        self.client = client
        self.world = FirestoreWorld(client)
        self._reconciler = Reconciler(self.world, FixedOrganizations(), KEYER, clock=lambda: NOW)
        self._numbers = count()

    def sell(
        self, product: str, *, at: datetime, quantity: float = 1, cents: int = 100, org: str = ORG
    ) -> str:
        id = f"o{next(self._numbers)}"
        order = replace(Order(org=org, email="ada@example.org", cents=cents, ordered_at=at))
        item = {"productId": product, "name": f"Name of {product}"}
        items = [{**item, "qty": quantity, "price": cents / 100}]
        self.world.put_order(id, {**order.data(), "items": items})
        self._reconciler.reconcile(id)
        return id

    def cancel(self, order_id: str) -> None:
        self.client.document(paths.order(order_id)).update({"status": "canceled"})
        self._reconciler.reconcile(order_id)

    def night(self, now: datetime = NOW, *, org: str = ORG) -> None:
        """Run the organisation's task."""
        publish_product_sales(self.client, FixedOrganizations(), org, now)

    def item(self, product: str, *, org: str = ORG, **fields: Any) -> firestore.DocumentReference:
        reference = self.client.document(paths.catalogue_item(org, product))
        reference.set({"externalId": product, "name": "As the shop has it", **fields})
        return reference

    def root(self, product: str, *, org: str = ORG, **fields: Any) -> firestore.DocumentReference:
        reference = self.client.document(paths.root_product(product))
        reference.set({"orgId": org, "name": "As the shop has it", **fields})
        return reference


def state(client: firestore.Client, org: str = ORG) -> ResultState:
    actual = ResultReader(client, org).state(NAME)
    assert actual
    return actual


def products(client: firestore.Client, org: str = ORG) -> dict[str, ProductSales]:
    entries = ResultReader(client, org).entries(state(client, org))
    return {entry["key"]: stored_product(entry) for entry in entries}


def shown(reference: firestore.DocumentReference) -> dict[str, Any]:
    return reference.get().to_dict() or {}


def answered(products: int) -> Result:
    """The result of a night in which so many products were sold, one of each yesterday."""
    day = (NOW - timedelta(days=1)).date()
    lines = (
        SoldLine(
            day=day,
            product_id=f"p{number:05}",
            name=f"Product {number}",
            category="Flower",
            quantity_milli=1_000,
            cents=number,
        )
        for number in range(products)
    )
    organization = ComputedOrganization.of(FixedOrganizations().settings(ORG), NOW)
    (result,) = ProductSalesQuestion().results(organization, product_rows(lines, NOW.date()))
    return result


def publish(client: firestore.Client, result: Result, now: datetime = NOW) -> Meter:
    attempt: Attempt = attempt_at(now, due_at=now)
    with metered(client) as meter:
        results = ProductResults(client, FixedOrganizations(), clock=lambda: now)
        results.publish(ORG, result, attempt, 1)
    return meter


def put_items(client: firestore.Client, products: int) -> None:
    for start in range(0, products, 400):
        batch = client.batch()
        for number in range(start, min(products, start + 400)):
            reference = client.document(paths.catalogue_item(ORG, f"p{number:05}"))
            batch.set(reference, {"name": "As the shop has it"})
        batch.commit()


def sold_items(client: firestore.Client) -> int:
    items = client.collection(paths.catalogue(ORG))
    return sum(
        snapshot.get("salesCount") == 1
        for snapshot in items.select(["salesCount"]).stream()
        if "salesCount" in (snapshot.to_dict() or {})
    )
