"""The normalised order: the only form of an order that the rest of the product sees."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

_INDEX = re.compile(r"\[\d+\]")


class Exclusion(StrEnum):
    """Reason why an order does not count towards revenue."""

    CANCELLED = "cancelled"
    PENDING_UNPAID = "pending_unpaid"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_FAILED = "payment_failed"
    UNKNOWN_STATUS = "unknown_status"
    TEST_ORDER = "test_order"
    ONLINE_UNPAID = "online_unpaid"
    """Of an organisation whose online orders count once they are paid."""
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    DATED_AHEAD = "dated_ahead"
    """The only exclusion that time ends: see `OrderFact.counts_at`."""


class OrderWarning(StrEnum):
    """A warning about an order that counts, or will, and deserves a look."""

    DATED_AHEAD = "dated_ahead"
    """More than a day after it was written."""
    DOCUMENT_LARGE = "document_large"
    """Its edits may not be delivered: see `shared.orders.event_size`."""
    PAYMENT_UNKNOWN = "payment_unknown"
    """Its payment is in a state that no rule knows."""


class RejectionCode(StrEnum):
    """Reason why an order could not be normalised, or needs attention."""

    DOCUMENT_INVALID = "document_invalid"
    """Not a map at all; the field is empty."""
    ORGANIZATION_MISSING = "organization_missing"
    ORGANIZATION_INVALID = "organization_invalid"
    DATE_MISSING = "date_missing"
    DATE_INVALID = "date_invalid"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    """Larger than the organisation accepts."""
    STATUS_UNKNOWN = "status_unknown"
    ITEMS_INVALID = "items_invalid"
    ITEMS_TOO_MANY = "items_too_many"
    DOCUMENT_TOO_LARGE = "document_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An order that is reported instead of counted. Holds no value taken from the order."""

    code: RejectionCode
    field: str
    """Path of the offending field in the order document, such as `totals.total`."""
    org_id: str | None = None
    """Organisation of the order, if known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One product in an order; an order has at most one line per product id."""

    product_id: str
    name: str
    category: str
    quantity_milli: int
    """Units in thousandths, so that sums of fractional quantities stay exact. Negative where more
    came back than was bought; 0 where as much did, at another price."""
    amount_cents: int
    """Negative for a refund of these items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """The normalised form of one order or return: its contribution to all numbers.

    Holds no e-mail address, phone number or name of a person.
    """

    org_id: str
    customer_key: str | None
    """Keyed hash of the customer's identity; None for an anonymous order."""
    ordered_at: datetime
    """UTC, microsecond precision."""
    local_date: date
    """Day of `ordered_at` in the organisation's time zone."""
    amount_cents: int
    """Order total less refunds; negative only for a return."""
    lines: tuple[OrderLine, ...]
    """Sorted by product id."""
    channel: str
    campaign_id: str | None
    coupon_code: str | None
    exclusion: Exclusion | None
    """None for an order that counts."""
    warnings: tuple[str, ...] = ()
    """At most 20: each an `OrderWarning`, or the path of a field that was unusable and left out,
    such as `items[2].price`."""

    @property
    def counted(self) -> bool:
        """Whether the order is part of revenue, and of counts and dates unless it is a return."""
        return self.exclusion is None

    @property
    def warning_codes(self) -> frozenset[str]:
        """The warnings without the places of items: `items[].price` for `items[2].price`."""
        return frozenset(_INDEX.sub("[]", warning) for warning in self.warnings)

    @property
    def is_return(self) -> bool:
        """Whether this takes its amount off revenue instead of being an order."""
        return self.amount_cents < 0

    @property
    def counts_at(self) -> datetime | None:
        """Return when an order that is dated ahead begins to count; None for any other."""
        return self.ordered_at if self.exclusion is Exclusion.DATED_AHEAD else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Contact details of a person. Personal data: never logged, exported or put in an id.

    Its `repr` shows none of it, so that a log line with an order in it stays clean.
    """

    display_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizedOrder:
    """An order that could be read."""

    fact: OrderFact
    contact: Contact
    rejection: Rejection | None = None
    """Set when the order was understood but must be reported: its status is unknown, or its amount
    above what its organisation believes."""
