"""Every question answers real orders as it did before its answers went into tables.

The digests were taken at f08930fb, before that. Since then 370d4112 added the question
`campaign_lift`, whose result is empty here, and e11459e5 took a field out of its summary. No other
digest has changed.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.computation.questions import QUESTIONS
from shared.nightly.result import Result
from shared.products.product_sales import ProductSalesQuestion
from shared.segments.thresholds import Thresholds
from shared.warehouse.warehouse import Warehouse
from tests.support.complete_journey import exported
from tests.support.warehouse_facts import answers, organization
from tools.demo.orders import demo_orders

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
BASKETS = 20
"""Of a household in a year, at most: some 500 households, 10,000 orders."""
GOLDEN = Path(__file__).with_name("golden_results.json")


def digest(result: Result) -> Mapping[str, Any]:
    """Return a result's identity: the order of pairs of products does not matter."""
    entries = [
        {**entry, "pairs": sorted(entry["pairs"].split(","))} if "pairs" in entry else entry
        for entry in result.entries
    ]
    content = json.dumps([entries, result.summary], sort_keys=True, default=str)
    return {
        "entries": len(entries),
        "digest": sha256(content.encode()).hexdigest(),
    }


def test_results_are_what_they_were(warehouse: Warehouse) -> None:
    warehouse.load([exported(order) for order in demo_orders(NOW, at_most=BASKETS)])
    strict = Thresholds(churned_min_days=200, vip_min_orders=8)
    shops = [
        organization("org_greenleaf", "America/Los_Angeles", today=NOW.date()),
        organization("org_riverside", "Asia/Tokyo", today=NOW.date(), thresholds=strict),
        organization("org_without_orders", today=NOW.date()),
    ]
    # Sales by product have a file of their own.
    questions = [each for each in QUESTIONS if not isinstance(each, ProductSalesQuestion)]
    actual = answers(warehouse, questions, shops, NOW)
    digests = {
        org_id: {name: digest(result) for name, result in results.items()}
        for org_id, results in actual.items()
    }
    assert digests == json.loads(GOLDEN.read_text())
