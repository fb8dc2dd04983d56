from collections.abc import Mapping

import pytest

from shared.orders import status
from shared.orders.channel import IN_STORE, ONLINE, UNKNOWN
from shared.orders.fact import Exclusion, NormalizedOrder, Rejection, RejectionCode
from shared.orders.policy import OrderPolicy, WebOrdersCount
from shared.orders.status import is_payment_unknown
from tests.orders.documents import ORG, fact_of, order_of, pos_sync_order, web_checkout_order


def exclusion_of(
    data: Mapping[str, object],
    channel: str = UNKNOWN,
    count: WebOrdersCount = WebOrdersCount.PLACED,
) -> Exclusion | None:
    return status.exclusion_of(data, channel, OrderPolicy(web_orders_count=count))


@pytest.mark.parametrize(
    "status",
    [
        *("submitted", "confirmed", "preparing", "ready", "completed"),
        *("ready_for_pickup", "Ready for pickup", "ready-for-pickup", "processing"),
        *("delivered", "shipped", "packed", "Completed", " COMPLETED ", "Shipped", "Delivered"),
        *("", "  ", None),
    ],
)
def test_an_order_counts_however_its_writer_spells_a_counted_status(status: object) -> None:
    assert exclusion_of({"status": status}) is None


def test_an_order_without_a_status_counts() -> None:
    assert exclusion_of({}) is None


@pytest.mark.parametrize("status", ["cancelled", "canceled", "Cancelled", "voided", " VOIDED "])
def test_a_cancelled_order_does_not_count_in_either_spelling(status: str) -> None:
    assert exclusion_of({"status": status}) is Exclusion.CANCELLED
    assert exclusion_of({"status": status, "paymentStatus": "paid"}) is Exclusion.CANCELLED


@pytest.mark.parametrize(
    ("payment", "exclusion"),
    [
        ("paid", None),
        (" Paid ", None),
        (None, Exclusion.PENDING_UNPAID),
        ("", Exclusion.PENDING_UNPAID),
        ("authorized", Exclusion.PENDING_UNPAID),
        ("pay_at_pickup", Exclusion.PENDING_UNPAID),
        ("pending_cannpay", Exclusion.PENDING_UNPAID),
        (1, Exclusion.PENDING_UNPAID),
    ],
)
def test_a_pending_order_counts_only_when_it_is_paid(
    payment: object, exclusion: Exclusion | None
) -> None:
    assert exclusion_of({"status": "pending", "paymentStatus": payment}) is exclusion


@pytest.mark.parametrize("status", ["completed", "pending", "cancelled", "ready", None])
@pytest.mark.parametrize(
    ("payment", "exclusion"),
    [
        *(
            (word, Exclusion.PAYMENT_REFUNDED)
            for word in ("refunded", "Refunded ", "chargeback", "Charged back", "charged-back")
        ),
        *(
            (word, Exclusion.PAYMENT_REFUNDED)
            for word in ("disputed lost", "reversed", "fully_refunded", "FULLY REFUNDED")
        ),
        *(
            (word, Exclusion.PAYMENT_VOIDED)
            for word in ("voided", "canceled", "Cancelled", "expired")
        ),
        ("declined", Exclusion.PAYMENT_DECLINED),
        ("failed", Exclusion.PAYMENT_FAILED),
    ],
)
def test_a_payment_that_came_to_nothing_excludes_whatever_the_status(
    status: object, payment: str, exclusion: Exclusion
) -> None:
    assert exclusion_of({"status": status, "paymentStatus": payment}) is exclusion


@pytest.mark.parametrize(
    ("payment", "unknown"),
    [
        *((word, False) for word in (None, "", "paid", "Partially Refunded", "pending-pickup")),
        *((word, True) for word in ("odd", "refund requested", 7, True, ["paid"])),
    ],
)
def test_no_other_payment_status_excludes_a_submitted_order(payment: object, unknown: bool) -> None:
    """A word that no rule knows counts, and is warned of."""
    order = {"status": "submitted", "paymentStatus": payment}
    assert exclusion_of(order) is None
    assert is_payment_unknown(order) is unknown
    fact = fact_of(pos_sync_order() | order)
    assert fact.counted
    assert fact.warnings == (("payment_unknown",) if unknown else ())


def test_an_order_refunded_in_part_counts_less_what_went_back() -> None:
    order = pos_sync_order() | {"paymentStatus": "partially_refunded", "refundedAmount": 9.75}
    fact = fact_of(order)
    assert (fact.counted, fact.amount_cents, fact.warnings) == (True, 70_00, ())


@pytest.mark.parametrize(
    "mark",
    [
        *({"mode": mode} for mode in ("demo", "TEST", " Sandbox ")),
        *({field: yes} for field in ("test", "isTest") for yes in (True, 1, "true", "Yes")),
    ],
)
@pytest.mark.parametrize("word", ["completed", "cancelled", "no such status"])
def test_a_test_order_never_counts(mark: dict[str, object], word: str) -> None:
    order = order_of(pos_sync_order() | mark | {"status": word})
    assert order.fact.exclusion is Exclusion.TEST_ORDER
    assert order.rejection is None


@pytest.mark.parametrize(
    "mark", [{"mode": "live"}, {"mode": 1}, {"test": False}, {"isTest": 0}, {"test": "no"}]
)
def test_a_real_order_is_no_test(mark: dict[str, object]) -> None:
    assert fact_of(pos_sync_order() | mark).counted


@pytest.mark.parametrize(
    ("channel", "payment", "exclusion"),
    [
        (ONLINE, "paid", None),
        (ONLINE, "partially_refunded", None),
        (ONLINE, "authorized", Exclusion.ONLINE_UNPAID),
        (ONLINE, None, Exclusion.ONLINE_UNPAID),
        (ONLINE, "odd", Exclusion.ONLINE_UNPAID),
        (ONLINE, "refunded", Exclusion.PAYMENT_REFUNDED),
        (IN_STORE, None, None),
        (UNKNOWN, None, None),
    ],
)
def test_an_organisation_may_count_online_orders_once_they_are_paid(
    channel: str, payment: str | None, exclusion: Exclusion | None
) -> None:
    order = {"status": "completed", "paymentStatus": payment}
    assert exclusion_of(order, channel, WebOrdersCount.PAID) is exclusion
    placed = exclusion_of(order, channel, WebOrdersCount.PLACED)
    assert placed is (Exclusion.PAYMENT_REFUNDED if payment == "refunded" else None)


def test_the_setting_reaches_a_whole_order() -> None:
    order = web_checkout_order() | {"status": "confirmed", "paymentStatus": "authorized"}
    paid = OrderPolicy(web_orders_count=WebOrdersCount.PAID)
    assert fact_of(order).counted
    assert fact_of(order, policy=paid).exclusion is Exclusion.ONLINE_UNPAID


@pytest.mark.parametrize("status", ["refunded", "on_hold", "complete d", "_", 3, True, ["ready"]])
@pytest.mark.parametrize("payment", ["paid", "refunded"])
def test_an_unknown_status_does_not_count_and_is_reported(status: object, payment: str) -> None:
    order = order_of(pos_sync_order() | {"status": status, "paymentStatus": payment})
    assert order == NormalizedOrder(
        fact=order.fact,
        contact=order.contact,
        rejection=Rejection(code=RejectionCode.STATUS_UNKNOWN, field="status", org_id=ORG),
    )
    assert order.fact.exclusion is Exclusion.UNKNOWN_STATUS
    assert not order.fact.counted
