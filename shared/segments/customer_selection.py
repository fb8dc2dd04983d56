"""Selection and order of a list of customers.

`Selection.includes` is the definition. A query may narrow the documents read, never decide.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum

from shared.kernel.instants import EARLIEST, LATEST
from shared.orders.fact import Contact
from shared.predictions.prediction import Prediction
from shared.predictions.risk import RiskLevel
from shared.segments.classify import OrderTotals
from shared.segments.contact_search import Search
from shared.segments.crm_profile import NO_PROFILE, Consent, CrmProfile, LoyaltyTier
from shared.segments.profile_labels import consent_label, tag_label, tier_label
from shared.segments.segment import Segment

_DAY = timedelta(days=1)
_FIRST_DAY = EARLIEST.date() - _DAY
_LAST_DAY = LATEST.date() + _DAY


class CustomerSort(Enum):
    """Sort key of customers; the value is the field that holds it."""

    LAST_ORDER = "last_ordered_at"
    TOTAL_SPENT = "lifetime_value_cents"
    ORDER_COUNT = "order_count"
    AVERAGE_ORDER_VALUE = "average_order_value_cents"
    NAME = "contact.sort_name"
    PREDICTED_LTV = "predicted_ltv_cents"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """The fields of a customer that lists show."""

    customer_key: str
    contact: Contact
    order_count: int
    lifetime_value_cents: int
    average_order_value_cents: int | None
    """Rounded to whole cents; None without orders."""
    first_ordered_at: datetime | None
    last_ordered_at: datetime | None
    segment: Segment | None
    segment_since: datetime | None
    next_transition_at: datetime | None
    custom_segments: tuple[str, ...]
    """Ids, sorted."""
    preferred_categories: tuple[str, ...]
    profile: CrmProfile = NO_PROFILE
    prediction: Prediction | None = None
    """As recorded; time's changes are recorded within minutes."""

    @property
    def totals(self) -> OrderTotals:
        """Return the inputs of the rules of the built-in segments."""
        return OrderTotals(
            order_count=self.order_count,
            lifetime_value_cents=self.lifetime_value_cents,
            first_ordered_at=self.first_ordered_at,
            last_ordered_at=self.last_ordered_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDays:
    """Days of an organisation, both included; None for no limit."""

    first: date | None = None
    last: date | None = None
    time_zone: tzinfo = UTC

    def __contains__(self, instant: datetime) -> bool:
        day = instant.astimezone(self.time_zone).date()
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    @property
    def begin(self) -> datetime | None:
        """No instant of these days is earlier; None for no limit."""
        return None if self.first is None else min(self._midnights(self.first))

    @property
    def end(self) -> datetime | None:
        """Every instant of these days is earlier; None for no limit."""
        return None if self.last is None else max(self._midnights(min(self.last, _LAST_DAY) + _DAY))

    def _midnights(self, day: date) -> list[datetime]:
        """Return possible beginnings of a day: two instants if the clock is changed at midnight."""
        near = min(max(day, _FIRST_DAY), _LAST_DAY + _DAY)
        return [
            datetime.combine(near, time(fold=fold), self.time_zone).astimezone(UTC)
            for fold in (0, 1)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Filters and sort order of customers with a counted order.

    Sorted by predicted value, a list leaves out customers without one.
    """

    segment: Segment | None = None
    custom_segment: str | None = None
    risk: RiskLevel | None = None
    search: Search | None = None
    tier: LoyaltyTier | None = None
    tag: str | None = None
    """In the form of `tag_key`."""
    email_consent: Consent | None = None
    """UNKNOWN also includes customers without a document."""
    sms_consent: Consent | None = None
    last_order: LocalDays = LocalDays()
    min_spent_cents: int | None = None
    max_spent_cents: int | None = None
    """Both limits are included."""
    sort: CustomerSort = CustomerSort.LAST_ORDER
    descending: bool = True

    def includes(self, customer: ListedCustomer) -> bool:
        """Whether the customer is on the list."""
        total_cents = customer.lifetime_value_cents
        return (
            customer.last_ordered_at is not None
            and customer.last_ordered_at in self.last_order
            and (self.segment is None or customer.segment is self.segment)
            and (self.custom_segment is None or self.custom_segment in customer.custom_segments)
            and (self.risk is None or self.risk is _risk_of(customer))
            and (self.min_spent_cents is None or self.min_spent_cents <= total_cents)
            and (self.max_spent_cents is None or total_cents <= self.max_spent_cents)
            and (self.search is None or self.search.matches(customer.contact))
            and self._fits(customer.profile)
            and (self.sort is not CustomerSort.PREDICTED_LTV or _has_value(customer))
        )

    def _fits(self, profile: CrmProfile) -> bool:
        return (
            (self.tier is None or self.tier is profile.tier)
            and (self.tag is None or self.tag in profile.tag_keys)
            and self.email_consent in (None, profile.email_allowed)
            and self.sms_consent in (None, profile.sms_allowed)
        )

    @property
    def label(self) -> str | None:
        """Return a label that every customer on the list has, the rarest first; None without
        one."""
        if self.tag is not None:
            return tag_label(self.tag)
        if self.tier is not None:
            return tier_label(self.tier)
        for channel, consent in (("email", self.email_consent), ("sms", self.sms_consent)):
            if consent not in (None, Consent.UNKNOWN):
                return consent_label(channel, consent)
        return None

    @property
    def arguments(self) -> list[str | int | bool | None]:
        """Everything that distinguishes this list from others."""
        first, last = self.last_order.first, self.last_order.last
        return [
            self.segment.value if self.segment else None,
            self.custom_segment,
            self.risk.value if self.risk else None,
            " ".join(self.search.words) if self.search else None,
            self.tier.value if self.tier else None,
            self.tag,
            self.email_consent.value if self.email_consent else None,
            self.sms_consent.value if self.sms_consent else None,
            first.isoformat() if first else None,
            last.isoformat() if last else None,
            # The same days are others once the organisation's time zone is another.
            str(self.last_order.time_zone) if first or last else None,
            self.min_spent_cents,
            self.max_spent_cents,
            self.sort.value,
            self.descending,
        ]


def _risk_of(customer: ListedCustomer) -> RiskLevel | None:
    return customer.prediction.risk if customer.prediction else None


def _has_value(customer: ListedCustomer) -> bool:
    return customer.prediction is not None and customer.prediction.ltv_cents is not None
