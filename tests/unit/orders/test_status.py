import pytest

from shared.orders.fact import Exclusion, NormalizedOrder, Rejection, RejectionCode
from shared.orders.status import exclusion_of
from tests.unit.orders.documents import ORG, order_of, pos_sync_order


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
        ("refunded", Exclusion.PAYMENT_REFUNDED),
        ("Refunded ", Exclusion.PAYMENT_REFUNDED),
        ("voided", Exclusion.PAYMENT_VOIDED),
        ("declined", Exclusion.PAYMENT_DECLINED),
        ("failed", Exclusion.PAYMENT_FAILED),
    ],
)
def test_a_payment_that_came_to_nothing_excludes_whatever_the_status(
    status: object, payment: str, exclusion: Exclusion
) -> None:
    assert exclusion_of({"status": status, "paymentStatus": payment}) is exclusion


@pytest.mark.parametrize("payment", ["canceled", "partially_refunded", "pending_pickup", "odd", 7])
def test_no_other_payment_status_excludes_a_submitted_order(payment: object) -> None:
    assert exclusion_of({"status": "submitted", "paymentStatus": payment}) is None


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
