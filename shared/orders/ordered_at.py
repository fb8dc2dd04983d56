"""Order time."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from shared.kernel.instants import parse_instant
from shared.orders.fact import Rejection, RejectionCode
from shared.orders.fields import first_usable

_FIELDS = ("createdAt", "orderedAt", "date", "completedAt")


def ordered_at(data: Mapping[str, object], time_zone: tzinfo = UTC) -> datetime | Rejection:
    """The first date of the order that can be read, in UTC.

    A date that names no offset is one of `time_zone`. An order without a date is rejected. The time
    at which it happens to be processed is never used: a replay would move the sale to another day.
    """
    instant = first_usable(data, _FIELDS, lambda value: parse_instant(value, time_zone))
    if instant.path is None:
        return Rejection(code=RejectionCode.DATE_MISSING, field=_FIELDS[0])
    if instant.value is None:
        return Rejection(code=RejectionCode.DATE_INVALID, field=instant.path)
    return instant.value
