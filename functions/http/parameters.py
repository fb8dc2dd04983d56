"""What callers may send: the path and query parameters of the routes."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from functions.http.schema import DescribedOnce, no_default, untitled
from shared.document_ids import MAX_ID_LENGTH
from shared.segments.segment import Segment, segment_named
from shared.storage.organization_reader import CustomerList, CustomerSort

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_PAGE_TOKEN_LENGTH = 1_000


class SortField(StrEnum):
    """What customers can be sorted by."""

    LAST_ORDER_DATE = "lastOrderDate"
    TOTAL_SPENT = "totalSpent"
    ORDER_COUNT = "orderCount"
    AVG_ORDER_VALUE = "avgOrderValue"


class SortOrder(StrEnum):
    """Direction of a sorted list."""

    DESC = "desc"
    ASC = "asc"


_STORED_SORT = {
    SortField.LAST_ORDER_DATE: CustomerSort.LAST_ORDER,
    SortField.TOTAL_SPENT: CustomerSort.TOTAL_SPENT,
    SortField.ORDER_COUNT: CustomerSort.ORDER_COUNT,
    SortField.AVG_ORDER_VALUE: CustomerSort.AVERAGE_ORDER_VALUE,
}


def _segment(value: object) -> object:
    segment = segment_named(value) if isinstance(value, str) else None
    if segment is None:
        raise ValueError("must be one of " + ", ".join(Segment))
    return segment


def _page_size(value: object) -> object:
    """Digits only; more than is allowed means as many as are allowed."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number of 1 or more")
    digits = value.lstrip("0")
    if not digits:
        raise ValueError("must be a whole number of 1 or more")
    return min(int(digits[:9]), MAX_PAGE_SIZE)


PageSize = Annotated[
    int,
    BeforeValidator(_page_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "default": DEFAULT_PAGE_SIZE}),
]
"""Entries per page."""


class NoParameters(DescribedOnce):
    """Base of all: any other parameter is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=untitled)


class OrganizationQuery(NoParameters):
    """Which organisation."""

    org: str | SkipJsonSchema[None] = Field(
        default=None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Id of the organisation; the caller's own where left out. Only a super_user "
        "may name another one: for anyone else that is 404, whether it exists or not.",
        json_schema_extra=no_default,
    )


class PageQuery(OrganizationQuery):
    """Which page of a list that takes no other arguments."""

    page_size: PageSize = Field(
        default=DEFAULT_PAGE_SIZE,
        alias="pageSize",
        description=f"Items per page; more than {MAX_PAGE_SIZE} means {MAX_PAGE_SIZE}.",
    )
    page_token: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="pageToken",
        min_length=1,
        max_length=MAX_PAGE_TOKEN_LENGTH,
        description="`nextPageToken` of a call with the same organisation; the first page where "
        "left out.",
        json_schema_extra=no_default,
    )


class CustomersQuery(OrganizationQuery):
    """Which customers, in which order."""

    segment: Annotated[
        Segment | SkipJsonSchema[None],
        BeforeValidator(_segment),
        WithJsonSchema({"type": "string", "enum": [segment.value for segment in Segment]}),
    ] = Field(
        default=None,
        description="Only customers in this segment. Names used by earlier dashboards, such as "
        "`at-risk` and `VIP`, are understood too.",
        json_schema_extra=no_default,
    )
    sort: SortField = Field(
        default=SortField.LAST_ORDER_DATE,
        description="What to sort by; the customer's id decides between equal values.",
    )
    order: SortOrder = Field(
        default=SortOrder.DESC, description="Largest or latest first (`desc`), or last (`asc`)."
    )
    page_size: PageSize = Field(
        default=DEFAULT_PAGE_SIZE,
        alias="pageSize",
        description=f"Customers per page; more than {MAX_PAGE_SIZE} means {MAX_PAGE_SIZE}.",
    )
    page_token: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="pageToken",
        min_length=1,
        max_length=MAX_PAGE_TOKEN_LENGTH,
        description="`nextPageToken` of a call with the same organisation, segment, sort and "
        "order; the first page where left out.",
        json_schema_extra=no_default,
    )

    @property
    def wanted(self) -> CustomerList:
        """The list asked for."""
        return CustomerList(
            segment=self.segment,
            sort=_STORED_SORT[self.sort],
            descending=self.order is SortOrder.DESC,
        )


class CustomerPath(BaseModel):
    """Which customer."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    customer_key: str = Field(
        alias="customerKey", description="The customer's `id` in a list of customers."
    )
