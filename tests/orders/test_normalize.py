from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.orders.event_size import LARGE_BYTES, event_bytes
from shared.orders.fact import Exclusion, Rejection, RejectionCode
from shared.orders.normalize import MAX_WARNINGS, normalize
from shared.orders.policy import OrderPolicy
from tests.orders.documents import (
    CUSTOMER_KEY,
    ORG,
    WRITTEN_AT,
    fact_of,
    legacy_web_order,
    order_of,
    outcome_of,
    pos_sync_order,
    web_checkout_order,
)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"createdAt": None}, RejectionCode.DATE_MISSING, "createdAt"),
        ({"createdAt": "soon"}, RejectionCode.DATE_INVALID, "createdAt"),
        ({"totals": None}, RejectionCode.AMOUNT_MISSING, "totals.total"),
        ({"totals": {"total": "abc"}}, RejectionCode.AMOUNT_INVALID, "totals.total"),
        ({"totals": {"total": 1e12}}, RejectionCode.AMOUNT_OUT_OF_RANGE, "totals.total"),
        ({"items": "none"}, RejectionCode.ITEMS_INVALID, "items"),
    ],
)
def test_a_rejection_names_the_organisation_and_the_field_and_nothing_from_the_order(
    change: dict[str, object], code: RejectionCode, field: str
) -> None:
    expected = Rejection(code=code, field=field, org_id=ORG)
    assert outcome_of(pos_sync_order() | change) == expected


@pytest.mark.parametrize("document", [None, "order", 7, [], b"{}"])
def test_a_document_that_is_no_map_is_rejected(document: object) -> None:
    outcome = normalize(
        "order_1",
        document,
        org_id=ORG,
        time_zone=ZoneInfo("UTC"),
        customer_key=CUSTOMER_KEY,
        written_at=WRITTEN_AT,
        now=WRITTEN_AT,
    )
    assert outcome == Rejection(code=RejectionCode.DOCUMENT_INVALID, field="", org_id=ORG)


def test_an_order_belongs_to_the_organisation_that_it_names_first() -> None:
    document = legacy_web_order()
    assert fact_of(document).org_id == ORG
    assert fact_of(document | {"orgId": "org_other"}).org_id == "org_other"


def test_one_person_has_different_keys_at_different_organisations() -> None:
    document = web_checkout_order()
    here = fact_of(document | {"orgId": "org_a"}).customer_key
    there = fact_of(document | {"orgId": "org_b"}).customer_key
    assert here is not None
    assert here != there


def test_the_same_document_always_gives_the_same_order() -> None:
    assert order_of(pos_sync_order()) == order_of(pos_sync_order())


def test_warnings_are_collected_and_end_at_twenty() -> None:
    document = pos_sync_order() | {"refundedAmount": "x", "items": [None] * 30}
    warnings = fact_of(document).warnings
    assert warnings == ("refundedAmount", *(f"items[{n}]" for n in range(19)))


def test_the_name_address_and_number_of_the_customer_are_not_in_the_fact() -> None:
    order = order_of(web_checkout_order())
    assert order.contact.display_name == "Lee Park"
    for personal in ("Lee", "lee@", "201"):
        assert personal not in repr(order.fact)
        assert personal not in repr(order)


@pytest.mark.parametrize(
    ("ahead", "now", "exclusion", "warned"),
    [
        (timedelta(hours=24), timedelta(0), None, False),
        (timedelta(hours=24, microseconds=1), timedelta(0), Exclusion.DATED_AHEAD, True),
        (timedelta(days=365), timedelta(days=364), Exclusion.DATED_AHEAD, True),
        (timedelta(days=365), timedelta(days=365), None, True),
    ],
)
def test_an_order_dated_ahead_counts_once_its_time_has_come(
    ahead: timedelta, now: timedelta, exclusion: Exclusion | None, warned: bool
) -> None:
    document = pos_sync_order() | {"createdAt": WRITTEN_AT + ahead}
    fact = fact_of(document, now=WRITTEN_AT + now)
    assert fact.exclusion is exclusion
    assert fact.counts_at == (WRITTEN_AT + ahead if exclusion else None)
    assert fact.warnings == (("dated_ahead",) if warned else ())


@pytest.mark.parametrize(("more", "warnings"), [(0, ()), (1, ("document_large",))])
def test_a_document_whose_edits_may_not_be_delivered_is_warned_of(
    more: int, warnings: tuple[str, ...]
) -> None:
    document = pos_sync_order() | {"notes": "x" * 200_000}
    room = LARGE_BYTES - event_bytes(document)
    fact = fact_of(document | {"notes": "x" * (200_000 + room + more)})
    assert (fact.counted, fact.warnings) == (True, warnings)


def test_the_warning_of_a_large_document_is_not_cut_off_by_others() -> None:
    items = [{"productId": f"p{number}", "price": "?"} for number in range(MAX_WARNINGS)]
    fact = fact_of(pos_sync_order() | {"items": items, "notes": "x" * LARGE_BYTES})
    assert "document_large" in fact.warnings
    assert len(fact.warnings) == MAX_WARNINGS


def test_an_order_that_never_counts_does_not_wait_for_its_time() -> None:
    document = pos_sync_order() | {
        "createdAt": WRITTEN_AT + timedelta(days=9),
        "status": "cancelled",
    }
    fact = fact_of(document)
    assert (fact.exclusion, fact.counts_at) == (Exclusion.CANCELLED, None)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_amount_above_what_an_organisation_believes_is_reported_and_does_not_count(
    sign: int,
) -> None:
    document = pos_sync_order() | {"totals": {"total": sign * 100_000.01}}
    order = order_of(document)
    assert order.fact.exclusion is Exclusion.AMOUNT_ABOVE_LIMIT
    assert order.rejection == Rejection(
        code=RejectionCode.AMOUNT_ABOVE_LIMIT, field="totals.total", org_id=ORG
    )
    believed = order_of(document, policy=OrderPolicy(max_amount_cents=100_000_01))
    assert (believed.fact.counted, believed.rejection) == (True, None)
    cancelled = order_of(document | {"status": "cancelled"})
    assert (cancelled.fact.exclusion, cancelled.rejection) == (Exclusion.CANCELLED, None)


def test_a_negative_total_is_a_return_and_not_an_order_of_nothing() -> None:
    document = pos_sync_order()
    fact = fact_of(document | {"totals": {"total": "(79.75)"}})
    assert (fact.is_return, fact.amount_cents, fact.counted) == (True, -79_75, True)
    assert [(line.quantity_milli, line.amount_cents) for line in fact.lines] == [
        (-2_000, -70_00),
        (-1_000, -2_50),
    ]
    assert not fact_of(document).is_return
    assert not fact_of(document | {"totals": {"total": 0}}).is_return
