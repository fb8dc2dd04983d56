"""Normalisation: the only way from a stored order document to its contribution."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.orders.amount import order_amount
from shared.orders.channel import campaign_id_of, channel_of, coupon_code_of
from shared.orders.contact import contact_of
from shared.orders.event_size import LARGE_BYTES, event_bytes
from shared.orders.fact import (
    Exclusion,
    NormalizedOrder,
    OrderFact,
    OrderWarning,
    Rejection,
    RejectionCode,
)
from shared.orders.identity import CustomerKeyer, identity_of
from shared.orders.lines import order_lines
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.ordered_at import ordered_at
from shared.orders.policy import OrderPolicy
from shared.orders.status import exclusion_of, is_payment_unknown

MAX_WARNINGS = 20
AHEAD = timedelta(hours=24)
"""Clocks and time zones of writers differ by less."""

_DEFAULT_POLICY = OrderPolicy()


def normalize(
    order_id: str,
    data: object,
    *,
    org_id: str,
    time_zone: ZoneInfo,
    customer_key: CustomerKeyer,
    placeholders: Placeholders = STANDARD,
    written_at: datetime,
    now: datetime,
    policy: OrderPolicy = _DEFAULT_POLICY,
) -> NormalizedOrder | Rejection:
    """Return the order as a fact, or why it has none. Never raises, whatever the document holds.

    `org_id` is the organisation itself, its aliases resolved; `time_zone`, `placeholders` and
    `policy` are its own. `written_at` is when the document was. `now` decides one thing: whether an
    order that is dated ahead of its writing counts already. An order whose status is unknown, or
    whose amount is above the limit, has both a fact, which does not count, and a rejection, which
    reports it.
    """
    if not isinstance(data, Mapping):
        return Rejection(code=RejectionCode.DOCUMENT_INVALID, field="", org_id=org_id)
    instant = ordered_at(data, time_zone)
    if isinstance(instant, Rejection):
        return replace(instant, org_id=org_id)
    amount = order_amount(data)
    if isinstance(amount, Rejection):
        return replace(amount, org_id=org_id)
    lines = order_lines(
        data, placeholders, of_return=amount.cents < 0, max_cents=policy.max_amount_cents
    )
    if isinstance(lines, Rejection):
        return replace(lines, org_id=org_id)
    identity = identity_of(order_id, data, placeholders)
    channel = channel_of(order_id, data)
    exclusion = exclusion_of(data, channel, policy)
    if exclusion is None and abs(amount.cents) > policy.max_amount_cents:
        exclusion = Exclusion.AMOUNT_ABOVE_LIMIT
    ahead = instant > written_at + AHEAD
    if exclusion is None and ahead and instant > now:
        exclusion = Exclusion.DATED_AHEAD
    fact = OrderFact(
        org_id=org_id,
        customer_key=None if identity is None else customer_key(org_id, identity),
        ordered_at=instant,
        local_date=instant.astimezone(time_zone).date(),
        amount_cents=amount.cents,
        lines=lines.lines,
        channel=channel,
        campaign_id=campaign_id_of(data, placeholders),
        coupon_code=coupon_code_of(data, placeholders),
        exclusion=exclusion,
        warnings=(*_warnings(data, ahead), *amount.warnings, *lines.warnings)[:MAX_WARNINGS],
    )
    rejection = None
    if exclusion is Exclusion.UNKNOWN_STATUS:
        rejection = Rejection(code=RejectionCode.STATUS_UNKNOWN, field="status", org_id=org_id)
    elif exclusion is Exclusion.AMOUNT_ABOVE_LIMIT:
        rejection = Rejection(
            code=RejectionCode.AMOUNT_ABOVE_LIMIT, field=amount.path, org_id=org_id
        )
    return NormalizedOrder(fact=fact, contact=contact_of(data, placeholders), rejection=rejection)


def _warnings(data: Mapping[str, object], ahead: bool) -> Iterator[str]:
    if ahead:
        yield OrderWarning.DATED_AHEAD.value
    if event_bytes(data) > LARGE_BYTES:
        yield OrderWarning.DOCUMENT_LARGE.value
    if is_payment_unknown(data):
        yield OrderWarning.PAYMENT_UNKNOWN.value
