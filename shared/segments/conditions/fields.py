"""Catalogue of the fields that a condition may test, with their types and operators.

The catalogue decides what is valid and is what the documentation shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Operator(StrEnum):
    """Comparison of a field with a value.

    Where a customer has no value for the field (no date, nothing bought), every comparison is
    false, and so its negation (`not_equals`, `not_in`, `not_contains`, `not_exists`) is true.
    """

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    GREATER_THAN = "greater_than"
    LESS_THAN = "less_than"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    """Takes two values, the smaller first; both are included."""
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"


NEGATIONS: Mapping[Operator, Operator] = MappingProxyType(
    {
        Operator.NOT_EQUALS: Operator.EQUALS,
        Operator.NOT_IN: Operator.IN,
        Operator.NOT_CONTAINS: Operator.CONTAINS,
        Operator.NOT_EXISTS: Operator.EXISTS,
    }
)
"""Negated operators, each with the one it is the negation of."""


class FieldType(StrEnum):
    """Type of a field's value, which decides its operators."""

    MONEY = "money"
    """An amount of 0 or more in the main unit, with at most two decimals."""
    COUNT = "count"
    PERCENT = "percent"
    """Whole percent, rounded down."""
    DAYS = "days"
    """Whole 24-hour days elapsed; 0 for a future instant."""
    DATE = "date"
    """Compared with a date as the day in the organisation's time zone, and with an instant that
    names its offset as an instant."""
    TEXT = "text"
    """One word of a fixed list, in any case."""
    SET = "set"
    """Several texts. `contains` takes one and asks whether it is among them; `in` takes a list and
    asks whether any of it is; `equals` takes one or a list and asks whether the set holds exactly
    that. `exists` asks whether the set holds anything."""
    MEMBERSHIP = "membership"
    """Other segments. `equals` and `contains` take one and ask whether the customer is in it; `in`
    takes a list and asks whether the customer is in any of them."""
    PRESENCE = "presence"
    """Whether there is a value; the value itself cannot be asked for."""


class Vocabulary(StrEnum):
    """Vocabulary of the texts of a field or of an event."""

    PRODUCT = "product"
    """Product ids, compared exactly."""
    CATEGORY = "category"
    """Names of categories, compared as the product spells them: `gummies` is Edibles."""
    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    """Campaign ids, compared exactly."""
    TIER = "tier"
    LOYALTY_TIER = "loyaltyTier"
    TAG = "tag"
    """Tags that staff gave, compared in any case."""
    CONSENT = "consent"
    RISK = "risk"
    """Levels of churn risk."""
    SEGMENT = "segment"
    """Ids of the eight segments; older names for them are understood."""
    CUSTOM_SEGMENT = "customSegment"
    """Ids of custom segments, compared exactly."""


_EXISTENCE = (Operator.EXISTS, Operator.NOT_EXISTS)
_EQUALITY = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN, Operator.NOT_IN)
_CONTAINMENT = (Operator.CONTAINS, Operator.NOT_CONTAINS)
_ORDERED = (
    Operator.EQUALS,
    Operator.NOT_EQUALS,
    Operator.GREATER_THAN,
    Operator.LESS_THAN,
    Operator.AT_LEAST,
    Operator.AT_MOST,
    Operator.BETWEEN,
    Operator.IN,
    Operator.NOT_IN,
    *_EXISTENCE,
)

OPERATORS: Mapping[FieldType, tuple[Operator, ...]] = MappingProxyType(
    {
        FieldType.MONEY: _ORDERED,
        FieldType.COUNT: _ORDERED,
        FieldType.PERCENT: _ORDERED,
        FieldType.DAYS: _ORDERED,
        FieldType.DATE: _ORDERED,
        FieldType.TEXT: (*_EQUALITY, *_EXISTENCE),
        FieldType.SET: (*_EQUALITY, *_CONTAINMENT, *_EXISTENCE),
        FieldType.MEMBERSHIP: (*_EQUALITY, *_CONTAINMENT),
        FieldType.PRESENCE: _EXISTENCE,
    }
)
"""The operators of each type, in the order in which they are documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the customer that a condition may test."""

    name: str
    type: FieldType
    description: str
    vocabulary: Vocabulary | None = None
    """Vocabulary of its texts; None for fields without texts."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators that may be used with this field."""
        return OPERATORS[self.type]


_CATALOGUE = (
    Field(name="totalSpent", type=FieldType.MONEY, description="Sum of all counted orders."),
    Field(name="lifetimeValue", type=FieldType.MONEY, description="Equal to totalSpent."),
    Field(name="orderCount", type=FieldType.COUNT, description="Number of counted orders."),
    Field(
        name="avgOrderValue",
        type=FieldType.MONEY,
        description="totalSpent divided by orderCount, compared exactly and never rounded.",
    ),
    Field(name="firstOrderDate", type=FieldType.DATE, description="Date of the first order."),
    Field(name="lastOrderDate", type=FieldType.DATE, description="Date of the latest order."),
    Field(
        name="daysSinceFirstOrder",
        type=FieldType.DAYS,
        description="Whole days since the first order.",
    ),
    Field(
        name="daysSinceLastOrder",
        type=FieldType.DAYS,
        description="Whole days since the latest order.",
    ),
    Field(
        name="preferredCategories",
        type=FieldType.SET,
        vocabulary=Vocabulary.CATEGORY,
        description="The three categories with the highest spend.",
    ),
    Field(
        name="product",
        type=FieldType.SET,
        vocabulary=Vocabulary.PRODUCT,
        description="Every product ever bought, by id.",
    ),
    Field(
        name="category",
        type=FieldType.SET,
        vocabulary=Vocabulary.CATEGORY,
        description="Every category ever bought from.",
    ),
    Field(
        name="channel",
        type=FieldType.SET,
        vocabulary=Vocabulary.CHANNEL,
        description="Every channel ever ordered through.",
    ),
    Field(
        name="firstOrderCategory",
        type=FieldType.SET,
        vocabulary=Vocabulary.CATEGORY,
        description="The category with most of the first order's amount.",
    ),
    Field(
        name="firstOrderChannel",
        type=FieldType.SET,
        vocabulary=Vocabulary.CHANNEL,
        description="The channel of the first order.",
    ),
    Field(
        name="firstOrderCampaign",
        type=FieldType.SET,
        vocabulary=Vocabulary.CAMPAIGN,
        description="The campaign that the first order names, by id.",
    ),
    Field(
        name="campaignReceived",
        type=FieldType.SET,
        vocabulary=Vocabulary.CAMPAIGN,
        description="Every campaign whose messages were sent to the customer, by id.",
    ),
    Field(
        name="tier",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.TIER,
        description="Tier by lifetime value, whatever the loyalty programme says: gold above 2,000 "
        "spent, silver above 500, bronze otherwise. See loyaltyTier for the other.",
    ),
    Field(
        name="loyaltyTier",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.LOYALTY_TIER,
        description="Tier of the loyalty programme in the dashboard's own documents, which "
        "customers and their filters call tier.",
    ),
    Field(
        name="tags",
        type=FieldType.SET,
        vocabulary=Vocabulary.TAG,
        description="Tags that staff gave in the dashboard.",
    ),
    Field(
        name="emailConsent",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.CONSENT,
        description="Consent for e-mail: denied if any document says so or the customer "
        "unsubscribed or complained; unknown if nothing is recorded.",
    ),
    Field(
        name="smsConsent",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.CONSENT,
        description="Consent for text messages: denied if any document says so or the customer "
        "unsubscribed or complained; unknown if nothing is recorded.",
    ),
    Field(
        name="segment",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.SEGMENT,
        description="The customer's segment, one of the eight.",
    ),
    Field(
        name="customSegment",
        type=FieldType.MEMBERSHIP,
        vocabulary=Vocabulary.CUSTOM_SEGMENT,
        description="Other custom segments the customer is in.",
    ),
    Field(
        name="churnRisk",
        type=FieldType.TEXT,
        vocabulary=Vocabulary.RISK,
        description="low below 26 percent of churnProbability, medium below 51, high below 76, "
        "else critical.",
    ),
    Field(
        name="churnProbability",
        type=FieldType.PERCENT,
        description="Probability of no order within the organisation's horizon. No value before a "
        "model is in force, as for churnRisk and predictedLtv.",
    ),
    Field(
        name="predictedLtv",
        type=FieldType.MONEY,
        description="Revenue to expect in the next 12 months, discounted.",
    ),
    Field(name="email", type=FieldType.PRESENCE, description="Whether there is an e-mail address."),
    Field(name="phone", type=FieldType.PRESENCE, description="Whether there is a phone number."),
    Field(name="displayName", type=FieldType.PRESENCE, description="Whether there is a name."),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _CATALOGUE})
"""Every field by its name."""
