"""The form of all CSV files.

RFC 4180 with a header line, in UTF-8 with a byte order mark, which spreadsheets need to see that it
is UTF-8. Text that a spreadsheet would take for a formula begins with an apostrophe, also behind a
semicolon or a tab and behind quotation marks: where these are what separates, a spreadsheet begins
a new cell there.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

CSV = "text/csv"
BYTE_ORDER_MARK = "\ufeff"

# Spreadsheets set to Japanese or Chinese take the wide forms of these signs for the same.
# Quotation marks at the beginning of a cell are taken away when it is read.
_FORMULA = re.compile(r"^(?=[\t\r])|(^|[;\t\r\n])(\"*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def text(value: str | None) -> str | None:
    """Text of any kind, as text."""
    return None if value is None else _FORMULA.sub(r"\1\2'", value)


def money(cents: int | None) -> str | None:
    """An amount of 0 or more in the currency unit, with its cents."""
    return None if cents is None else f"{cents // 100}.{cents % 100:02}"


def instant(value: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def lines(rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """Lines of a file."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
