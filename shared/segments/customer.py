"""A customer of one organisation, with transitions between segments."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.orders.fact import Contact
from shared.predictions.prediction import Prediction, predict
from shared.segments.classify import OrderTotals, Rule, classify, next_change
from shared.segments.conditions.evaluate import Membership, Subject
from shared.segments.credit import Credit, CreditedDay, credited
from shared.segments.crm_profile import NO_PROFILE, CrmProfile
from shared.segments.history import EMPTY, OrderHistory
from shared.segments.rules import SegmentRules
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.segments.touch import Touch


@dataclass(frozen=True, slots=True, order=True)
class CustomerId:
    """Names one customer; keys of different organisations never meet."""

    org_id: str
    customer_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The state kept per customer.

    `segment` is None exactly when no order counts, as for a customer who only returned. It,
    `custom_segments` and the prediction are valid up to, not including, `next_transition_at`, under
    the rules named by `rules_revision` and `thresholds_version`; the first two since
    `last_transition_at`.
    """

    id: CustomerId
    totals: OrderTotals = field(default_factory=OrderTotals)
    first_local_date: date | None = None
    """Day of the first counted order, as it was counted in the daily statistics."""
    category_cents: tuple[tuple[str, int], ...] = ()
    """Spend per category, largest first; categories with no spend are left out. Below 0 where more
    came back than was bought."""
    history: OrderHistory = EMPTY
    """The counted orders and the returns: input of custom segments' conditions."""
    segment: Segment | None = None
    rule: Rule | None = None
    segment_since: datetime | None = None
    custom_segments: tuple[str, ...] = ()
    """Ids of the custom segments the customer is in, sorted."""
    prediction: Prediction | None = None
    """None if no order counts, or no model is in force. Its changes are no transitions."""
    last_transition_at: datetime | None = None
    """Time of the last change of `segment`, `custom_segments` or both."""
    next_transition_at: datetime | None = None
    transition_count: int = 0
    thresholds_version: str | None = None
    rules_revision: int = 0
    """The revision of the rules that the customer was last evaluated under."""
    contact: Contact = field(default_factory=Contact)
    contact_order_id: str | None = None
    """The order that `contact` was taken from: the latest counted one, which is no return."""
    contact_ordered_at: datetime | None = None
    profile: CrmProfile = NO_PROFILE
    """Profile from the dashboard's documents, found by the addresses in `contact`."""
    touches: tuple[Touch, ...] = ()
    """Messages of campaigns, sorted by campaign and channel."""
    credits: tuple[tuple[CreditedDay, Credit], ...] = ()
    """The customer's orders as credited in the campaigns' counters, sorted."""
    erased_at: datetime | None = None
    """When the person was erased; from then on `contact` and `profile` are empty."""
    revision: int = 0
    """Counts writes, so that no write leaves the stored document as it was."""

    def is_under(self, rules: SegmentRules) -> bool:
        """Whether the customer was last evaluated under these rules."""
        return (self.thresholds_version, self.rules_revision) == (
            rules.thresholds_version,
            rules.revision,
        )

    @property
    def subject(self) -> Subject:
        """Return the inputs of conditions."""
        return Subject(
            totals=self.totals,
            category_cents=self.category_cents,
            history=self.history,
            has_email=self.contact.email is not None,
            has_phone=self.contact.phone is not None,
            has_display_name=self.contact.display_name is not None,
            profile=self.profile,
            touches=self.touches,
        )


def with_credit(customer: Customer) -> Customer:
    """Return the customer with its orders credited to campaigns as of now.

    Credit for orders that a truncated history no longer holds is kept, day by day.
    """
    if not customer.touches and not customer.credits:
        return customer
    orders = customer.history.orders
    now = credited(orders, customer.touches)
    if customer.history.truncated and orders:
        known_after = orders[0].local_date
        now = {key: credit for key, credit in now.items() if key.day > known_after}
        now |= {key: credit for key, credit in customer.credits if key.day <= known_after}
    return replace(customer, credits=tuple(sorted(now.items(), key=lambda entry: entry[0])))


class CauseKind(StrEnum):
    """Kinds of causes of a transition."""

    ORDER = "order"
    TIME = "time"
    THRESHOLDS = "thresholds"
    CUSTOM_SEGMENTS = "custom_segments"
    REPAIR = "repair"
    ERASURE = "erasure"
    CAMPAIGN = "campaign"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Cause of a transition; `order_id` is set for an order."""

    kind: CauseKind
    order_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of a customer's segment, custom segments, or both.

    `from_segment` of transition n is `to_segment` of transition n - 1.
    """

    customer: CustomerId
    number: int
    """1 for the customer's first transition."""
    from_segment: Segment | None
    to_segment: Segment | None
    from_since: datetime | None
    """Since when the customer had been in `from_segment`; None for the first transition."""
    effective_at: datetime
    """When it took effect; never earlier than the customer's previous transition."""
    recorded_at: datetime
    """When it was recorded."""
    cause: Cause
    thresholds_version: str
    entered: tuple[str, ...] = ()
    """Ids of the custom segments that the customer entered."""
    left: tuple[str, ...] = ()
    """Ids of the custom segments that the customer left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Evaluation context: the instant, with the rules in force and the time zone of an
    organisation."""

    now: datetime
    rules: SegmentRules
    time_zone: ZoneInfo

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds in force."""
        return self.rules.thresholds

    @property
    def thresholds_version(self) -> str:
        """Short id of the thresholds in force."""
        return self.rules.thresholds_version


def evaluate(
    customer: Customer, moment: Moment, at: datetime, cause: Cause
) -> tuple[Customer, list[Transition]]:
    """The customer as classified at `at`, and the transition, if a segment changed.

    An `at` before the customer's latest transition is moved to it, so that transitions never go
    back in time.
    """
    at = _not_before_last_transition(customer, at)
    custom = _memberships(customer, moment, at)
    customer_now, transitions = _evaluate(customer, moment, at, cause, custom, predicting=True)
    return replace(customer_now, rules_revision=moment.rules.revision), transitions


def age(customer: Customer, moment: Moment, until: datetime) -> tuple[Customer, list[Transition]]:
    """Make every transition due by time alone up to and including `until`, each at its instant.

    A customer last evaluated under other rules is re-evaluated at `until` instead of at the stored
    instant, which belongs to rules that no longer hold. Where the thresholds are the same, the
    transitions made by time under them come first.
    """
    transitions: list[Transition] = []
    by_time = Cause(kind=CauseKind.TIME)
    if customer.is_under(moment.rules):
        customer_now = customer
        while (
            customer_now.next_transition_at is not None and customer_now.next_transition_at <= until
        ):
            at = _not_before_last_transition(customer_now, customer_now.next_transition_at)
            custom = _memberships(customer_now, moment, at)
            customer_now, transitions_made = _evaluate(
                customer_now, moment, at, by_time, custom, predicting=False
            )
            transitions += transitions_made
        return (
            customer if customer_now is customer else _with_prediction(customer_now, moment, until)
        ), transitions
    kind = CauseKind.THRESHOLDS
    if customer.thresholds_version == moment.thresholds_version:
        kind = CauseKind.CUSTOM_SEGMENTS
        unchanged = Membership(segment_ids=customer.custom_segments, next_change_at=None)
        while customer.next_transition_at is not None and customer.next_transition_at <= until:
            at = _not_before_last_transition(customer, customer.next_transition_at)
            customer, transitions_made = _evaluate(
                customer, moment, at, by_time, unchanged, predicting=False
            )
            transitions += transitions_made
    customer, transitions_made = evaluate(customer, moment, until, Cause(kind=kind))
    return customer, transitions + transitions_made


def _not_before_last_transition(customer: Customer, at: datetime) -> datetime:
    return max(at, customer.last_transition_at) if customer.last_transition_at else at


def _memberships(customer: Customer, moment: Moment, at: datetime) -> Membership:
    if customer.totals.order_count > 0 and moment.rules.custom.ids:
        return moment.rules.custom.memberships(customer.subject, at)
    return Membership(segment_ids=(), next_change_at=None)


def _with_prediction(customer: Customer, moment: Moment, at: datetime) -> Customer:
    """The customer, evaluated but for the prediction, with that as of `at`."""
    if moment.rules.model is None:
        return customer
    result = predict(moment.rules.model, customer, _not_before_last_transition(customer, at))
    prediction, until = result or (None, None)
    changes = [each for each in (customer.next_transition_at, until) if each is not None]
    return replace(customer, prediction=prediction, next_transition_at=min(changes, default=None))


def _evaluate(
    customer: Customer,
    moment: Moment,
    at: datetime,
    cause: Cause,
    custom: Membership,
    *,
    predicting: bool,
) -> tuple[Customer, list[Transition]]:
    """`predicting` is False while time is replayed: no transition needs a past prediction."""
    segment: Segment | None = None
    rule: Rule | None = None
    changes: list[datetime] = []
    prediction, prediction_until = None, None
    if moment.rules.model is not None and predicting:
        prediction, prediction_until = predict(moment.rules.model, customer, at) or (None, None)
    if customer.totals.order_count > 0:
        classification = classify(customer.totals, moment.thresholds, at)
        segment, rule = classification.segment, classification.rule
        changes = [
            change
            for change in (
                next_change(customer.totals, moment.thresholds, at, segment),
                custom.next_change_at,
                prediction_until,
            )
            if change is not None
        ]
    customer_now = replace(
        customer,
        segment=segment,
        rule=rule,
        custom_segments=custom.segment_ids,
        prediction=prediction,
        next_transition_at=min(changes, default=None),
        thresholds_version=moment.thresholds_version,
    )
    before, after = set(customer.custom_segments), set(custom.segment_ids)
    if segment == customer.segment and before == after:
        return customer_now, []
    transition = Transition(
        customer=customer.id,
        number=customer.transition_count + 1,
        from_segment=customer.segment,
        to_segment=segment,
        from_since=customer.segment_since,
        effective_at=at,
        recorded_at=moment.now,
        cause=cause,
        thresholds_version=moment.thresholds_version,
        entered=tuple(sorted(after - before)),
        left=tuple(sorted(before - after)),
    )
    since = customer.segment_since if segment == customer.segment else at
    customer_moved = replace(
        customer_now, segment_since=since, last_transition_at=at, transition_count=transition.number
    )
    return customer_moved, [transition]
