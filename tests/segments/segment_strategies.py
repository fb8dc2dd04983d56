"""Hypothesis strategies for definitions of custom segments and for the orders of a customer.

Values come from small pools, so that definitions often meet orders, and at their edges.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared.segments.history import PastLine, PastOrder
from shared.segments.thresholds import Thresholds
from tests.segments.segment_fold import Person, Rules

START = datetime(2026, 3, 1, tzinfo=UTC)
TIME_ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland")
SEGMENT_IDS = ("cs_00000000000c", "cs_00000000000a", "cs_00000000000b")
PRODUCTS = {"p1": "Flower", "p2": "Flower", "p3": "Edibles", "p4": "Vape", "P4": "Merch Items"}
CATEGORIES = ("Flower", "flower", "GUMMIES", "Edibles", "vape", "merch items", "Beverages")
CHANNELS = ("online", "Web", "in_store", "pos", "unknown")
CAMPAIGNS = ("spring", "Spring", "summer")
DAYS = (0, 1, 2, 7, 29, 30, 31, 60, 89, 90)
MONEY = (0, 25, 50, "75", 99.99, 100, 150, 300, 500, 500.01, 2000, 2000.01)
SEGMENTS = (
    "vip",
    "loyal",
    "new",
    "At Risk",
    "slipping",
    "churned",
    "high_value",
    "frequent",
    "Risk",
)
DATES = ("2026-02-28", "2026-03-01", "2026-03-02", "2026-03-08", "2026-04-15", "2026-06-01")
INSTANTS = ("2026-03-01T00:00:00Z", "2026-03-01T12:00:00-08:00", "2026-03-08T00:00:00.000001Z")
_COMPARISONS = ("equals", "not_equals", "greater_than", "less_than", "at_least", "at_most")
LOYALTY_TIERS = ("bronze", "silver", "gold", "platinum")
CONSENTS = ("granted", "denied", "unknown")
TAGS = ("vip", "weekend", "edibles")
_EXISTENCE = ("exists", "not_exists")


@lru_cache
def definitions(
    references: tuple[str, ...] = (), max_depth: int = 3
) -> st.SearchStrategy[dict[str, Any]]:
    """JSON trees that are valid definitions; `references` are ids they may refer to."""
    condition = _evenly(field_conditions(references), events())
    if max_depth == 0:
        return condition
    inner = definitions(references, max_depth - 1)
    groups = st.lists(inner, min_size=1, max_size=4)
    return _evenly(
        condition,
        groups.map(lambda children: {"all": children}),
        groups.map(lambda children: {"any": children}),
        inner.map(lambda child: {"not": child}),
    )


@lru_cache
def field_conditions(references: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on fields; also what the dashboard's flat list of filters holds."""
    kinds = [
        _ordered(("totalSpent", "lifetimeValue", "avgOrderValue"), st.sampled_from(MONEY)),
        _ordered(("orderCount",), st.sampled_from((0, 1, 2, 3, "4", 5.0, 8))),
        _ordered(("daysSinceLastOrder", "daysSinceFirstOrder"), st.sampled_from(DAYS)),
        _condition(
            ("daysSinceLastOrder", "daysSinceFirstOrder"),
            ("in", "not_in"),
            st.lists(st.sampled_from(DAYS), min_size=2, max_size=5),
        ),
        _ordered(("firstOrderDate", "lastOrderDate"), st.sampled_from(DATES)),
        _ordered(("firstOrderDate", "lastOrderDate"), st.sampled_from(INSTANTS)),
        _words(("segment",), SEGMENTS),
        _words(("tier",), ("bronze", "Silver", "gold")),
        _words(("loyaltyTier",), LOYALTY_TIERS),
        _words(("emailConsent", "smsConsent"), CONSENTS),
        _sets(("tags",), TAGS),
        _sets(("product",), tuple(PRODUCTS)),
        _sets(("category", "preferredCategories", "firstOrderCategory"), CATEGORIES),
        _sets(("channel", "firstOrderChannel"), CHANNELS),
        _sets(("campaignReceived", "firstOrderCampaign"), CAMPAIGNS),
        _without_value(("email", "phone", "displayName")),
    ]
    if references:
        kinds.append(_words(("customSegment",), references, existence=False, containment=True))
    return _evenly(*kinds)


@lru_cache
def events() -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on orders, and on messages of campaigns."""
    days = st.sampled_from([n for n in DAYS if n])
    dates = st.lists(st.sampled_from(DATES), min_size=2, max_size=2).map(sorted)
    windows = {
        "event": st.sampled_from(("ordered", "did_not_order")),
        "when": st.one_of(
            days.map(lambda n: {"inTheLastDays": n}),
            days.map(lambda n: {"moreThanDaysAgo": n}),
        ),
    }
    filtered = st.fixed_dictionaries(
        {"event": st.sampled_from(("ordered", "did_not_order"))},
        optional={
            "product": _one_or_list(tuple(PRODUCTS)),
            "category": _one_or_list(CATEGORIES),
            "channel": _one_or_list(CHANNELS),
            "campaign": _one_or_list(CAMPAIGNS),
            "atLeastTimes": st.integers(1, 4),
            "atLeastAmount": st.sampled_from(MONEY),
            "when": st.one_of(
                st.just({"ever": True}),
                days.map(lambda n: {"inTheLastDays": n}),
                days.map(lambda n: {"moreThanDaysAgo": n}),
                dates.map(lambda ends: {"between": ends}),
            ),
        },
    )
    counted = st.fixed_dictionaries(
        windows,
        optional={"product": _one_or_list(tuple(PRODUCTS)), "atLeastTimes": st.integers(1, 3)},
    )
    received = st.fixed_dictionaries(
        {"event": st.sampled_from(("received", "did_not_receive"))},
        optional={
            "campaign": _one_or_list(CAMPAIGNS),
            "when": st.one_of(
                st.just({"ever": True}),
                days.map(lambda n: {"inTheLastDays": n}),
                days.map(lambda n: {"moreThanDaysAgo": n}),
                dates.map(lambda ends: {"between": ends}),
            ),
        },
    )
    return _evenly(filtered, counted, received)


def _instants() -> st.SearchStrategy[datetime]:
    """Near the edges of days and of windows that definitions ask about."""
    return st.builds(
        lambda days, hours, microseconds: (
            START + timedelta(days=days, hours=hours, microseconds=microseconds)
        ),
        st.sampled_from((0, 0, 1, 7, 29, 30, 31, 60, 90)),
        st.sampled_from((0, 6, 12, 24 * 7 + 12)),
        st.sampled_from((0, 0, -1, 1)),
    )


@lru_cache
def past_orders(time_zone: str = "UTC") -> st.SearchStrategy[PastOrder]:
    """One order or return, near the edges of days and of windows that definitions ask about."""
    lines = st.dictionaries(
        st.sampled_from(sorted(PRODUCTS)),
        st.sampled_from(((1, 0), (1, 25_00), (1, 99_99), (-1, -25_00), (0, 5_00))),
        max_size=3,
    )
    zone = ZoneInfo(time_zone)
    return st.builds(
        lambda ordered_at, cents, channel, campaign, lines: PastOrder(
            ordered_at=ordered_at,
            local_date=ordered_at.astimezone(zone).date(),
            amount_cents=cents,
            channel=channel,
            campaign_id=campaign,
            lines=tuple(
                PastLine(id, PRODUCTS[id], units * 1_000, amount)
                for id, (units, amount) in sorted(lines.items())
            ),
        ),
        _instants(),
        st.sampled_from((0, 25_00, 50_00, 75_00, 100_00, 333_33, 1_000_01, -25_00, -99_99)),
        st.sampled_from(("online", "in_store", "unknown")),
        st.sampled_from(("", "spring", "summer")),
        lines,
    )


def order_lists(
    time_zone: str = "UTC", *, min_size: int = 0, max_size: int = 6
) -> st.SearchStrategy[list[PastOrder]]:
    """The orders of one customer, in no order; some of them may be equal."""
    return st.lists(past_orders(time_zone), min_size=min_size, max_size=max_size)


@lru_cache
def rules() -> st.SearchStrategy[Rules]:
    """Draw an organisation's settings; segments refer to others without circles."""
    trees = [definitions(SEGMENT_IDS[:number]) for number in range(len(SEGMENT_IDS))]
    return st.builds(
        lambda some, thresholds, time_zone: Rules(
            definitions=dict(zip(SEGMENT_IDS, some, strict=False)),
            thresholds=thresholds,
            time_zone=time_zone,
        ),
        st.one_of([st.tuples(*trees[: number + 1]) for number in range(len(trees))]),
        st.sampled_from(
            (
                Thresholds(),
                Thresholds(slipping_min_days=7, new_max_days=60, loyal_min_orders=3),
                Thresholds(vip_min_orders=2, vip_min_aov_cents=60_00, new_max_days=1),
            )
        ),
        st.sampled_from(TIME_ZONES),
    )


@lru_cache
def people(time_zone: str = "UTC") -> st.SearchStrategy[Person]:
    """Customers, also some without orders."""
    return st.builds(
        Person,
        orders=st.one_of(
            order_lists(time_zone, min_size=1, max_size=3),
            order_lists(time_zone, min_size=2),
            order_lists(time_zone),
        ),
        email=st.booleans(),
        phone=st.booleans(),
        name=st.booleans(),
        loyalty_tier=st.none() | st.sampled_from(LOYALTY_TIERS),
        tags=st.lists(st.sampled_from(TAGS), unique=True),
        email_consent=st.none() | st.sampled_from(CONSENTS),
        sms_consent=st.none() | st.sampled_from(CONSENTS),
        messages=st.lists(
            st.tuples(st.sampled_from(CAMPAIGNS), _instants()), max_size=3, unique_by=lambda m: m[0]
        ),
    )


def _ordered(
    fields: Sequence[str], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        _condition(fields, _COMPARISONS, values),
        _condition(fields, ("in", "not_in"), st.lists(values, min_size=1, max_size=4)),
        _condition(
            fields,
            ("between",),
            st.lists(values, min_size=2, max_size=2).map(lambda ends: sorted(ends, key=_size)),
        ),
        _without_value(fields),
    )


def _size(value: Any) -> Any:
    if isinstance(value, str) and not value.isdigit():
        instant = datetime.fromisoformat(value)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return float(value)


def _words(
    fields: Sequence[str],
    words: Sequence[str],
    *,
    existence: bool = True,
    containment: bool = False,
) -> st.SearchStrategy[dict[str, Any]]:
    one = ("equals", "not_equals", *(("contains", "not_contains") if containment else ()))
    kinds = [
        _condition(fields, one, st.sampled_from(words)),
        _condition(fields, ("in", "not_in"), _lists(words)),
    ]
    return st.one_of([*kinds, _without_value(fields)] if existence else kinds)


def _sets(fields: Sequence[str], words: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        _words(fields, words, containment=True),
        _condition(fields, ("equals", "not_equals"), _lists(words)),
    )


def _without_value(fields: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"field": st.sampled_from(fields), "operator": st.sampled_from(_EXISTENCE)}
    )


def _condition(
    fields: Sequence[str], operators: Sequence[str], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"field": st.sampled_from(fields), "operator": st.sampled_from(operators), "value": values}
    )


def _lists(words: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3)


def _one_or_list(words: Sequence[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(words), _lists(words))


def _evenly(*strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw from one of these, each as often; `one_of` favours composed strategies."""
    return st.integers(0, len(strategies) - 1).flatmap(strategies.__getitem__)
