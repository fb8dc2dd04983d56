"""Transitions of custom segments with conditions on contact and categories."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.orders.fact import Contact, OrderFact, OrderLine
from shared.reconciliation.customer_changes import CustomerChange, apply_changes, folded
from shared.segments import history
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.conditions.parse import parse_definition
from shared.segments.customer import Customer, CustomerId, Moment, Transition
from shared.segments.history import PastOrder
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import Thresholds
from tests.support.world import NOW

ID = CustomerId("org", "key")
SEGMENT = "cs_00000000000a"
REACHABLE: Mapping[str, Any] = {"field": "phone", "operator": "exists"}
PREFERS_VAPE: Mapping[str, Any] = {
    "field": "preferredCategories",
    "operator": "contains",
    "value": "Vape",
}


def order(id: str, days_ago: int, category: str, phone: str | None) -> CustomerChange:
    placed_at = NOW - timedelta(days=days_ago)
    fact = OrderFact(
        org_id=ID.org_id,
        customer_key=ID.customer_key,
        ordered_at=placed_at,
        local_date=placed_at.date(),
        amount_cents=1000,
        lines=(
            OrderLine(
                product_id="p",
                name="Product",
                category=category,
                quantity_milli=1000,
                amount_cents=1000,
            ),
        ),
        channel="online",
        campaign_id=None,
        coupon_code=None,
        exclusion=None,
    )
    return CustomerChange(order_id=id, old=None, new=fact, contact=Contact(phone=phone))


FIRST = order("o1", 80, "Flower", None)
SECOND = order("o2", 10, "Vape", "5550100")


def moment(definition: Mapping[str, Any], now: datetime = NOW) -> Moment:
    custom = CustomSegments({SEGMENT: parse_definition(definition)}, Thresholds(), ZoneInfo("UTC"))
    return Moment(now=now, rules=SegmentRules(custom=custom), time_zone=ZoneInfo("UTC"))


def entries(steps: list[Transition]) -> list[tuple[datetime, str | None]]:
    return [(step.effective_at, step.cause.order_id) for step in steps if step.entered]


@pytest.mark.parametrize("definition", [REACHABLE, PREFERS_VAPE])
def test_orders_counted_at_once_enter_a_segment_with_the_order_that_brought_it(
    definition: Mapping[str, Any],
) -> None:
    customer, steps = apply_changes(Customer(id=ID), [FIRST, SECOND], None, moment(definition))

    assert customer.custom_segments == (SEGMENT,)
    assert entries(steps) == [(NOW - timedelta(days=10), "o2")]


@pytest.mark.parametrize("definition", [REACHABLE, PREFERS_VAPE])
def test_a_step_that_time_made_before_an_order_knows_nothing_of_that_order(
    definition: Mapping[str, Any],
) -> None:
    then = moment(definition, NOW - timedelta(days=80))
    customer, _ = apply_changes(Customer(id=ID), [FIRST], None, then)

    customer, steps = apply_changes(customer, [SECOND], None, moment(definition))

    assert customer.custom_segments == (SEGMENT,)
    assert [step.entered for step in steps if step.cause.kind == "time"] == [(), ()]
    assert entries(steps) == [(NOW - timedelta(days=10), "o2")]


def test_an_edited_contact_enters_a_segment_when_it_is_edited() -> None:
    then = moment(REACHABLE, NOW - timedelta(days=80))
    customer, _ = apply_changes(Customer(id=ID), [FIRST], None, then)
    edited = replace(FIRST, old=FIRST.new, contact=Contact(phone="5550100"))

    customer, steps = apply_changes(customer, [edited], None, moment(REACHABLE))

    assert customer.custom_segments == (SEGMENT,)
    assert entries(steps) == [(NOW, "o1")]


def test_a_rebuild_encodes_the_history_of_a_customer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encodings = Counter[int]()

    def counted(orders: tuple[PastOrder, ...], *, truncated: bool) -> bytes:
        encodings[len(orders)] += 1
        return encode(orders, truncated=truncated)

    encode = history._encode
    monkeypatch.setattr(history, "_encode", counted)
    changes = [order(f"o{number}", number % 900, "Flower", None) for number in range(1_000)]

    customer = folded(Customer(id=ID), changes, moment(REACHABLE))
    customer.history.to_bytes()

    assert customer.totals.order_count == 1_000
    assert encodings == {1_000: 1}
