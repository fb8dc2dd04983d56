"""Orders as shops really write them, and the numbers that the dashboard then shows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.orders.fact import NormalizedOrder
from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from shared.reconciliation.ledger import SourceOrder
from shared.reconciliation.stores.raw_orders import readable_order
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import ORG, SECRET, Shop, item
from tools.rebuild import run_rebuild

TILL: dict[str, Any] = {"source": "pos", "customer": None}


def names(dashboard: Dashboard, **query: str) -> list[str]:
    page = dashboard.get("/v1/customers", query)
    return sorted(str(customer["displayName"]) for customer in page["customers"])


def products(dashboard: Dashboard, shop: Shop) -> list[tuple[str, float]]:
    shop.refresh_products()
    page = dashboard.get("/v1/analytics/overview")
    return [(sold["productId"], sold["revenue"]) for sold in page["salesByProduct"]]


def days(dashboard: Dashboard) -> dict[str, float]:
    page = dashboard.get("/v1/analytics/overview")
    return {day["date"]: day["gmv"] for day in page["dailyStats"] if day["gmv"]}


def test_nine_walk_ins_are_not_one_vip(dashboard: Dashboard, shop: Shop) -> None:
    nobody = [0, "0", -1, "undefined", "null", "guest", "[object Object]", "nan", "0" * 32]
    for user in nobody:
        shop.order(total=100, userId=user, **TILL)
    assert dashboard.get("/v1/segments")["totalCustomers"] == 0
    page = dashboard.get("/v1/analytics/overview")
    assert (page["totalOrders"], page["totalRevenue"]) == (9, 900)


def test_the_next_field_says_who_it_is(dashboard: Dashboard, shop: Shop) -> None:
    shop.order(**TILL, userId="0", customerId="7", customerName="Ada")
    shop.order(**TILL, userId="7.0", customerName="Ada")
    shop.order("walkin@till.invalid", customerEmail="bob@example.org", customerName="Rob")
    shop.order(None, customerPhone="555-201-3344 x12", customerName="Cy")
    shop.order(None, customerPhone="+1 (555) 201-3344", customerName="Cy")
    shop.order(None, customerPhone="5.55201E+09")
    assert names(dashboard) == ["Ada", "Cy", "Rob"]


def test_a_placeholder_of_the_shop_holds_at_once_and_by_a_rebuild_for_what_was_before(
    dashboard: Dashboard, shop: Shop, services: Services
) -> None:
    for _ in range(3):
        shop.order("counter@shop.example", 300)
    shop.order("ada@example.org", 10)
    assert dashboard.get("/v1/segments")["totalCustomers"] == 2

    shop.settings("analytics", {"placeholders": ["Counter@shop.example", None]})
    shop.order("counter@shop.example", 300)
    answer = dashboard.get("/v1/segments")
    assert answer["totalCustomers"] == 2
    assert [problem["field"] for problem in answer["settingsProblems"]] == ["placeholders[1]"]

    assert run_rebuild(services, ORG).differences
    assert dashboard.get("/v1/segments")["totalCustomers"] == 1
    assert dashboard.get("/v1/analytics/overview")["totalRevenue"] == 1210
    assert run_rebuild(services, ORG).differences == []


@pytest.mark.parametrize(
    "written", ["2026-11-01", "2026/11/01", "2026-11-01 00:00:00", "2026-11-01T23:59:59"]
)
def test_an_imported_day_is_that_day(dashboard: Dashboard, shop: Shop, written: str) -> None:
    """In America it was the day before, and in the month before."""
    shop.settings("analytics", {"timeZone": "America/Los_Angeles"})
    shop.order(total=10, createdAt=written)
    assert days(dashboard) == {"2026-11-01": 10}


def test_a_product_is_one_product_in_any_spelling(dashboard: Dashboard, shop: Shop) -> None:
    for id in (17850, 17850.0, "17850", "17850.0", "17,850", "\ufeff17850 "):
        shop.order(items=[item("p", 10) | {"productId": id}])
    for name in ("Crème", "Cre\u0300me", "Crè\u00adme"):
        shop.order(items=[{"productId": "undefined", "name": name, "price": 1}])
    assert products(dashboard, shop) == [("17850", 60), ("name:crème", 3)]


def test_people_are_found_by_letters_of_every_keyboard(dashboard: Dashboard, shop: Shop) -> None:
    for name in ("Łukasz", "Søren", "Ægir", "Đorđe"):
        shop.order(f"{len(name)}{name[-1]}@example.org", customerName=name)
    for typed, name in (
        *(("lukasz", "Łukasz"), ("łukasz", "Łukasz"), ("SOREN", "Søren"), ("aegir", "Ægir")),
        *(("dorde", "Đorđe"), ("đor", "Đorđe")),
    ):
        assert names(dashboard, search=typed) == [name]


def test_what_version_0_3_counted_is_read_anew_by_a_rebuild(
    dashboard: Dashboard, shop: Shop, services: Services, firestore_client: firestore.Client
) -> None:
    shop.settings("analytics", {"timeZone": "America/Los_Angeles"})
    document: dict[str, Any] = {
        "orgId": ORG,
        "source": "pos",
        "userId": "0",
        "createdAt": "2026-11-02",
        "total": 20,
        "items": [{"productId": "17850.0", "name": "Tea", "price": 20}],
    }
    for number in range(2):
        firestore_client.document(paths.order(f"o{number}")).set(document)
        source = services.reconciler.normalized(readable_order(firestore_client, f"o{number}"))
        services.reconciler.reconcile_all([as_version_0_3_counted(source)])
    assert dashboard.get("/v1/segments")["totalCustomers"] == 1
    assert (products(dashboard, shop), days(dashboard)) == ([("17850.0", 40)], {"2026-11-01": 40})

    assert run_rebuild(services, ORG).differences

    assert dashboard.get("/v1/segments")["totalCustomers"] == 0
    assert (products(dashboard, shop), days(dashboard)) == ([("17850", 40)], {"2026-11-02": 40})
    assert run_rebuild(services, ORG).differences == []


def as_version_0_3_counted(source: SourceOrder) -> SourceOrder:
    """Return the order as version 0.3 counted it: UTC days, the till's 0 a customer, ids
    unparsed."""
    assert isinstance(source.outcome, NormalizedOrder)
    somebody = CustomerKeyer(SECRET)(ORG, Identity(IdentityKind.POS_CUSTOMER, "0"))
    fact = replace(
        source.outcome.fact,
        customer_key=somebody,
        ordered_at=datetime(2026, 11, 2, tzinfo=UTC),
        local_date=date(2026, 11, 1),
        lines=tuple(replace(line, product_id="17850.0") for line in source.outcome.fact.lines),
    )
    return replace(source, outcome=replace(source.outcome, fact=fact))
