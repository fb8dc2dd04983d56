"""Customers of an organisation."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import models
from functions.http.answers import SIGNED_IN, answer, signed_in_responses
from functions.http.context import organization
from functions.http.parameters import CustomerPath, CustomersQuery, OrganizationQuery
from functions.http.presentation import customer_detail, customer_profile
from shared.document_ids import is_document_id
from shared.errors import NotFoundError
from shared.storage.organization_reader import CustomerCursor

routes = APIBlueprint(
    "customers",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Customers", description="Who they are and why they are in a segment.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/customers", operation_id="listCustomers", responses=signed_in_responses(models.Customers)
)
def list_customers(query: CustomersQuery) -> Response:
    """List customers, a page at a time.

    Costs one document read per customer on the page and one more. A customer that does not change
    between two pages is on exactly one of them.
    """
    current = organization()
    wanted = query.wanted
    arguments = ["customers", current.id, *wanted.arguments]
    after = None
    if query.page_token is not None:
        value, key = current.page_tokens.place(arguments, query.page_token)
        after = CustomerCursor(value=value, customer_key=str(key))
    page = current.reader.customers(wanted, size=query.page_size, after=after)
    return answer(
        models.Customers(
            org_id=current.id,
            as_of=current.as_of,
            customers=[customer_profile(record, current) for record in page.records],
            next_page_token=current.page_tokens.token(
                arguments, [page.next.value, page.next.customer_key]
            )
            if page.next
            else None,
        )
    )


@routes.get(
    "/customers/<customerKey>",
    operation_id="getCustomer",
    responses=signed_in_responses(models.CustomerDetail),
)
def get_customer(path: CustomerPath, query: OrganizationQuery) -> Response:
    """Show one customer, the reason for the segment and the latest orders.

    Costs one document read, and one per order shown.
    """
    current = organization()
    key = path.customer_key
    record = current.reader.customer(key) if is_document_id(key) else None
    if record is None:
        raise NotFoundError("There is no such customer.")
    return answer(customer_detail(record, current.reader.recent_orders(key), current))
