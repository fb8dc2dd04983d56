"""A list of customers as a CSV file, made and sent piece by piece.

See `shared.web.csv_cells` for its form.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Response

from shared.kernel import logs
from shared.kernel.errors import BrokenExportError
from shared.segments.customer_selection import ListedCustomer
from shared.segments.explanation import whole_days
from shared.web.context import Organization
from shared.web.csv_cells import BYTE_ORDER_MARK, CSV, instant, lines, money, text

FILE_NAME = "customers.csv"
COLUMNS = (
    "customerKey",
    "name",
    "email",
    "phone",
    "segment",
    "customSegments",
    "totalSpent",
    "orders",
    "avgOrderValue",
    "firstOrderDate",
    "lastOrderDate",
    "daysSinceLastOrder",
    "firstName",
    "lastName",
    "tier",
    "points",
    "tags",
    "emailConsent",
    "smsConsent",
    "source",
    "createdAt",
    "profileIds",
)


def csv_file(batches: Iterator[list[ListedCustomer]], organization: Organization) -> Response:
    """Return the response: a file that is made while it is sent, one batch of customers in memory
    at a time.

    The first batch is read before the answer begins, so that a failure of it is still answered as a
    problem. A later one breaks the connection: the client sees that the file is incomplete, which a
    last line in it would not show to a program.
    """
    first = next(batches, [])
    return Response(
        _pieces(first, batches, organization.id, organization.as_of),
        mimetype=CSV,
        headers={"Content-Disposition": f"attachment; filename={FILE_NAME}"},
    )


def _pieces(
    first: list[ListedCustomer],
    others: Iterator[list[ListedCustomer]],
    org_id: str,
    as_of: datetime,
) -> Iterator[str]:
    yield BYTE_ORDER_MARK + lines([COLUMNS])
    yield lines(_row(customer, as_of) for customer in first)
    try:
        for batch in others:
            yield lines(_row(customer, as_of) for customer in batch)
    except Exception:
        logs.export_failed(org_id)
        # Without its cause: the server writes the text of what reaches it to its own log.
        raise BrokenExportError("The export ended before its last customer.") from None


def _row(customer: ListedCustomer, as_of: datetime) -> Sequence[str | int | None]:
    contact, profile = customer.contact, customer.profile
    return (
        text(customer.customer_key),
        text(contact.display_name),
        text(contact.email),
        text(contact.phone),
        text(customer.segment),
        text(";".join(customer.custom_segments)),
        money(customer.lifetime_value_cents),
        customer.order_count,
        money(customer.average_order_value_cents),
        instant(customer.first_ordered_at),
        instant(customer.last_ordered_at),
        whole_days(customer.last_ordered_at, as_of),
        text(profile.first_name),
        text(profile.last_name),
        text(profile.tier),
        profile.points,
        text(";".join(profile.tags)),
        text(profile.email_consent.consent if profile.email_consent else None),
        text(profile.sms_consent.consent if profile.sms_consent else None),
        text(profile.source),
        instant(profile.created_at),
        text(";".join(profile.ids)),
    )
