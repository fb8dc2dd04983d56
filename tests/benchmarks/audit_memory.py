"""What an audit holds of a shop of a million orders and 333,000 customers.

Simulated: the process that is measured is a new one, which imports what the function imports and
keeps what an audit keeps of each customer and order, a predicted value included, all with keys,
instants and numbers of their own. A quiet night keeps a thirtieth; where something differs, every
customer is compared; an audit on demand keeps a digest of every order as well.
"""

import subprocess
import sys

from tests.benchmarks.ratio import Ratio
from tools.stack.firebase_cli import ROOT

ORDERS, CUSTOMERS, NIGHTS = 1_000_000, 333_333, 30
GOAL_MIB = 400

AUDIT = """
import sys
from datetime import UTC, date, datetime, timedelta

import main
from shared.audit.computed_customers import computed_customer
from shared.audit.ports import AuditedCustomer
from shared.predictions.features import Features
from shared.predictions.prediction import Prediction
from shared.predictions.risk import RiskLevel
from shared.segments.segment import Segment

orders, customers = map(int, sys.argv[1:])
SEGMENTS = list(Segment)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

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

stored = {
    key: AuditedCustomer(
        customer_key=key,
        order_count=n % 9 + 1,
        lifetime_value_cents=5000 + n,
        first_ordered_at=at(n),
        last_ordered_at=at(n + 1),
        first_local_date=date.fromordinal(700000 + n % 20000),
        segment=SEGMENTS[n % 8],
        custom_segments=(),
        rules="v1.1",
        next_transition_at=at(n + 9),
        prediction=prediction(n),
    )
    for n in range(customers)
    for key in [f"{n:032x}"]
}
computed = {
    f"{n:032x}": computed_customer(
        {
            "orders": n % 9 + 1,
            "lifetime_value_cents": 5000 + n,
            "first_ordered_at": at(n),
            "last_ordered_at": at(n + 1),
            "segment": SEGMENTS[n % 8].value,
        }
    )
    for n in range(customers)
}
ledger = {f"order-{n:014}": n.to_bytes(16, "big") for n in range(orders)}
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
"""


def measure() -> list[Ratio]:
    """The largest resident set of each depth, against the goal of a quiet night."""
    return [
        _ratio("a night that finds nothing", ORDERS // NIGHTS, CUSTOMERS // NIGHTS, "≤ 1.00"),
        _ratio("a night that finds something", ORDERS // NIGHTS, CUSTOMERS, ""),
        _ratio("on demand", ORDERS, CUSTOMERS, ""),
    ]


def _ratio(what: str, orders: int, customers: int, goal: str) -> Ratio:
    audit = subprocess.run(
        [sys.executable, "-c", AUDIT, str(orders), str(customers)],
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
        goal=goal,
        figures=f"{mebibytes:.0f} MiB / {GOAL_MIB} MiB",
    )
