"""Customers of an organisation."""

from datetime import UTC
from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.customers import answers as models
from shared.customers.csv_file import csv_file
from shared.customers.presentation import customer_detail, customer_profile
from shared.customers.query import (
    CustomerFilters,
    CustomersExport,
    CustomersQuery,
    CustomersSearch,
    ExportQuery,
)
from shared.customers.record_store import CustomerRecords
from shared.customers.store import CustomerCursor, CustomerLists
from shared.kernel.document_ids import is_document_id
from shared.kernel.errors import InvalidParameterError, NotFoundError
from shared.segments.customer_selection import Selection
from shared.web.answers import SIGNED_IN, WITH_BODY, answer, file_responses, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.filters import ListFormat
from shared.web.limits import count_scan
from shared.web.parameters import CustomerPath, OrganizationQuery

routes = APIBlueprint(
    "customers",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Customers", description="Customers and the reasons for their segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/customers",
    operation_id="listCustomers",
    responses={
        **signed_in_responses(None, HTTPStatus.TOO_MANY_REQUESTS),
        200: {
            "description": "OK",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Customers"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        },
    },
)
def list_customers(query: CustomersQuery) -> Response:
    """List customers, a page at a time or as a file.

    A customer must meet every filter. A customer that does not change between two pages appears on
    exactly one of them, whatever happens to others.

    A page costs one document read per customer on it and one more if at most one of `segment`,
    `search`, `tier`, `tag` and a consent that is not `unknown` is given, `search` is one word of up
    to eight characters, and only the sort key is limited: dates with `lastOrderDate`, amounts with
    `totalSpent`. All other filters are applied to what is read, up to 1,000 documents per page: a
    page may then have fewer customers than `pageSize`, or none, and still have a `nextPageToken`.

    `format=csv` returns the complete list, as of one instant, as the file `customers.csv`: UTF-8
    with a byte order mark, lines that end in CR LF, fields quoted as in RFC 4180, and columns
    customerKey, name, email, phone, segment, customSegments (ids joined by `;`), totalSpent,
    orders, avgOrderValue, firstOrderDate, lastOrderDate, daysSinceLastOrder, firstName, lastName,
    tier, points, tags (joined by `;`), emailConsent, smsConsent, source, createdAt and profileIds
    (joined by `;`). Text that begins
    with `=`, `+`, `-`, `@`, a tab or CR has a `'` before it, so that a spreadsheet does not read it
    as a formula; so do their full-width forms, and such text after a `;` or a tab. If an error cuts
    the file short, the connection breaks.
    """
    if query.format_ is ListFormat.CSV:
        return _file(query)
    return _page(query)


@routes.post(
    "/customers:search",
    operation_id="searchCustomers",
    responses=signed_in_responses(models.Customers, *WITH_BODY),
)
def search_customers(query: OrganizationQuery, body: CustomersSearch) -> Response:
    """List customers, a page at a time, with names and addresses in the body.

    The same as `GET /v1/customers` otherwise: URLs end up in logs and histories, bodies do not.
    Page tokens of the two are interchangeable.
    """
    return _page(body)


@routes.get(
    "/customers:export",
    operation_id="exportCustomers",
    responses=file_responses("The complete list.", HTTPStatus.TOO_MANY_REQUESTS),
)
def export_customers(query: ExportQuery) -> Response:
    """Get the complete list of customers as a file.

    The same file as `GET /v1/customers` with `format=csv`. Costs one document read per customer
    that the narrowest of the filters leaves.
    """
    return _file(query)


@routes.post(
    "/customers:export",
    operation_id="exportFoundCustomers",
    responses=file_responses("The complete list.", HTTPStatus.TOO_MANY_REQUESTS, *WITH_BODY),
)
def export_found_customers(query: OrganizationQuery, body: CustomersExport) -> Response:
    """Get the complete list of customers as a file, with names and addresses in the body.

    The same file as `GET /v1/customers:export` otherwise.
    """
    return _file(body)


def _file(query: CustomerFilters) -> Response:
    current = organization()
    selection = _selection(query, current)
    count_scan()
    return csv_file(current.open(CustomerLists).batches(selection), current)


def _page(query: CustomersQuery | CustomersSearch) -> Response:
    current = organization()
    selection = _selection(query, current)
    pager = current.pager("customers", *selection.arguments, token=query.page_token)
    place = pager.after()
    after = CustomerCursor(value=place[0], customer_key=place[1]) if place else None
    page = current.open(CustomerLists).page(selection, size=query.page_size, after=after)
    return answer(
        models.Customers(
            org_id=current.id,
            as_of=current.as_of,
            customers=[
                customer_profile(customer, current, selection.sort) for customer in page.customers
            ],
            next_page_token=pager.next_token(
                [page.next.value, page.next.customer_key] if page.next else None
            ),
        )
    )


def _selection(query: CustomerFilters, current: Organization) -> Selection:
    """Return the requested list. Raises InvalidParameterError for an unknown custom segment."""
    selection = query.selection(current.settings().time_zone if query.by_day else UTC)
    wanted_id = selection.custom_segment
    # One that is new is not in the settings that are kept in memory.
    if wanted_id is not None and not (
        wanted_id in current.settings().rules.custom.ids
        or wanted_id in current.fresh_settings().rules.custom.ids
    ):
        raise InvalidParameterError(
            "must be a segment, or a custom segment of this organisation", parameter="segment"
        )
    return selection


@routes.get(
    "/customers/<customerKey>",
    operation_id="getCustomer",
    responses=signed_in_responses(models.CustomerDetail),
)
def get_customer(path: CustomerPath, query: OrganizationQuery) -> Response:
    """Get one customer with the reason for the segment and the latest orders.

    Costs one document read, and one per order shown.
    """
    current = organization()
    key = path.customer_key
    records = current.open(CustomerRecords)
    record = records.customer(key) if is_document_id(key) else None
    if record is None:
        raise NotFoundError("The customer does not exist.")
    return answer(customer_detail(record, records.recent_orders(key), current))
