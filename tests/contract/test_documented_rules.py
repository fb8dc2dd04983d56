"""Custom segments and orders behave as documented."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.errors import DefinitionError
from shared.orders import lines
from shared.orders.channel import IN_STORE, ONLINE, UNKNOWN
from shared.orders.fact import (
    Exclusion,
    NormalizedOrder,
    Rejection,
    RejectionCode,
)
from shared.orders.normalize import normalize
from shared.orders.organization import claimed_organization
from shared.orders.policy import OrderPolicy
from shared.orders.status import exclusion_of, is_payment_unknown
from shared.organizations.directory_store import ANALYTICS_FIELDS
from shared.organizations.settings import DEFAULT_TIME_ZONE, organization_settings
from shared.rules.custom_segments_answers import CustomSegmentBody
from shared.segments.conditions.parse import definition_json, parse_definition, parse_filters
from shared.segments.tier import Tier
from tests.contract.documents import (
    CODE,
    CUSTOM_SEGMENTS,
    FENCE,
    ORDERS,
    RUNBOOK,
    by_code,
    rows,
    section,
    text,
)
from tests.support.world import KEYER, NOW


def json_blocks(document: Path) -> list[Any]:
    """Whole JSON values among the blocks of a document."""
    blocks = [body for _, kind, body in FENCE.findall(text(document)) if kind == "json"]
    return [json.loads(body) for body in blocks if body.startswith("{")]


def test_custom_segments_that_are_shown_are_valid() -> None:
    shown = json_blocks(CUSTOM_SEGMENTS)
    assert [sorted(body) for body in shown] == [
        ["definition", "description", "name"],
        ["filters", "name"],
        ["definition", "name"],
    ]
    for body in shown:
        assert isinstance(CustomSegmentBody.model_validate(body), CustomSegmentBody)
        if "filters" in body:
            parse_filters(body["filters"])
        else:
            assert definition_json(parse_definition(body["definition"])) == body["definition"]


def test_words_of_conditions_are_named() -> None:
    for word in (*Tier, ONLINE, IN_STORE, UNKNOWN):
        assert f"`{word}`" in section(CUSTOM_SEGMENTS, "Operators")


def test_conditions_on_orders_have_the_parts_and_windows_described() -> None:
    described = section(CUSTOM_SEGMENTS, "Orders")
    whole: dict[str, Any] = {"product": "p1", "category": "Tea", "channel": "online"}
    whole |= {"campaign": "c1", "atLeastTimes": 2, "atLeastAmount": 5}
    parts = {part for row in rows(described) if len(row) == 2 for part in CODE.findall(row[0])}
    windows = {part for part in parts if part.startswith("{")}
    assert parts - windows == {"event", "when", *whole}
    for window in windows:
        for event in ("ordered", "did_not_order"):
            when = json.loads(window.replace(": n", ": 7"))
            parse_definition({"event": event, **whole, "when": when})
    with pytest.raises(DefinitionError, match="exactly one of") as refused:
        parse_definition({"event": "ordered", "when": {}})
    known = refused.value.detail.rpartition(": ")[2].split(", ")
    assert {key for window in windows for key in json.loads(window.replace(": n", ": 7"))} == {
        *known
    }


def test_statuses_count_as_described() -> None:
    table = list(rows(section(ORDERS, "Which orders count")))
    for statuses, counts in table:
        for status in CODE.findall(statuses):
            unpaid = exclusion_of({"status": status}, UNKNOWN, OrderPolicy())
            paid = exclusion_of({"status": status, "paymentStatus": "paid"}, UNKNOWN, OrderPolicy())
            assert (unpaid is None) == (counts == "yes"), status
            assert (paid is None) == (counts != "no"), status
    for status in ({}, {"status": " "}):
        assert exclusion_of(status, UNKNOWN, OrderPolicy()) is None
    assert (
        exclusion_of({"status": "anything else"}, UNKNOWN, OrderPolicy())
        is Exclusion.UNKNOWN_STATUS
    )


def outcome(data: Any) -> NormalizedOrder | Rejection:
    claim = claimed_organization(data)
    if isinstance(claim, Rejection):
        return claim
    return normalize(
        "o1",
        data,
        org_id=claim.id,
        time_zone=ZoneInfo(DEFAULT_TIME_ZONE),
        customer_key=KEYER,
        written_at=NOW,
        now=NOW,
    )


def rejected_orders() -> dict[str, list[str]]:
    return by_code(section(RUNBOOK, "Rejected orders"))


def test_payments_count_as_described() -> None:
    for words, counts in rows(section(ORDERS, "Which payments exclude an order")):
        for word in CODE.findall(words):
            order = {"status": "completed", "paymentStatus": word}
            excluded = exclusion_of(order, UNKNOWN, OrderPolicy()) is not None
            assert excluded == (counts == "no"), word
            assert not is_payment_unknown(order), word


def test_settings_of_orders_are_described_with_their_defaults() -> None:
    described = by_code(section(ORDERS, "Which orders are believed"))
    policy = organization_settings("org", None, None).orders
    assert {name: row[1].strip("`") for name, row in described.items()} == {
        "maxOrderAmount": str(policy.max_amount_cents // 100),
        "webOrdersCount": policy.web_orders_count.value,
    }
    assert described.keys() < {*ANALYTICS_FIELDS}


@pytest.mark.parametrize(
    "code",
    # What the database refuses is no matter of the order alone.
    [code for code in RejectionCode if code is not RejectionCode.DOCUMENT_TOO_LARGE],
)
def test_the_example_of_a_rejection_is_rejected_for_that(code: RejectionCode) -> None:
    order = json.loads(CODE.findall(rejected_orders()[code.value][1])[0])
    if code is RejectionCode.ITEMS_TOO_MANY:  # too long to be written out
        order["items"] = [{"productId": str(n)} for n in range(lines.MAX_PRODUCTS + 1)]
    result = outcome(order)
    rejection = result.rejection if isinstance(result, NormalizedOrder) else result
    assert rejection is not None
    assert rejection.code == code
