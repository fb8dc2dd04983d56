"""A list of customers as a CSV file, made and sent piece by piece.

RFC 4180 with a header line, in UTF-8 with a byte order mark, which spreadsheets need to see that it
is UTF-8. Text that a spreadsheet would take for a formula begins with an apostrophe, also behind a
semicolon or a tab: where these are what separates, a spreadsheet begins a new cell there.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from flask import Response

from functions.http.context import Organization
from shared import logs
from shared.errors import BrokenExportError
from shared.segments.customer_selection import ListedCustomer
from shared.segments.explanation import whole_days

CSV = "text/csv"
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
)

_BYTE_ORDER_MARK = "\ufeff"
# Spreadsheets set to Japanese or Chinese take the wide forms of these signs for the same.
_FORMULA = re.compile(r"(?<![^;\t\r\n])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r])")


def csv_file(batches: Iterator[list[ListedCustomer]], organization: Organization) -> Response:
    """The answer: a file that is made while it is sent, a batch of customers in memory at a time.

    The first batch is read before the answer begins, so that a failure of it is still answered as
    a problem. A later one breaks the connection: whoever receives the file knows that it is not
    whole, which a last line in it would not tell to a program.
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
    yield _BYTE_ORDER_MARK + _lines([COLUMNS])
    yield _lines(_row(customer, as_of) for customer in first)
    try:
        for batch in others:
            yield _lines(_row(customer, as_of) for customer in batch)
    except Exception:
        logs.export_failed(org_id)
        # Without its cause: the server writes the text of what reaches it to its own log.
        raise BrokenExportError("An export ended before its last customer.") from None


def _row(customer: ListedCustomer, as_of: datetime) -> Sequence[str | int | None]:
    contact = customer.contact
    return (
        _text(customer.customer_key),
        _text(contact.display_name),
        _text(contact.email),
        _text(contact.phone),
        _text(customer.segment),
        _text(";".join(customer.custom_segments)),
        _money(customer.lifetime_value_cents),
        customer.order_count,
        _money(customer.average_order_value_cents),
        _instant(customer.first_ordered_at),
        _instant(customer.last_ordered_at),
        whole_days(customer.last_ordered_at, as_of),
    )


def _text(value: str | None) -> str | None:
    return None if value is None else _FORMULA.sub("'", value)


def _money(cents: int | None) -> str | None:
    return None if cents is None else f"{cents // 100}.{cents % 100:02}"


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _lines(rows: Iterable[Sequence[str | int | None]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
