"""Returns on Firestore: what they move, and what only orders do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.snapshots import content
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores import firestore_ledger_store
from shared.segments.customer import Customer
from shared.services import Services
from tests.reconciliation.interrupted import Interrupted
from tests.support.derived import assert_derived
from tests.support.firestore_world import FirestoreWorld
from tests.support.metered import metered
from tests.support.world import KEYER, NOW, SECRET, FixedOrganizations, Order, customer_id

ORG = "org_north"
ADA = customer_id(ORG, "ada@example.org")
ORDER = Order(
    org=ORG,
    email="ada@example.org",
    cents=50_00,
    ordered_at=NOW - timedelta(days=40),
    products=(("p1", 2000), ("p2", 3000)),
)
RETURN = replace(ORDER, cents=-20_00, ordered_at=NOW - timedelta(days=2), products=(("p1", 2000),))


class Shop:
    """Orders that are written and counted at once."""

    def __init__(self, client: firestore.Client) -> None:
        self.world = FirestoreWorld(client)
        self.orders: dict[str, Order] = {}
        self.reconciler = Reconciler(self.world, FixedOrganizations(), KEYER, clock=lambda: NOW)

    def write(self, id: str, order: Order | None) -> None:
        if order is None:
            seen_at = self.world.delete_order(id)
            del self.orders[id]
        else:
            seen_at = self.world.put_order(id, order.data())
            self.orders[id] = order
        self.reconciler.reconcile(id, seen_at=seen_at)

    def ada(self) -> Customer:
        """Return the stored customer, after checking everything derived against the orders."""
        derived = self.world.derived()
        assert_derived(self.orders, NOW, derived)
        return derived.customers[ADA]


@pytest.fixture
def shop(firestore_client: firestore.Client) -> Shop:
    return Shop(firestore_client)


def test_a_negative_total_is_no_order_of_0_that_moves_the_last_order(shop: Shop) -> None:
    shop.write("o1", ORDER)
    shop.write("r1", RETURN)

    ada = shop.ada()

    assert ada.totals.order_count == 1
    assert ada.totals.lifetime_value_cents == 30_00
    assert ada.totals.last_ordered_at == ORDER.ordered_at
    assert ada.category_cents == (("Vape", 30_00),)


def test_an_order_that_becomes_a_return_and_back(shop: Shop) -> None:
    shop.write("o1", ORDER)
    shop.write("o2", replace(ORDER, ordered_at=NOW - timedelta(days=3), cents=10_00))
    shop.write("o2", replace(shop.orders["o2"], cents=-10_00))
    assert shop.ada().totals.last_ordered_at == ORDER.ordered_at
    shop.write("o1", None)
    assert (shop.ada().segment, shop.ada().totals.lifetime_value_cents) == (None, -10_00)
    shop.write("o2", replace(shop.orders["o2"], cents=10_00))
    assert shop.ada().totals.order_count == 1


def test_the_last_order_is_found_behind_any_number_of_returns(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_ledger_store, "RETURNS_PAGE", 2)
    shop.write("o1", ORDER)
    shop.write("o2", replace(ORDER, ordered_at=NOW - timedelta(days=30)))
    for number in range(7):
        shop.write(f"r{number}", replace(RETURN, ordered_at=NOW - timedelta(hours=number)))
    shop.write("last", replace(ORDER, ordered_at=NOW - timedelta(days=1)))

    shop.write("last", None)

    assert shop.ada().totals.last_ordered_at == NOW - timedelta(days=30)


def test_a_return_costs_what_an_order_costs(shop: Shop, firestore_client: firestore.Client) -> None:
    shop.write("o1", ORDER)
    shop.world.put_order("r1", RETURN.data())
    with metered(firestore_client) as meter:
        shop.reconciler.reconcile("r1", hints=[RETURN.data()])
    assert (meter.documents_read, meter.documents_written) == (3, 4)


def test_the_first_return_of_a_stranger_makes_sure_that_no_step_is_recorded(
    shop: Shop, firestore_client: firestore.Client
) -> None:
    """An order is counted and its customer's document deleted between reading and committing."""
    shop.world.put_order("r1", RETURN.data())
    shop.orders["r1"] = RETURN
    with metered(firestore_client) as meter:
        shop.reconciler.reconcile("r1")
    assert (len(meter.queries), meter.documents_written) == (2, 5)
    steps = firestore_client.collection(paths.transitions(ORG))
    assert list(steps.stream()) == []
    shop.ada()

    pending = ["o1"]

    def lose(call: str) -> None:
        if call == "before commit" and pending:
            shop.write(pending.pop(), replace(ORDER, email="bo@example.org"))
            shop.world.lose_customer(customer_id(ORG, "bo@example.org"))

    shop.orders["r2"] = replace(RETURN, email="bo@example.org")
    shop.world.put_order("r2", shop.orders["r2"].data())
    Reconciler(
        Interrupted(shop.world, lose), FixedOrganizations(), KEYER, clock=lambda: NOW
    ).reconcile("r2")

    assert not pending
    shop.ada()


def test_the_ledger_holds_a_return_as_counted_and_below_0(
    shop: Shop, firestore_client: firestore.Client
) -> None:
    shop.write("r1", RETURN)
    entry = content(firestore_client.document(paths.ledger_entry("r1")).get())
    assert (entry["counted"], entry["amount_cents"]) == (True, -20_00)
    services: Services = build_services(firestore_client, Settings(), SECRET)
    assert services.store.neighbors(ADA, ()).last is None
    stored = content(firestore_client.document(paths.customer(ORG, ADA.customer_key)).get())
    assert (stored["has_orders"], stored["average_order_value_cents"]) == (False, None)
