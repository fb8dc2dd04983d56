"""Costs in the documents are counted and worked out right."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from functions import triggers
from shared.campaigns.events.recorder import EventRecorder, EventStatus, MessageEvent
from shared.contacts.suppression_store import ContactSuppressions
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.segments.customer import CustomerId
from shared.segments.touch import EventKind, Touch
from tests.contract.documents import COSTS, README, rows, section
from tests.contract.installation_costs import audits, matrix, months
from tests.support.events import call_trigger, order_event
from tests.support.metered import metered
from tests.support.world import Order

READS_PRICE, WRITES_PRICE = 0.06 / 100_000, 0.18 / 100_000


def test_what_orders_cost_is_worked_out_right() -> None:
    table = [row for row in rows(section(COSTS, "In dollars")) if "$" in row[1]]
    assert len(table) == 3
    for orders, once, edited in table:
        count = int(orders.replace(",", ""))
        for cell, edits in ((once, 0), (edited, 3)):
            amounts, _, price = cell.partition(":")
            reads, *writes = (
                int(number.replace(",", "")) for number in re.findall(r"[\d,]+\d", amounts)
            )
            dollars = re.findall(r"\$([\d.]+)", price)
            assert reads == 3 * (1 + edits) * count
            assert writes == [(4 + edits) * count, (6 + edits) * count]
            assert dollars == [
                f"{reads * READS_PRICE + write * WRITES_PRICE:.2f}" for write in writes
            ]


def test_what_nights_cost_is_computed_from_what_is_counted() -> None:
    documented = COSTS.read_text(encoding="utf-8").splitlines()
    assert [row for row in months() if row not in documented] == []
    assert [row for row in audits() if row not in documented] == []
    summary = README.read_text(encoding="utf-8").splitlines()
    assert [row for row in matrix() if row not in summary] == []


class Shop:
    """Orders handed to the trigger, each at its price."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client
        self._now = datetime.now(UTC)

    def cost(self, id: str, *, days_ago: int = 1, again: bool = False, **changes: Any) -> list[str]:
        """Reads and writes of one order write, as the table in costs.md has them."""
        values = {"org": "org_north", "email": "ada@example.org", "cents": 4000, **changes}
        ordered_at = self._now - timedelta(days=days_ago)
        data = Order(**values, ordered_at=ordered_at, products=(("p1", 4000),)).data()
        reference = self._client.collection(paths.ORDERS).document(id)
        before = data if again else reference.get().to_dict()
        if not again:
            reference.set(data)
        with metered(self._client) as meter:
            event = order_event(self._client, id, before, data)
            call_trigger(triggers.on_order_written, event)
        return [str(meter.documents_read), str(meter.documents_written + meter.documents_deleted)]


def test_what_an_order_write_costs_is_what_the_table_says(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build_services(firestore_client, Settings(), b"a secret of the tests")
    services.organizations.resolve("org_north")
    services.organizations.settings("org_north")
    services.profiles().knows_anybody("org_north")
    monkeypatch.setattr(triggers, "services", lambda: services)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    shop = Shop(firestore_client)
    counted = {
        "new order, segment changes, as with a customer's first order": shop.cost("o1", days_ago=5),
        "new order, segment unchanged": shop.cost("o2", days_ago=4),
        "edit that changes nothing that counts": shop.cost("o2", days_ago=4, status="ready"),
        "duplicate or late event": shop.cost("o2", days_ago=4, status="ready", again=True),
        "new anonymous order": shop.cost("o3", email=None),
        "new order that cannot be read": shop.cost("o4", broken=True),
    }
    shop.cost("o5", days_ago=2)
    reads, writes = shop.cost("o2", days_ago=4, email="bob@example.org")

    client_now, customers = datetime.now(UTC), paths.customers("org_north")
    moment = services.organizations.settings("org_north").moment(client_now)
    recorder = EventRecorder(
        "org_north",
        services.store,
        ContactSuppressions(firestore_client, "org_north"),
        lambda customer: moment,
    )
    known = {each.id for each in firestore_client.collection(customers).stream()}
    shop.cost("o6", days_ago=9, email="cleo@example.org")
    (cleo,) = (
        each for each in firestore_client.collection(customers).stream() if each.id not in known
    )
    sent = MessageEvent(
        kind=EventKind.SENT,
        at=client_now - timedelta(days=2),
        customer=CustomerId("org_north", cleo.id),
        message=Touch(campaign_id="sc_00000000000a", channel="email", window_days=7),
        point=None,
    )
    assert recorder.record([sent]) == [EventStatus.RECORDED]
    counted["new order, credited to a campaign"] = shop.cost("o7", email="cleo@example.org")
    # Outside of the window, an order costs what it costs without any campaign.
    assert (
        shop.cost("o8", days_ago=3, email="cleo@example.org")[1]
        == counted["new order, segment unchanged"][1]
    )

    table = {what: cost for what, *cost in rows(section(COSTS, "Order writes"))}
    assert table.pop("order moves to another customer") == [reads, f"at most {writes}"]
    assert table == counted
