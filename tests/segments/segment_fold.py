"""A naive fold of custom segments from orders and the text of definitions.

Written apart from the product: definitions are read as the JSON that a manager sends, and every
question goes through all orders again. Of the product it uses the names of categories and the plain
data of thresholds and past orders, and none of its evaluation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from shared.orders.category import canonical_category
from shared.segments.history import PastOrder
from shared.segments.thresholds import Thresholds

_SETS = frozenset(
    {"product", "tags", "category", "channel", "preferredCategories", "campaignReceived"}
    | {"firstOrderCategory", "firstOrderChannel", "firstOrderCampaign"}
)
DAY = timedelta(hours=24)
MICROSECOND = timedelta(microseconds=1)
Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """Settings of an organisation."""

    definitions: Mapping[str, Tree]
    thresholds: Thresholds = field(default_factory=Thresholds)
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Person:
    """A customer in plain form."""

    orders: Sequence[PastOrder]
    """Returns among them have an amount below 0."""
    email: bool = False
    phone: bool = False
    name: bool = False
    messages: Sequence[tuple[str, datetime]] = ()
    """Campaigns that sent something, and when."""
    loyalty_tier: str | None = None
    tags: Sequence[str] = ()
    email_consent: str | None = None
    """None where no document says anything."""
    sms_consent: str | None = None


def segments_of(rules: Rules, person: Person, at: datetime) -> tuple[str, ...]:
    """Ids of the custom segments that a person is in at an instant, sorted."""
    return tuple(sorted(id for id in rules.definitions if in_segment(id, rules, person, at)))


def in_segment(id: str, rules: Rules, person: Person, at: datetime) -> bool:
    """Whether a person is in one custom segment at an instant."""
    return holds(rules.definitions[id], rules, person, at)


def holds(tree: Tree, rules: Rules, person: Person, at: datetime) -> bool:
    """Whether a person meets a definition at an instant; nobody without orders does."""
    return bool(_placed(person.orders)) and _holds(tree, rules, person, at)


def boundaries(rules: Rules, person: Person) -> list[datetime]:
    """Every instant at which time alone can change anything, and many at which it does not."""
    limits = rules.thresholds
    days = {
        limits.slipping_min_days,
        limits.at_risk_min_days,
        limits.churned_min_days,
        limits.new_max_days,
    }
    for tree in rules.definitions.values():
        days |= {number + more for number in _whole_numbers(tree) for more in (0, 1)}
    since = [order.ordered_at for order in person.orders] + [at for _, at in person.messages]
    return sorted({at + n * DAY for at in since for n in days})


def built_in_segment(orders: Sequence[PastOrder], limits: Thresholds, at: datetime) -> str:
    """The one of the eight segments, by the table of rules."""
    placed = _placed(orders)
    days = _days_since(max(order.ordered_at for order in placed), at)
    age = _days_since(min(order.ordered_at for order in placed), at)
    count = len(placed)
    spent = sum(order.amount_cents for order in orders)
    average = Fraction(spent, count)
    table = (
        (days >= limits.churned_min_days, "churned"),
        (days >= limits.at_risk_min_days, "at_risk"),
        (days >= limits.slipping_min_days, "slipping"),
        (age < limits.new_max_days, "new"),
        (spent >= limits.vip_min_lifetime_value_cents, "vip"),
        (count >= limits.vip_min_orders and average >= limits.vip_min_aov_cents, "vip"),
        (
            average >= limits.high_value_min_aov_cents and count < limits.high_value_max_orders,
            "high_value",
        ),
        (
            count >= limits.frequent_min_orders and average < limits.frequent_max_aov_cents,
            "frequent",
        ),
        (count >= limits.loyal_min_orders, "loyal"),
    )
    return next((segment for met, segment in table if met), "new")


def _holds(tree: Tree, rules: Rules, person: Person, at: datetime) -> bool:
    if "all" in tree:
        return all(_holds(child, rules, person, at) for child in tree["all"])
    if "any" in tree:
        return any(_holds(child, rules, person, at) for child in tree["any"])
    if "not" in tree:
        return not _holds(tree["not"], rules, person, at)
    if "event" in tree and "receive" in tree["event"]:
        return _received(tree, rules, person, at) is (tree["event"] == "received")
    if "event" in tree:
        return _ordered(tree, person, at) is (tree["event"] == "ordered")
    return _field_holds(tree, rules, person, at)


def _ordered(event: Tree, person: Person, at: datetime) -> bool:
    orders = 0
    cents = 0
    for order in person.orders:
        when = event.get("when", {"ever": True})
        if not _in_window(when, order.ordered_at, order.local_date, at):
            continue
        if "channel" in event and order.channel not in _spelled(_listed(event["channel"])):
            continue
        if "campaign" in event and order.campaign_id not in _listed(event["campaign"]):
            continue
        if "product" in event or "category" in event:
            lines = [
                line
                for line in order.lines
                if ("product" not in event or line.product_id in _listed(event["product"]))
                and (
                    "category" not in event
                    or any(_same_category(line.category, c) for c in _listed(event["category"]))
                )
            ]
            cents += sum(line.amount_cents for line in lines)
            bought = any(line.quantity_milli > 0 for line in lines)
        else:
            cents += order.amount_cents
            bought = True
        orders += bought and order.amount_cents >= 0
    amount = _cents(event.get("atLeastAmount", 0))
    often = orders >= int(event.get("atLeastTimes", 1))
    return often and (amount == 0 or cents >= amount)


def _received(event: Tree, rules: Rules, person: Person, at: datetime) -> bool:
    zone = ZoneInfo(rules.time_zone)
    return any(
        _in_window(event.get("when", {"ever": True}), sent, sent.astimezone(zone).date(), at)
        for campaign, sent in person.messages
        if "campaign" not in event or campaign in _listed(event["campaign"])
    )


def _in_window(when: Tree, then: datetime, day: date, at: datetime) -> bool:
    if "inTheLastDays" in when:
        return at - then < int(when["inTheLastDays"]) * DAY
    if "moreThanDaysAgo" in when:
        return at - then >= int(when["moreThanDaysAgo"]) * DAY
    if "between" in when:
        first, last = when["between"]
        return date.fromisoformat(first) <= day <= date.fromisoformat(last)
    return True


def _field_holds(condition: Tree, rules: Rules, person: Person, at: datetime) -> bool:
    name, operator = condition["field"], condition["operator"]
    if operator.startswith("not_"):
        positive = {**condition, "operator": operator.removeprefix("not_")}
        return not _field_holds(positive, rules, person, at)
    operand = condition.get("value")
    if name in ("email", "phone", "displayName"):
        return {"email": person.email, "phone": person.phone, "displayName": person.name}[name]
    if name == "customSegment":
        return any(in_segment(id, rules, person, at) for id in _listed(operand))
    if name in _SETS:
        return _set_holds(_elements(name, person), name, operator, operand)
    if name == "loyaltyTier":
        known = person.loyalty_tier
        return known is not None and (operator == "exists" or known in _lower(operand))
    if operator == "exists":
        return True
    if name in ("emailConsent", "smsConsent"):
        said = person.email_consent if name == "emailConsent" else person.sms_consent
        return (said or "unknown") in _lower(operand)
    if name == "segment":
        segment = built_in_segment(person.orders, rules.thresholds, at)
        return segment in _spelled(_listed(operand))
    if name == "tier":
        return _tier(person) in [value.lower() for value in _listed(operand)]
    if name in ("firstOrderDate", "lastOrderDate"):
        pick = min if name == "firstOrderDate" else max
        actual = pick(order.ordered_at for order in _placed(person.orders))
        pairs = [_comparable_dates(actual, value, rules) for value in _listed(operand)]
    else:
        number = _number(name, person, at)
        money = name in ("totalSpent", "lifetimeValue", "avgOrderValue")
        pairs = [
            (number, Fraction(_cents(value)) if money else Fraction(int(value)))
            for value in _listed(operand)
        ]
    return _compare(operator, pairs)


def _lower(wanted: Any) -> list[str]:
    return [value.lower() for value in _listed(wanted)]


def _placed(orders: Sequence[PastOrder]) -> list[PastOrder]:
    """Return the orders without returns."""
    return [order for order in orders if order.amount_cents >= 0]


def _compare(operator: str, pairs: Sequence[tuple[Any, Any]]) -> bool:
    ours, other = pairs[0]
    match operator:
        case "greater_than":
            return bool(ours > other)
        case "less_than":
            return bool(ours < other)
        case "at_least":
            return bool(ours >= other)
        case "at_most":
            return bool(ours <= other)
        case "between":
            return bool(other <= ours) and bool(pairs[1][0] <= pairs[1][1])
        case "equals" | "in":
            return any(one == another for one, another in pairs)
    raise AssertionError(operator)


def _number(name: str, person: Person, at: datetime) -> Fraction:
    spent = sum(order.amount_cents for order in person.orders)
    instants = [order.ordered_at for order in _placed(person.orders)]
    if name in ("totalSpent", "lifetimeValue"):
        return Fraction(spent)
    if name == "avgOrderValue":
        return Fraction(spent, len(instants))
    if name == "orderCount":
        return Fraction(len(instants))
    return Fraction(
        _days_since(min(instants) if name == "daysSinceFirstOrder" else max(instants), at)
    )


def _elements(name: str, person: Person) -> set[str]:
    placed = _placed(person.orders)
    lines = [line for order in placed for line in order.lines if line.quantity_milli > 0]
    if name == "product":
        return {line.product_id for line in lines}
    if name == "category":
        return {line.category for line in lines}
    if name == "tags":
        return {tag.lower() for tag in person.tags}
    if name == "campaignReceived":
        return {campaign for campaign, _ in person.messages}
    if name == "channel":
        return {order.channel for order in placed}
    if name.startswith("firstOrder"):
        first = min(placed)
        spent = Counter[str]()
        for line in first.lines:
            spent[line.category] += line.amount_cents
        largest = sorted(spent, key=lambda category: (-spent[category], category))[:1]
        return {
            "firstOrderCategory": set(largest),
            "firstOrderChannel": {first.channel},
            "firstOrderCampaign": {first.campaign_id} - {""},
        }[name]
    return set(preferred(person.orders))


def category_cents(orders: Sequence[PastOrder]) -> tuple[tuple[str, int], ...]:
    """Spend per category, largest first, as it is kept with the customer."""
    spent: Counter[str] = Counter()
    for order in orders:
        for line in order.lines:
            spent[line.category] += line.amount_cents
    some = [(name, cents) for name, cents in spent.items() if cents]
    return tuple(sorted(some, key=lambda pair: (-pair[1], pair[0])))


def preferred(orders: Sequence[PastOrder]) -> list[str]:
    """The three categories that most was spent on."""
    return [name for name, cents in category_cents(orders)[:3] if cents > 0]


def _set_holds(elements: set[str], name: str, operator: str, wanted: Any) -> bool:
    def same(element: str, value: str) -> bool:
        if name in ("category", "preferredCategories", "firstOrderCategory"):
            return _same_category(element, value)
        is_channel = name in ("channel", "firstOrderChannel")
        return element == (_spelled([value])[0] if is_channel else value)

    if operator == "exists":
        return bool(elements)
    values = _listed(wanted)
    actual = [{element for element in elements if same(element, value)} for value in values]
    if operator == "equals":
        return all(actual) and set().union(*actual) == elements
    return any(actual)


def _tier(person: Person) -> str:
    spent = sum(order.amount_cents for order in person.orders)
    if spent > 2_000_00:
        return "gold"
    return "silver" if spent > 500_00 else "bronze"


def _comparable_dates(found: datetime, value: str, rules: Rules) -> tuple[Any, Any]:
    if len(value) == len("2026-01-31"):
        return found.astimezone(ZoneInfo(rules.time_zone)).date(), date.fromisoformat(value)
    return found, datetime.fromisoformat(value)


def _days_since(then: datetime, at: datetime) -> int:
    days = 0
    while then + (days + 1) * DAY <= at:
        days += 1
    return days


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _spelled(values: Sequence[str]) -> list[str]:
    """Ids of segments and channels behind the spellings that the strategies use."""
    words = [value.lower().replace("-", "_").replace(" ", "_") for value in values]
    return [
        {"risk": "at_risk", "web": "online", "pos": "in_store"}.get(word, word) for word in words
    ]


def _same_category(category: str, value: str) -> bool:
    return category.casefold() in (value.casefold(), canonical_category(value).casefold())


def _cents(value: Any) -> int:
    return int(Decimal(str(value)) * 100)


def _whole_numbers(tree: Any) -> set[int]:
    if isinstance(tree, Mapping):
        return set().union(*(_whole_numbers(value) for value in tree.values()))
    if isinstance(tree, list):
        return set().union(*map(_whole_numbers, tree))
    if isinstance(tree, int):
        return {tree} if tree <= 36_500 else set()
    return {int(tree)} if isinstance(tree, str) and tree.isdigit() else set()
