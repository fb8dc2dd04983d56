"""A night's thirtieth of an organisation: its orders, and customers and days compared with SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from shared.audit.computed_customers import (
    aggregate_differences,
    computed_customer,
    segment_differences,
)
from shared.audit.expected_counters import add_row
from shared.audit.later_changes import LaterChanges
from shared.audit.ports import AuditStore, AuditWarehouse
from shared.audit.predictions import prediction_differences
from shared.audit.report import SLICES
from shared.kernel.clock import Clock
from shared.kernel.days import start_of
from shared.nightly.question import ComputedOrganization
from shared.reconciliation.counter_differences import compare_counters
from shared.reconciliation.counters import CounterDeltas, DailyDelta, SegmentCountsDelta
from shared.reconciliation.differences import Difference
from shared.reconciliation.flows import ends_of_flows
from shared.reconciliation.id_range import IdRange
from shared.reconciliation.ports import StoredCounters
from shared.segments.rules import SegmentRules

KEYS = 0x10000
"""Customers' keys are hashes in hexadecimal digits, so their first four split them evenly."""
EPOCH, DAY = date(1970, 1, 1), timedelta(days=1)
DAYS_IN_A_ROW = 15
"""The recorded transitions of this many days are counted at once."""


def slice_size(orders: int, slice: int) -> int | None:
    """Return how many orders behind its place a night compares; None for all remaining ones."""
    nights = SLICES - slice
    return None if nights == 1 else max(1, -(-orders // nights))


def unequal_slice(
    store: AuditStore,
    warehouse: AuditWarehouse,
    organization: ComputedOrganization,
    rules: SegmentRules,
    slice: int,
    later_changes: LaterChanges,
    *,
    first_day: date | None,
    clock: Clock,
) -> list[Difference]:
    """Return the differences of the customers and days of a slice, except those that later orders
    explain.

    Segments, predictions, first and last orders of the customers; of the days from `first_day` on
    all counters. Costs one read per customer and per document of a day; and nine, and two for each
    custom segment, for each DAYS_IN_A_ROW.
    """
    at, org_id = store.now(), organization.org_id
    keys = _keys(slice)
    stored = {each.customer_key: each for each in store.audited_customers(org_id, keys, at)}
    now = clock()
    computed_customers = {
        row["customer_key"]: computed_customer(row)
        for row in warehouse.customers(organization, now, keys)
    }
    differences = [
        difference
        for key in sorted(stored.keys() | computed_customers.keys())
        for difference in (
            *aggregate_differences(key, stored.get(key), computed_customers.get(key)),
            *segment_differences(key, stored.get(key), computed_customers.get(key), now),
        )
    ]
    differences += [
        difference
        for customer in stored.values()
        for difference in prediction_differences(customer, rules, now)
    ]
    days = _days(slice, first_day, organization.today)
    of_flows: list[Difference] = []
    if days:
        counters = store.audited_days(org_id, days, at)
        expected = CounterDeltas()
        for row in warehouse.days(organization, days):
            add_row(expected.day(org_id, row["local_date"]), row)
        for day, day_counters in counters.items():
            expected.day(org_id, day).flows.update(day_counters.flows)
        stored_counters = StoredCounters(days=counters, counts=SegmentCountsDelta(), campaigns={})
        differences += compare_counters(org_id, expected, stored_counters).differences
        of_flows = _flow_differences(store, organization, rules, days, counters, at)
    return [*of_flows, *(each for each in differences if not later_changes.explains(each))]


def _flow_differences(
    store: AuditStore,
    organization: ComputedOrganization,
    rules: SegmentRules,
    days: Sequence[date],
    counters: Mapping[date, DailyDelta],
    at: datetime,
) -> list[Difference]:
    """Return differences between counted and recorded transitions: as of one instant, they are
    equal."""
    differences = []
    for _, group in groupby(days, key=_row):
        row = list(group)
        counted_ends = Counter[str]()
        for day in row:
            counted_ends.update(ends_of_flows(counters.get(day, DailyDelta()).flows))
        recorded_ends = store.arrivals(
            organization.org_id,
            rules.custom.ids,
            start_of(row[0], organization.time_zone),
            start_of(row[-1] + DAY, organization.time_zone),
            at,
        )
        differences += [
            Difference(
                document=f"days {row[0]} to {row[-1]}",
                field=name,
                found=counted_ends[name],
                expected=count,
            )
            for name, count in recorded_ends.items()
            if counted_ends[name] != count
        ]
    return differences


def _keys(slice: int) -> IdRange:
    after, until = (f"{KEYS * number // SLICES:04x}" for number in (slice, slice + 1))
    return IdRange(after=after if slice else None, until=until if slice + 1 < SLICES else None)


def _days(slice: int, first: date | None, last: date) -> list[date]:
    """Some in a row, and those SLICES times as many later, so that each slice has some of every
    few months."""
    if first is None:
        return []
    every = (first + days * DAY for days in range((last - first).days + 1))
    return [day for day in every if _row(day) % SLICES == slice]


def _row(day: date) -> int:
    return (day - EPOCH).days // DAYS_IN_A_ROW
