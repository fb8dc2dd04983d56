"""Query parameters of a list of customers."""

from datetime import date, tzinfo
from enum import StrEnum
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from shared.predictions.risk import RiskLevel
from shared.segments.contact_search import MAX_SEARCH_LENGTH, MIN_SEARCH_LENGTH, Search, search_for
from shared.segments.crm_profile import Consent, LoyaltyTier, tag_key
from shared.segments.customer_selection import CustomerSort, LocalDays, Selection
from shared.segments.segment import Segment
from shared.web.filters import ListFormat, SegmentIfAny
from shared.web.parameter_types import ANY_DAY, ParameterType, amount, one_of
from shared.web.parameters import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    MAX_PAGE_TOKEN_LENGTH,
    NoParameters,
    OrganizationQuery,
    PageSize,
    SortOrder,
)
from shared.web.schema import no_default

MAX_TYPED_SEARCH_LENGTH = 4 * MAX_SEARCH_LENGTH
"""Characters of a search before it is normalised, which can make it shorter or longer."""

MAX_TAG_LENGTH = 200


class SortField(StrEnum):
    """Sort keys of customers."""

    LAST_ORDER_DATE = "lastOrderDate"
    TOTAL_SPENT = "totalSpent"
    ORDER_COUNT = "orderCount"
    AVG_ORDER_VALUE = "avgOrderValue"
    DISPLAY_NAME = "displayName"
    PREDICTED_LTV = "predictedLtv"


_STORED_SORT = {
    SortField.LAST_ORDER_DATE: CustomerSort.LAST_ORDER,
    SortField.TOTAL_SPENT: CustomerSort.TOTAL_SPENT,
    SortField.ORDER_COUNT: CustomerSort.ORDER_COUNT,
    SortField.AVG_ORDER_VALUE: CustomerSort.AVERAGE_ORDER_VALUE,
    SortField.DISPLAY_NAME: CustomerSort.NAME,
    SortField.PREDICTED_LTV: CustomerSort.PREDICTED_LTV,
}


def _tag(value: object) -> str:
    key = tag_key(value) if isinstance(value, str) and len(value) <= MAX_TAG_LENGTH else ""
    if not key:
        raise ValueError(f"must be a tag of 1 to {MAX_TAG_LENGTH} characters")
    return key


def _search(value: object) -> Search:
    if not isinstance(value, str) or len(value) > MAX_TYPED_SEARCH_LENGTH:
        raise ValueError(f"must have at most {MAX_SEARCH_LENGTH} characters")
    return search_for(value)


_DayIfAny = Annotated[date | SkipJsonSchema[None], ANY_DAY]
_AmountIfAny = Annotated[int | SkipJsonSchema[None], amount(below=10**12)]
_ConsentIfAny = Annotated[Consent | SkipJsonSchema[None], one_of(Consent)]
_Tag = Annotated[
    str | SkipJsonSchema[None],
    ParameterType(_tag, {"type": "string", "minLength": 1, "maxLength": MAX_TAG_LENGTH}),
]


class CustomerFilters(NoParameters):
    """Filters and sort order of a list of customers. A result must meet every filter."""

    segment: SegmentIfAny = Field(
        default=None,
        description="Only customers in this segment, one of the eight or a custom one. Names used "
        "by earlier dashboards, such as `at-risk` and `VIP`, are understood too.",
        json_schema_extra=no_default,
    )
    risk: Annotated[RiskLevel | SkipJsonSchema[None], one_of(RiskLevel)] = Field(
        default=None,
        description="Only customers at this level of churn risk, as recorded: a change by time is "
        "recorded within minutes. None before a model is in force.",
        json_schema_extra=no_default,
    )
    last_order_from: _DayIfAny = Field(
        default=None,
        alias="lastOrderFrom",
        description="Only customers whose latest order was placed on this day of the "
        "organisation's time zone or later.",
        json_schema_extra=no_default,
    )
    last_order_to: _DayIfAny = Field(
        default=None,
        alias="lastOrderTo",
        description="Only customers whose latest order was placed on this day of the "
        "organisation's time zone or earlier.",
        json_schema_extra=no_default,
    )
    min_total_spent: _AmountIfAny = Field(
        default=None,
        alias="minTotalSpent",
        description="Only customers whose `totalSpent` is at least this; at most two decimals.",
        json_schema_extra=no_default,
    )
    max_total_spent: _AmountIfAny = Field(
        default=None,
        alias="maxTotalSpent",
        description="Only customers whose `totalSpent` is at most this; at most two decimals.",
        json_schema_extra=no_default,
    )
    search: Annotated[
        Search | SkipJsonSchema[None],
        ParameterType(
            _search, {"type": "string", "minLength": 1, "maxLength": MAX_TYPED_SEARCH_LENGTH}
        ),
    ] = Field(
        default=None,
        description="Only customers for whom every word of this is the beginning of a word of the "
        "name, of the e-mail address or of a word before its `@`, or of the phone number. Case, "
        "accents and apostrophes do not matter. The phone number counts with the country code, "
        "without it (its last ten digits), and by its last four digits; where a search holds "
        "nothing but digits, blanks and signs such as `+`, `(` and `-`, it is one number. "
        f"{MIN_SEARCH_LENGTH} to {MAX_SEARCH_LENGTH} characters, in which one word has 2 or more. "
        "Of a name, the first eight words can be found.",
        json_schema_extra=no_default,
    )
    tier: Annotated[LoyaltyTier | SkipJsonSchema[None], one_of(LoyaltyTier, any_case=True)] = Field(
        default=None,
        description="Only customers in this tier of the loyalty programme, as the dashboard's own "
        "documents have it: `loyaltyTier` in conditions, where `tier` is the one by lifetime "
        "value.",
        json_schema_extra=no_default,
    )
    tag: _Tag = Field(
        default=None,
        description="Only customers with this tag in the dashboard's own documents, whatever its "
        "case.",
        json_schema_extra=no_default,
    )
    email_consent: _ConsentIfAny = Field(
        default=None,
        alias="emailConsent",
        description="Only customers whose consent for e-mail is `granted`, `denied` or `unknown`. "
        "Customers who unsubscribed or complained count as denied.",
        json_schema_extra=no_default,
    )
    sms_consent: _ConsentIfAny = Field(
        default=None,
        alias="smsConsent",
        description="Only customers whose consent for text messages is `granted`, `denied` or "
        "`unknown`. Customers who unsubscribed or complained count as denied.",
        json_schema_extra=no_default,
    )
    sort: SortField = Field(
        default=SortField.LAST_ORDER_DATE,
        description="Sort key; ties are broken by the customer's id. `displayName` ignores case, "
        "accents and punctuation; customers without a name sort by e-mail address or "
        "phone number, and those without either come last in both directions. `predictedLtv` sorts "
        "by the value as recorded, shows that value, and lists only customers who have one: a "
        "change by time is recorded within minutes.",
    )
    order: SortOrder = Field(
        default=SortOrder.DESC, description="Largest or latest first (`desc`) or last (`asc`)."
    )

    @field_validator("last_order_to", "max_total_spent")
    @classmethod
    def _not_below_the_other_limit(
        cls, value: date | int | None, info: ValidationInfo
    ) -> date | int | None:
        lower = "last_order_from" if info.field_name == "last_order_to" else "min_total_spent"
        limit = info.data.get(lower)
        if value is not None and limit is not None and value < limit:
            raise ValueError(f"must not be less than {cls.model_fields[lower].alias}")
        return value

    @property
    def by_day(self) -> bool:
        """Whether the organisation's time zone is needed."""
        return self.last_order_from is not None or self.last_order_to is not None

    def selection(self, time_zone: tzinfo) -> Selection:
        """Return the requested list."""
        built_in = self.segment if isinstance(self.segment, Segment) else None
        return Selection(
            segment=built_in,
            custom_segment=self.segment if built_in is None else None,
            risk=self.risk,
            search=self.search,
            tier=self.tier,
            tag=self.tag,
            email_consent=self.email_consent,
            sms_consent=self.sms_consent,
            last_order=LocalDays(
                first=self.last_order_from, last=self.last_order_to, time_zone=time_zone
            ),
            min_spent_cents=self.min_total_spent,
            max_spent_cents=self.max_total_spent,
            sort=_STORED_SORT[self.sort],
            descending=self.order is SortOrder.DESC,
        )


class ExportQuery(CustomerFilters, OrganizationQuery):
    """Filters and sort order of a file of customers."""


class CustomersExport(CustomerFilters):
    """Filters and sort order of a file of customers, as a body."""


class CustomersSearch(CustomerFilters):
    """Filters and sort order as a body: names and addresses stay out of URLs."""

    page_size: PageSize = Field(
        default=DEFAULT_PAGE_SIZE,
        alias="pageSize",
        description=f"Maximum customers per page; values above {MAX_PAGE_SIZE} are treated as "
        f"{MAX_PAGE_SIZE}.",
    )
    page_token: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="pageToken",
        min_length=1,
        max_length=MAX_PAGE_TOKEN_LENGTH,
        description="`nextPageToken` of a call with the same organisation, filters, sort and "
        "order; the first page if omitted.",
        json_schema_extra=no_default,
    )


class CustomersQuery(CustomerFilters, OrganizationQuery):
    """Filters, sort order and format of a list of customers."""

    format_: ListFormat = Field(
        default=ListFormat.JSON,
        alias="format",
        description="`json` for a page, `csv` for the complete list as a file: see above.",
    )
    page_size: PageSize = Field(
        default=DEFAULT_PAGE_SIZE,
        alias="pageSize",
        description=f"Maximum customers per page; values above {MAX_PAGE_SIZE} are treated as "
        f"{MAX_PAGE_SIZE}. Not for `format=csv`.",
    )
    page_token: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="pageToken",
        min_length=1,
        max_length=MAX_PAGE_TOKEN_LENGTH,
        description="`nextPageToken` of a call with the same organisation, filters, sort and "
        "order; the first page if omitted. Not for `format=csv`.",
        json_schema_extra=no_default,
    )

    @field_validator("page_size", "page_token")
    @classmethod
    def _only_where_there_are_pages(
        cls, value: int | str | None, info: ValidationInfo
    ) -> int | str | None:
        if info.data.get("format_") is ListFormat.CSV:
            raise ValueError("is not for format=csv, which holds the whole list")
        return value
