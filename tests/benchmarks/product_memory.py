"""Memory of the task of a shop of 60,000 products, from the warehouse's answer to the result.

A tenth of the products have a document. The process that is measured is a new one, which imports
what the function imports and publishes nothing but the sales by product.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from time import perf_counter

from google.cloud import firestore

from shared.computation.questions import PRODUCT_SALES
from shared.firestore import paths
from shared.nightly.result_store import ResultReader
from tests.benchmarks.installation import new_client
from tests.benchmarks.ratio import Ratio
from tests.support.loaded_warehouse import loaded_warehouse
from tests.support.warehouse_facts import asked_night, fact_row, organization
from tools.stack.firebase_cli import ROOT

ORG = "org_large"
PRODUCTS, PER_ORDER, DOCUMENTS = 60_000, 100, 6_000
COMMIT_SIZE = 400
GOAL_MIB = 400
NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)

TASK = f"""
import sys
from dataclasses import replace
from datetime import datetime

import main
from shared.computation import job as computing
from shared.computation.questions import PRODUCT_SALES
from shared.installation import build_services, build_warehouse
from google.cloud import firestore
from shared.nightly.asking import Night
from shared.nightly.result import attempt_at
from shared.kernel.settings import Settings

def peak():
    # Not ru_maxrss, which a new process takes over from the one that started it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

facts, project, dataset = sys.argv[1:]
now = datetime.fromisoformat("{NOW.isoformat()}")
computing.asked_questions = lambda settings: [PRODUCT_SALES]
settings = Settings(bigquery_dataset=dataset)
services = build_services(firestore.Client(), settings, b"a secret of 32 characters or more")
warehouse = build_warehouse(project, settings)
services = replace(services, warehouse=lambda: warehouse)
before = peak()
computing.publish(
    services, "{ORG}", Night(facts=facts, as_of=now), attempt_at(now, due_at=now), clock=lambda: now
)
print(before, peak())
"""


def measure() -> list[Ratio]:
    """The largest resident set, against the goal."""
    client = new_client()
    for start in range(0, DOCUMENTS, COMMIT_SIZE):
        batch: firestore.WriteBatch = client.batch()
        for number in range(start, start + COMMIT_SIZE):
            batch.set(client.document(paths.catalogue_item(ORG, _id(number))), {"name": "An item"})
        batch.commit()
    rows = (
        fact_row(
            f"o{first}",
            org_id=ORG,
            ordered_at=NOW - timedelta(days=1 + first % 60),
            lines=[
                (_id(number), f"A product of ordinary name, {number}", "Flower", 1_000, 1_234)
                for number in range(first, first + PER_ORDER)
            ],
        )
        for first in range(0, PRODUCTS, PER_ORDER)
    )
    with loaded_warehouse(rows) as warehouse:
        shop = organization(ORG, today=NOW.date())
        night = asked_night(warehouse, [PRODUCT_SALES], [shop], NOW)
        sources = [night.facts or "", warehouse.client.project, warehouse.dataset.dataset_id]
        began = perf_counter()
        task = subprocess.run(
            [sys.executable, "-c", TASK, *sources],
            check=True,
            cwd=ROOT,
            env={**os.environ, "GOOGLE_CLOUD_PROJECT": client.project},
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds = perf_counter() - began
    reader = ResultReader(client, ORG)
    state = reader.state(PRODUCT_SALES.name)
    assert state
    assert sum(1 for _ in reader.keys(state)) == PRODUCTS
    before, after = (int(kibibytes) / 1024 for kibibytes in task.stdout.split())
    return [
        Ratio(
            what=f"memory, sales of {PRODUCTS:,} products",
            baseline=f"{GOAL_MIB} MiB",
            value=after / GOAL_MIB,
            goal="≤ 1.00",
            figures=f"{after:.0f} MiB / {GOAL_MIB} MiB, {before:.0f} at the start; {seconds:.0f} s",
        )
    ]


def _id(number: int) -> str:
    return f"product-{number:05}"
