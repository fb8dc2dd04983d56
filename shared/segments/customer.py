"""A customer of one organisation and the way through the segments."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from shared.orders.fact import Contact
from shared.segments.classify import OrderTotals, Rule, classify, next_change
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds


@dataclass(frozen=True, slots=True, order=True)
class CustomerId:
    """Names one customer; keys of different organisations never meet."""

    org_id: str
    customer_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The state kept per customer.

    `segment` is None exactly when no order counts. It is valid from `segment_since` up to, not
    including, `next_transition_at`, under the thresholds named by `thresholds_version`.
    """

    id: CustomerId
    totals: OrderTotals = field(default_factory=OrderTotals)
    first_local_date: date | None = None
    """Day of the first counted order, as it was counted in the daily statistics."""
    category_cents: tuple[tuple[str, int], ...] = ()
    """Spend per category, largest first; categories with no spend are left out."""
    segment: Segment | None = None
    rule: Rule | None = None
    segment_since: datetime | None = None
    next_transition_at: datetime | None = None
    transition_count: int = 0
    thresholds_version: str | None = None
    contact: Contact = field(default_factory=Contact)
    contact_order_id: str | None = None
    """The order that `contact` was taken from: the latest counted one."""
    contact_ordered_at: datetime | None = None
    revision: int = 0
    """Counts writes, so that no write leaves the stored document as it was."""


class CauseKind(StrEnum):
    """What made a customer change segment."""

    ORDER = "order"
    TIME = "time"
    THRESHOLDS = "thresholds"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What made a customer change segment; `order_id` is set for an order."""

    kind: CauseKind
    order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of a customer. `from_segment` of step n is `to_segment` of step n - 1."""

    customer: CustomerId
    number: int
    """1 for the customer's first step."""
    from_segment: Segment | None
    to_segment: Segment | None
    from_since: datetime | None
    """Since when the customer had been in `from_segment`; None for the first step."""
    effective_at: datetime
    """When it became true; never earlier than the customer's previous step."""
    recorded_at: datetime
    """When it was noticed."""
    cause: Cause
    thresholds_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The instant of the work being done, and the thresholds in force at it."""

    now: datetime
    thresholds: Thresholds
    thresholds_version: str


def evaluate(
    customer: Customer, moment: Moment, at: datetime, cause: Cause
) -> tuple[Customer, list[Transition]]:
    """The customer as classified at `at`, with the step taken if that is another segment.

    `at` earlier than the customer's current segment is moved up to the start of it, so that steps
    never go back in time.
    """
    at = max(at, customer.segment_since) if customer.segment_since else at
    segment: Segment | None = None
    rule: Rule | None = None
    upcoming: datetime | None = None
    if customer.totals.order_count > 0:
        classification = classify(customer.totals, moment.thresholds, at)
        segment, rule = classification.segment, classification.rule
        upcoming = next_change(customer.totals, moment.thresholds, at, segment)
    evaluated = replace(
        customer,
        segment=segment,
        rule=rule,
        next_transition_at=upcoming,
        thresholds_version=moment.thresholds_version,
    )
    if segment == customer.segment:
        return evaluated, []
    step = Transition(
        customer=customer.id,
        number=customer.transition_count + 1,
        from_segment=customer.segment,
        to_segment=segment,
        from_since=customer.segment_since,
        effective_at=at,
        recorded_at=moment.now,
        cause=cause,
        thresholds_version=moment.thresholds_version,
    )
    return replace(evaluated, segment_since=at, transition_count=step.number), [step]


def age(customer: Customer, moment: Moment, until: datetime) -> tuple[Customer, list[Transition]]:
    """Take every step that time alone makes up to and including `until`, each at its instant.

    A customer last evaluated under other thresholds is evaluated anew at `until` instead: the
    stored instant belongs to thresholds that no longer hold.
    """
    if customer.segment is None:
        return customer, []
    if customer.thresholds_version != moment.thresholds_version:
        return evaluate(customer, moment, until, Cause(kind=CauseKind.THRESHOLDS))
    steps: list[Transition] = []
    while customer.next_transition_at is not None and customer.next_transition_at <= until:
        customer, taken = evaluate(
            customer, moment, customer.next_transition_at, Cause(kind=CauseKind.TIME)
        )
        steps += taken
    return customer, steps
