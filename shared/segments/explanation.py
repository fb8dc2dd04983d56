"""Explanation of a customer's stored segment, and of its next change without further orders."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.segments.classify import OrderTotals, Rule, classify, next_change
from shared.segments.customer import Customer, Moment
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTransition:
    """The segment that time alone leads to, and when."""

    at: datetime
    to_segment: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Explanation of the stored segment, as of an instant."""

    rule: Rule | None
    """The rule that holds; the stored one where the segment is stale; None for no segment."""
    sentence: str
    """Plain words, holding numbers but no personal data."""
    thresholds: Thresholds | None
    """Thresholds that decided the segment; None if they are no longer in force."""
    stale: bool
    """Whether the customer is due to be re-evaluated: the segment or a custom segment has expired,
    or the rules changed."""
    next_transition: NextTransition | None


def explain(customer: Customer, moment: Moment) -> Explanation:
    """Explain the segment as stored, not as it would be decided now."""
    upcoming = customer.next_transition_at
    in_force = customer.thresholds_version == moment.thresholds_version
    behind = upcoming is not None and upcoming <= moment.now
    rule = customer.rule
    overdue = False
    if rule is not None and in_force:
        classification = classify(customer.totals, moment.thresholds, moment.now)
        overdue = behind and classification.segment != customer.segment
        if not overdue:
            # Time may have changed the rule without changing the segment.
            rule = classification.rule
    return Explanation(
        rule=rule,
        sentence=_sentence(customer, rule, moment, in_force=in_force, overdue=overdue),
        thresholds=moment.thresholds if in_force else None,
        stale=customer.segment is not None
        and (behind or not in_force or customer.rules_revision < moment.rules.revision),
        next_transition=_next_transition(customer, moment, in_force=in_force),
    )


def _next_transition(
    customer: Customer, moment: Moment, *, in_force: bool
) -> NextTransition | None:
    upcoming, segment = customer.next_transition_at, customer.segment
    if upcoming is None or segment is None:
        return None
    to_segment = classify(customer.totals, moment.thresholds, upcoming).segment
    if to_segment == segment and in_force:
        # Custom segments change then, and this one later.
        later = next_change(customer.totals, moment.thresholds, upcoming, segment)
        if later is not None:
            upcoming = later
            to_segment = classify(customer.totals, moment.thresholds, later).segment
    return NextTransition(at=upcoming, to_segment=to_segment) if to_segment != segment else None


def whole_days(since: datetime | None, at: datetime) -> int | None:
    """Whole 24-hour days from `since` to `at`; 0 for a future instant, None for none."""
    return max(0, (at - since) // _DAY) if since is not None else None


def _sentence(
    customer: Customer, rule: Rule | None, moment: Moment, *, in_force: bool, overdue: bool
) -> str:
    if customer.segment is None or rule is None:
        return "No order of this customer counts, so the customer is in no segment."
    label = customer.segment.label
    if not in_force:
        return f"{label}: decided under earlier thresholds, and due for re-evaluation."
    if overdue:
        return f"{label}: the time for this segment is over, and the change is being recorded."
    reason = _reason(rule, customer.totals, moment.thresholds, moment.now)
    return f"{label}: {reason}."


def _reason(rule: Rule, totals: OrderTotals, limits: Thresholds, at: datetime) -> str:
    idle = _count(whole_days(totals.last_ordered_at, at) or 0, "day") + " since the last order"
    orders = _count(totals.order_count, "order")
    # Rounded down, so that "less than 60" is never said of 59.999 shown as 60.00.
    average = _money(totals.lifetime_value_cents // max(1, totals.order_count))
    match rule:
        case Rule.NO_ORDERS:
            return "no dated order yet"
        case Rule.CHURNED:
            return f"{idle}, which is at least {limits.churned_min_days}"
        case Rule.AT_RISK:
            return (
                f"{idle}, which is at least {limits.at_risk_min_days} and less than "
                f"{limits.churned_min_days}"
            )
        case Rule.SLIPPING:
            return (
                f"{idle}, which is at least {limits.slipping_min_days} and less than "
                f"{limits.at_risk_min_days}"
            )
        case Rule.FIRST_ORDER_RECENT:
            age = _count(whole_days(totals.first_ordered_at, at) or 0, "day")
            return f"{age} since the first order, which is less than {limits.new_max_days}"
        case Rule.VIP_LIFETIME_VALUE:
            return (
                f"a lifetime value of {_money(totals.lifetime_value_cents)}, which is at least "
                f"{_money(limits.vip_min_lifetime_value_cents)}"
            )
        case Rule.VIP_ORDERS_AND_AOV:
            return (
                f"{orders} of {average} on average, which is at least {limits.vip_min_orders} "
                f"orders and at least {_money(limits.vip_min_aov_cents)} on average"
            )
        case Rule.HIGH_VALUE:
            return (
                f"{orders} of {average} on average, which is fewer than "
                f"{limits.high_value_max_orders} orders and at least "
                f"{_money(limits.high_value_min_aov_cents)} on average"
            )
        case Rule.FREQUENT:
            return (
                f"{orders} of {average} on average, which is at least "
                f"{limits.frequent_min_orders} orders and less than "
                f"{_money(limits.frequent_max_aov_cents)} on average"
            )
        case Rule.LOYAL:
            return f"{orders}, which is at least {limits.loyal_min_orders}"
        case Rule.OTHERWISE:
            return f"{orders}, and no rule for another segment applies"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"
