"""A night's thirtieth of an organisation's customers and days, against what SQL computes."""

from datetime import date, timedelta

from shared.audit.computed_customers import (
    aggregate_differences,
    computed_customer,
    segment_differences,
)
from shared.audit.expected_counters import add_row
from shared.audit.moved import Moved
from shared.audit.ports import AuditStore, AuditWarehouse
from shared.audit.predictions import prediction_differences
from shared.audit.report import SLICES
from shared.kernel.clock import Clock
from shared.nightly.question import ComputedOrganization
from shared.reconciliation.counter_differences import compare_counters
from shared.reconciliation.counters import CounterDeltas, SegmentCountsDelta
from shared.reconciliation.differences import Difference
from shared.reconciliation.id_range import IdRange
from shared.reconciliation.ports import StoredCounters
from shared.segments.rules import SegmentRules

KEYS = 0x10000
"""Customers' keys are hashes in hexadecimal digits, so their first four part them evenly."""
EPOCH = date(1970, 1, 1)


def unequal_slice(
    store: AuditStore,
    warehouse: AuditWarehouse,
    organization: ComputedOrganization,
    rules: SegmentRules,
    slice: int,
    moved: Moved,
    *,
    first_day: date | None,
    clock: Clock,
) -> list[Difference]:
    """How customers and days of a slice differ, leaving out what orders since explain.

    Segments, predictions, first and last orders of the customers; of the days from `first_day` on
    all counters but those of steps. Costs one read per customer and per document of a day.
    """
    at, org_id = store.now(), organization.org_id
    keys = _keys(slice)
    stored = store.audited_customers(org_id, keys, at)
    now = clock()
    computed = {
        row["customer_key"]: computed_customer(row)
        for row in warehouse.customers(organization, now, keys)
    }
    differences = [
        difference
        for key in sorted(stored.keys() | computed.keys())
        for difference in (
            *aggregate_differences(key, stored.get(key), computed.get(key)),
            *segment_differences(key, stored.get(key), computed.get(key), now),
        )
    ]
    differences += [
        difference
        for customer in stored.values()
        for difference in prediction_differences(customer, rules, now)
    ]
    days = _days(slice, first_day, organization.today)
    if days:
        counters = store.audited_days(org_id, days, at)
        expected = CounterDeltas()
        for row in warehouse.days(organization, days):
            add_row(expected.day(org_id, row["local_date"]), row)
        for day, found in counters.items():
            expected.day(org_id, day).flows.update(found.flows)
        kept = StoredCounters(days=counters, counts=SegmentCountsDelta(), campaigns={})
        differences += compare_counters(org_id, expected, kept).differences
    return [each for each in differences if not moved.explains(each)]


def _keys(slice: int) -> IdRange:
    after, until = (f"{KEYS * number // SLICES:04x}" for number in (slice, slice + 1))
    return IdRange(after=after if slice else None, until=until if slice + 1 < SLICES else None)


def _days(slice: int, first: date | None, last: date) -> list[date]:
    """Every SLICES-th day, so that each slice has some of every year."""
    if first is None:
        return []
    ahead = (slice - (first - EPOCH).days) % SLICES
    return [first + timedelta(days=days) for days in range(ahead, (last - first).days + 1, SLICES)]
