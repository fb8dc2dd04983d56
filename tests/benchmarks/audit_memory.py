"""Memory of an audit of a shop of a million orders and 333,000 customers.

Simulated: the process that is measured is a new one, which imports what the function imports and
keeps what an audit keeps of each order and customer that it compares at once, all with keys,
instants and numbers of their own. A quiet night has a thirtieth of both. Where something differs,
the product's own check goes through every customer, who come from memory instead of the databases,
a predicted value included; so it does on demand, when orders are compared in parts.
"""

import subprocess
import sys

from shared.audit.orders import ORDERS_AT_ONCE
from tests.benchmarks.ratio import Ratio
from tools.stack.firebase_cli import ROOT

ORDERS, CUSTOMERS, NIGHTS = 1_000_000, 333_333, 30
GOAL_MIB = 400

AUDIT = """
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import main
from shared.audit.computed_customers import computed_customer
from shared.audit.derived import audit_derived
from shared.audit.ports import AuditedCustomer, AuditedState
from shared.nightly.question import ComputedOrganization
from shared.predictions.features import Features
from shared.predictions.prediction import Prediction
from shared.predictions.risk import RiskLevel
from shared.reconciliation.counters import SegmentCountsDelta
from shared.segments.rules import SegmentRules
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds

orders, kept, compared = map(int, sys.argv[1:])
SEGMENTS = list(Segment)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGINNING - timedelta(days=1)

def at(seconds):
    return BEGINNING + timedelta(seconds=seconds)

def prediction(n):
    features = Features(
        purchase_days=n % 9 + 1,
        span_days=1000 + n,
        squared_gap_days=n + 0.5,
        recent_weight=1 + n / 7,
        spend_cents=5000 + n,
        last_ordered_at=at(n + 1),
    )
    return Prediction(
        risk=RiskLevel.LOW, ltv_cents=n + 300, horizon_days=90, features=features
    )

def documents(customers):
    for n in range(customers):
        yield AuditedCustomer(
            customer_key=f"{n:032x}",
            order_count=n % 9 + 1,
            lifetime_value_cents=5000 + n,
            first_ordered_at=at(n),
            last_ordered_at=at(n + 1),
            first_local_date=date.fromordinal(730000 + n % 2000),
            segment=SEGMENTS[n % 8],
            custom_segments=(),
            rules="of before",
            next_transition_at=at(n + 9),
            prediction=prediction(n),
        )

def rows(customers):
    for n in range(customers):
        yield {
            "customer_key": f"{n:032x}",
            "orders": n % 9 + 1,
            "lifetime_value_cents": 5000 + n,
            "first_ordered_at": at(n),
            "last_ordered_at": at(n + 1),
            "segment": SEGMENTS[n % 8].value,
        }

class Store:
    def audited(self, org_id, time_zone):
        counts = SegmentCountsDelta()
        return AuditedState(
            read_at=NOW, days={}, counts=counts, campaigns={}, flows={}, members={}
        )
    def audited_customers(self, org_id, keys, at):
        return documents(compared)
    def ledger(self, org_id, at):
        return iter(())
    def ledger_documents(self, ids):
        return {}

class Warehouse:
    def customers(self, organization, now):
        return rows(compared)
    def days(self, organization):
        return iter(())

read = {f"order-{n:014}": n.to_bytes(16, "big") for n in range(orders)}
suspects = set(read)
ledger = {f"order-{n:014}": n.to_bytes(16, "big") for n in range(orders)}
stored = {each.customer_key: each for each in documents(kept)}
computed = {row["customer_key"]: computed_customer(row) for row in rows(kept)}
if compared:
    shop = ComputedOrganization(
        org_id="org_large", time_zone=ZoneInfo("UTC"), today=NOW.date(), thresholds=Thresholds()
    )
    checks = audit_derived(
        "org_large", Store(), Warehouse(), None, lambda: shop, SegmentRules, None,
        clock=lambda: NOW, settled_by=NOW, added=(), export_is_right=True, repair=False,
    )
    assert checks[0].expected == checks[0].found == compared and not checks[0].drift
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
"""


def measure() -> list[Ratio]:
    """The largest resident set of each depth, against the goal."""
    slice, customers = ORDERS // NIGHTS, CUSTOMERS // NIGHTS
    return [
        _ratio("a night that finds nothing", slice, customers, 0),
        _ratio("a night that finds something", slice, customers, CUSTOMERS),
        _ratio("on demand", ORDERS_AT_ONCE, 0, CUSTOMERS),
    ]


def _ratio(what: str, orders: int, kept: int, compared: int) -> Ratio:
    audit = subprocess.run(
        [sys.executable, "-c", AUDIT, str(orders), str(kept), str(compared)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    mebibytes = int(audit.stdout) / 1024
    return Ratio(
        what=f"memory of an audit of {ORDERS:,} orders, {what} (simulated)",
        baseline=f"{GOAL_MIB} MiB",
        value=mebibytes / GOAL_MIB,
        goal="≤ 1.00",
        figures=f"{mebibytes:.0f} MiB / {GOAL_MIB} MiB",
    )
