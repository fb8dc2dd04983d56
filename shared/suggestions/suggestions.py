"""Groups of customers worth acting on, each as filters that select exactly its customers.

What can be suggested follows from the thresholds in force alone; whether it is depends on how many
customers its filters select.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.facts import Fact, FactUnit, Words
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.suggestions.filters import Filter, FilterField, FilterOperator

MAX_SUGGESTIONS = 8
SOON_DAYS = 7
"""A change within this many days comes soon."""
RECENT_DAYS = 30
"""A first order within the last this many days is recent."""
MIN_WIN_BACK = 4
"""Customers who are slipping or at risk that a win-back is suggested for."""


class PlaybookKind(StrEnum):
    """Kind of message that suits the group."""

    WELCOME = "welcome"
    WINBACK = "winback"
    VIP = "vip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A group that may be worth suggesting."""

    id: str
    name: str
    description: str
    filters: tuple[Filter, ...]
    """All of them hold for each customer of the group."""
    why: str
    """Reason for suggesting it, worded for "them" and without their number."""
    facts: tuple[Fact, ...] = ()
    """The numbers in `description` and `why`."""
    playbook: PlaybookKind | None = None
    at_least: int = 1
    """Suggested for at least this many customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSize:
    """Exact count and value of the customers that a candidate's filters select."""

    customers: int
    lifetime_value_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A candidate that matches at least one customer."""

    candidate: Candidate
    selected: GroupSize
    reasoning: str
    facts: tuple[Fact, ...]
    """Every number in `reasoning` and in the candidate's description, each once."""


def candidates(thresholds: Thresholds) -> tuple[Candidate, ...]:
    """Return all sensible groups under some thresholds."""
    groups = [_new_customers(), _win_back(), _vips()]
    groups.append(
        _about_to_slip(
            "high_value_about_to_slip",
            "High-Value Customers About to Slip",
            (Segment.VIP, Segment.HIGH_VALUE),
            thresholds,
        )
    )
    groups.append(
        _about_to_slip(
            "regulars_about_to_slip",
            "Regulars About to Slip",
            (Segment.LOYAL, Segment.FREQUENT),
            thresholds,
        )
    )
    groups.append(_about_to_churn(thresholds))
    if thresholds.vip_min_lifetime_value_cents > 0:
        groups.append(_lost_vips(thresholds))
    if thresholds.slipping_min_days > 1:
        groups.append(_second_order_due(thresholds))
    return tuple(groups)


def suggestions(candidate_sizes: Iterable[tuple[Candidate, GroupSize]]) -> list[Suggestion]:
    """Return the candidates with enough customers, by lifetime value, largest first; a few at
    most."""
    worthwhile = [
        _suggestion(candidate, group_size)
        for candidate, group_size in candidate_sizes
        if group_size.customers >= candidate.at_least
    ]
    worthwhile.sort(key=lambda each: -each.selected.lifetime_value_cents)
    return worthwhile[:MAX_SUGGESTIONS]


def _suggestion(candidate: Candidate, group_size: GroupSize) -> Suggestion:
    customers, cents = group_size.customers, group_size.lifetime_value_cents
    are = "1 customer is" if customers == 1 else f"{customers:,} customers are"
    amount = f"{cents // 100:,}.{cents % 100:02}"
    return Suggestion(
        candidate=candidate,
        selected=group_size,
        reasoning=f"{are} in this group, with a lifetime value of {amount}. {candidate.why}",
        facts=(
            Fact(
                id="customers",
                label="Customers in the group",
                value=customers,
                unit=FactUnit.CUSTOMERS,
                words=Words(one="customer in this group", many="customers in this group"),
            ),
            Fact(
                id="lifetime_value",
                label="Lifetime value of the group",
                value=cents,
                unit=FactUnit.CENTS,
                words=Words(many="in lifetime value from this group"),
            ),
            *candidate.facts,
        ),
    )


def _new_customers() -> Candidate:
    return Candidate(
        id="new_customer_welcome",
        name="New Customer Welcome",
        description=f"Customers whose first order was in the last {RECENT_DAYS} days.",
        filters=(
            Filter(
                field=FilterField.DAYS_SINCE_FIRST_ORDER,
                operator=FilterOperator.AT_MOST,
                value=RECENT_DAYS - 1,
            ),
        ),
        why="A welcome reaches them while the first order is fresh.",
        facts=(
            _days(
                "recent_days",
                "Days in which a first order is recent",
                RECENT_DAYS,
                Words(one="day", many="days", lead="the last"),
            ),
        ),
        playbook=PlaybookKind.WELCOME,
    )


def _win_back() -> Candidate:
    return Candidate(
        id="win_back",
        name="Win-Back",
        description="Customers who are At Risk or Slipping.",
        filters=(_in_segments(Segment.AT_RISK, Segment.SLIPPING),),
        why="They have ordered nothing for longer than usual, and are not lost yet.",
        playbook=PlaybookKind.WINBACK,
        at_least=MIN_WIN_BACK,
    )


def _vips() -> Candidate:
    return Candidate(
        id="vip_appreciation",
        name="VIP Appreciation",
        description="Customers who are VIP now.",
        filters=(_in_segments(Segment.VIP),),
        why="They order still, and have spent the most or order often and much.",
        playbook=PlaybookKind.VIP,
    )


def _about_to_slip(
    id: str, name: str, segments: tuple[Segment, ...], thresholds: Thresholds
) -> Candidate:
    days = thresholds.slipping_min_days
    labels = " or ".join(segment.label for segment in segments)
    return Candidate(
        id=id,
        name=name,
        description=f"{labels} customers who become Slipping within {_count(SOON_DAYS, 'day')} "
        "unless they order.",
        filters=(_in_segments(*segments), _soon_idle_for(days)),
        why=f"They are still active: Slipping begins {_count(days, 'day')} after the last order.",
        facts=(
            _soon_days(),
            _idle_days("slipping_days", Segment.SLIPPING, days),
        ),
    )


def _about_to_churn(thresholds: Thresholds) -> Candidate:
    days = thresholds.churned_min_days
    return Candidate(
        id="about_to_churn",
        name="Last Chance Before Churn",
        description="At Risk customers who become Churned within "
        f"{_count(SOON_DAYS, 'day')} unless they order.",
        filters=(_in_segments(Segment.AT_RISK), _soon_idle_for(days)),
        why=f"From {_count(days, 'day')} after the last order on, they count as lost.",
        facts=(
            _soon_days(),
            _idle_days("churned_days", Segment.CHURNED, days),
        ),
        playbook=PlaybookKind.WINBACK,
    )


def _lost_vips(thresholds: Thresholds) -> Candidate:
    cents = thresholds.vip_min_lifetime_value_cents
    value = f"{cents // 100:,}.{cents % 100:02}"
    return Candidate(
        id="lost_vips",
        name="Lost VIPs",
        description=f"Churned customers with a lifetime value of {value} or more.",
        filters=(
            _in_segments(Segment.CHURNED),
            Filter(field=FilterField.TOTAL_SPENT, operator=FilterOperator.AT_LEAST, value=cents),
        ),
        why=f"Each of them has spent what makes a VIP, {value}, and counts as lost.",
        facts=(
            Fact(
                id="vip_lifetime_value",
                label="Lifetime value that makes a VIP",
                value=cents,
                unit=FactUnit.CENTS,
                words=Words(many="in lifetime value, which makes a VIP"),
            ),
        ),
        playbook=PlaybookKind.WINBACK,
    )


def _second_order_due(thresholds: Thresholds) -> Candidate:
    """Due in the second half of the time that an active customer has until slipping."""
    slipping = thresholds.slipping_min_days
    first, last = (slipping + 1) // 2, slipping - 1
    ago = Words(one="day", many="days", tail="since the order")
    return Candidate(
        id="second_order_due",
        name="Second Order Due",
        description=f"Customers who have ordered once, {first} to {_count(last, 'day')} ago.",
        filters=(
            Filter(field=FilterField.ORDER_COUNT, operator=FilterOperator.EQUALS, value=1),
            Filter(
                field=FilterField.DAYS_SINCE_LAST_ORDER,
                operator=FilterOperator.BETWEEN,
                value=(first, last),
            ),
        ),
        why=f"Half of the {_count(slipping, 'day')} until they count as Slipping or more is over "
        "without a second order.",
        facts=(
            Fact(
                id="orders",
                label="Orders so far",
                value=1,
                unit=FactUnit.ORDERS,
                words=Words(one="order", many="orders", tail="so far"),
            ),
            _days("due_from_days", "Days since the order from which the next is due", first, ago),
            _days("due_to_days", "Days since the order up to which the next is due", last, ago),
            _idle_days("slipping_days", Segment.SLIPPING, slipping),
        ),
    )


def _in_segments(*segments: Segment) -> Filter:
    if len(segments) == 1:
        return Filter(field=FilterField.SEGMENT, operator=FilterOperator.EQUALS, value=segments[0])
    return Filter(field=FilterField.SEGMENT, operator=FilterOperator.IN, value=segments)


def _soon_idle_for(days: int) -> Filter:
    """The last order is not yet that many days ago, and is so within `SOON_DAYS`."""
    return Filter(
        field=FilterField.DAYS_SINCE_LAST_ORDER,
        operator=FilterOperator.BETWEEN,
        value=(max(0, days - SOON_DAYS), days - 1),
    )


def _soon_days() -> Fact:
    words = Words(one="day", many="days", lead="within")
    return _days("soon_days", "Days within which it happens", SOON_DAYS, words)


def _idle_days(id: str, segment: Segment, days: int) -> Fact:
    label = f"Days since the last order that make a customer {segment.label}"
    return _days(id, label, days, Words(one="day", many="days", tail="after the last order"))


def _days(id: str, label: str, value: int, words: Words) -> Fact:
    return Fact(id=id, label=label, value=value, unit=FactUnit.DAYS, words=words)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
