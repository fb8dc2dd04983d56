"""Cost of new rules: re-evaluating customers against writing the outcome with no logic.

The baseline writes, in batches as large as the reclassification's and one after the other, the very
customer and transition documents that it wrote. It reads nothing, evaluates nothing and adds
nothing to counters, and its writes have no preconditions, for which the client library takes twice
as long to make a write. So the goal is no more than three times as long.
"""

import hashlib
import statistics
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.reconciliation.reclassification import COMMIT_SIZE, Reclassifier, after_change
from shared.reconciliation.stores.customer_codec import customer_document
from shared.reconciliation.stores.reclassification_store import (
    FirestoreReclassifications,
    reclassification_document,
)
from shared.segments.customer import CustomerId
from shared.segments.thresholds import Thresholds
from tests.benchmarks.definitions import definitions
from tests.benchmarks.installation import (
    WRITERS,
    customer_of,
    new_client,
    orders_by_household,
    services_for,
    write_documents,
    write_rules,
)
from tests.benchmarks.ratio import Ratio
from tests.benchmarks.reconcile import seconds
from tests.support.metered import Meter, metered

CUSTOMERS = 5_000
SEGMENTS, CONDITIONS = 5, 20
ORG = "org_greenleaf"
ROUNDS = 3
WRITE_SIZE = 500
OTHER_THRESHOLDS = Thresholds(slipping_min_days=20, at_risk_min_days=45, vip_min_orders=6)

Documents = list[tuple[str, dict[str, Any]]]


def measure() -> list[Ratio]:
    """Medians of rounds in which both take turns, each time in a project of its own."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        before, client = _customers(), new_client()
        took, meter = _reclassified(client, before)
        ours.append(took)
        after = _outcome(client)
        baseline = new_client()
        _write(baseline, before)
        write = partial(
            write_documents,
            baseline,
            after,
            writers=1,
            commit_size=COMMIT_SIZE * len(after) // CUSTOMERS,
        )
        bare.append(seconds([write], workers=1))
    took, base = statistics.median(ours), statistics.median(bare)
    return [
        Ratio(
            what=f"reclassification of {CUSTOMERS:,} customers into "
            f"{SEGMENTS} new custom segments, with new thresholds",
            baseline=f"bulk write of the same {len(after):,} customers and steps",
            value=took / base,
            goal="≤ 3.00",
            figures=f"{took:.1f} s / {base:.1f} s, per customer "
            f"{meter.documents_read / CUSTOMERS:.2f} reads and "
            f"{meter.documents_written / CUSTOMERS:.2f} writes",
        )
    ]


def _customers() -> Documents:
    """Return customers derived from the demo's households, over and over, evaluated under the
    defaults."""
    now = utc_now()
    client = new_client()
    write_rules(client, {})
    moment = services_for(client).organizations.settings(ORG).moment(now)
    households = [
        customer_of(placed, moment)
        for placed in orders_by_household()
        if placed[0].data["brandId"] == ORG
    ]
    documents = []
    for number in range(CUSTOMERS):
        key = hashlib.sha256(str(number).encode()).hexdigest()[:32]
        customer = replace(households[number % len(households)], id=CustomerId(ORG, key))
        documents.append((paths.customer(ORG, key), customer_document(customer, now)))
    return documents


def _reclassified(client: firestore.Client, customers: Documents) -> tuple[float, Meter]:
    """Seconds, and what went through the client meanwhile."""
    _write(client, customers)
    write_rules(client, definitions(SEGMENTS, CONDITIONS), revision=2, thresholds=OTHER_THRESHOLDS)
    now = utc_now()
    begins = reclassification_document(after_change(None, ORG, 2, now))
    client.document(paths.reclassification(ORG)).set(begins)
    services = services_for(client)
    reclassifications = FirestoreReclassifications(client, services.store)
    reclassifier = Reclassifier(
        reclassifications, services.organizations, clock=utc_now, settle_after=timedelta()
    )

    def run() -> None:
        assert reclassifier.run(ORG, now + timedelta(hours=1))

    with metered(client) as meter:
        took = seconds([run], workers=1)
    state = reclassifications.state(ORG).value
    assert state is not None
    assert state.processed == CUSTOMERS
    assert 0 < state.moved < CUSTOMERS
    return took, meter


def _outcome(client: firestore.Client) -> Documents:
    """Every customer with the steps taken, in the order in which they were written."""
    steps: dict[str, Documents] = {}
    for step in client.collection(paths.transitions(ORG)).stream():
        document = step.to_dict() or {}
        steps.setdefault(document["customer_key"], []).append((step.reference.path, document))
    documents: Documents = []
    for customer in client.collection(paths.customers(ORG)).order_by("__name__").stream():
        documents.append((customer.reference.path, customer.to_dict() or {}))
        documents += steps.get(customer.id, [])
    return documents


def _write(client: firestore.Client, documents: Documents) -> None:
    write_documents(client, documents, writers=WRITERS, commit_size=WRITE_SIZE)
