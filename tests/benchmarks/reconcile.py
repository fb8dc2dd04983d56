"""What the rules cost: reconcile against the same reads and writes with nothing in between.

The baseline reads three documents with one `get_all` and writes, in one atomic batch with the same
preconditions, the very documents that reconciling the same orders wrote.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.orders.identity import CustomerKeyer
from shared.predictions.model import PublishedModel
from shared.reconciliation.ports import Commit
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from tests.benchmarks.installation import (
    SECRET,
    new_client,
    orders,
    services_for,
    write_orders,
    write_rules,
)
from tests.benchmarks.ratio import Ratio
from tests.predictions.models import published
from tools.demo.orders import DemoOrder

ROUNDS = 5
ORDERS_PER_ROUND = 160
HOT_ORDERS = 200
WORKERS = (1, 16)


def measure() -> list[Ratio]:
    """Spread-out orders with 1 and 16 workers, without and with a model, then one hot customer."""
    ratios = []
    spread_out_rate = 0.0
    for workers in WORKERS:
        (ours, bare), (predicting, bare_predicting) = _spread_out(workers, (None, published()))
        rate = ORDERS_PER_ROUND / ours
        if workers == 1:
            spread_out_rate = rate
        many = f"{workers} worker{'s' if workers > 1 else ''}"
        baseline = "get_all + batch of the same documents"
        ratios += [
            _ratio(f"reconcile, {many}", baseline, ours, bare, "≤ 1.25"),
            _ratio(f"with a model, {many}", baseline, predicting, bare_predicting, "≤ 1.25"),
            _ratio(f"with a model, {many}", "reconcile without one", predicting, ours, "≤ 1.05"),
        ]
    for where, instances in (("one instance", 1), ("an instance each", max(WORKERS))):
        hot_rate = _one_hot_customer(max(WORKERS), instances)
        ratios.append(
            Ratio(
                what=f"reconcile, {max(WORKERS)} workers on one customer, {where}",
                baseline="1 worker on many customers",
                value=hot_rate / spread_out_rate,
                goal="> 0.50",
                figures=f"{hot_rate:.0f}/s / {spread_out_rate:.0f}/s",
            )
        )
    return ratios


def _ratio(what: str, baseline: str, ours: float, theirs: float, goal: str) -> Ratio:
    return Ratio(
        what=what,
        baseline=baseline,
        value=ours / theirs,
        goal=goal,
        figures=f"{ORDERS_PER_ROUND / ours:.0f}/s / {ORDERS_PER_ROUND / theirs:.0f}/s",
    )


class _Recording(FirestoreLedgerStore):
    """Remembers what it committed."""

    def __init__(self, client: firestore.Client) -> None:
        super().__init__(client, shards=4)
        self.commits: list[tuple[list[str], Commit]] = []
        self._keys: list[str] = []

    def read(self, order_ids: Any, ledger_ids: Any, customers: Any) -> Any:
        read = super().read(order_ids, ledger_ids, customers)
        self._keys = [
            *(paths.order(id) for id in order_ids),
            *(paths.ledger_entry(id) for id in ledger_ids),
            *(paths.customer(id.org_id, id.customer_key) for id in customers),
        ]
        return read

    def commit(self, commit: Commit) -> None:
        self.commits.append((self._keys, commit))
        super().commit(commit)


def _spread_out(workers: int, models: Sequence[PublishedModel | None]) -> list[tuple[float, float]]:
    """By model in force, median seconds per round of ours and of the baseline, all taking turns."""
    rounds = [
        [_round(workers, _of_different_customers(number), model) for model in models]
        for number in range(ROUNDS)
    ]
    return [
        (
            statistics.median(ours for ours, _ in of_model),
            statistics.median(bare for _, bare in of_model),
        )
        for of_model in zip(*rounds, strict=True)
    ]


def _round(
    workers: int, part: Sequence[DemoOrder], model: PublishedModel | None
) -> tuple[float, float]:
    """Seconds of ours and of the baseline for these orders, each in a project of its own."""

    def project() -> firestore.Client:
        client = new_client()
        write_rules(client, {}, model=model)
        write_orders(client, part)
        return client

    client = project()
    recording = _Recording(client)
    services = services_for(client)
    _reconcile_all(Reconciler(recording, services.organizations, CustomerKeyer(SECRET)), part)

    reconciler = services_for(project()).reconciler
    ours = seconds([partial(reconcile_one, reconciler, order) for order in part], workers)

    baseline = project()
    store = FirestoreLedgerStore(baseline, shards=4)
    bare_work = [partial(_bare, baseline, store, *done) for done in recording.commits]
    return ours, seconds(bare_work, workers)


def _of_different_customers(round_number: int) -> tuple[DemoOrder, ...]:
    """Nobody waits for anybody: what is measured is the work, not the contention."""
    nth_orders: dict[str, list[DemoOrder]] = {}
    for order in orders():
        nth_orders.setdefault(order.data["userId"], []).append(order)
    each = [placed[round_number % len(placed)] for placed in nth_orders.values()]
    return tuple(each[:ORDERS_PER_ROUND])


def _reconcile_all(reconciler: Reconciler, part: Sequence[DemoOrder]) -> None:
    for order in part:
        reconcile_one(reconciler, order)


def reconcile_one(reconciler: Reconciler, order: DemoOrder) -> None:
    """What the trigger does for a new order."""
    reconciler.reconcile(order.order_id, hints=[order.data])


def _bare(
    client: firestore.Client, store: FirestoreLedgerStore, read: list[str], commit: Commit
) -> None:
    revisions = {
        snapshot.reference.path: snapshot.update_time
        for snapshot in client.get_all([client.document(path) for path in read])
        if snapshot.to_dict() is not None
    }
    store.commit(
        replace(
            commit,
            ledger=[
                (entry, revisions.get(paths.ledger_entry(entry.order_id)))
                for entry, _ in commit.ledger
            ],
            customers=[
                (state, revisions.get(paths.customer(state.id.org_id, state.id.customer_key)))
                for state, _ in commit.customers
            ],
        )
    )


def _one_hot_customer(workers: int, instances: int) -> float:
    """Orders per second when all are one customer's."""
    part = orders()[:HOT_ORDERS]
    same = {"email": "hot@example.com", "name": "Hot Customer"}
    hot = tuple(
        replace(order, data={**order.data, "brandId": "org_greenleaf", "customer": same})
        for order in part
    )
    client = new_client()
    write_orders(client, hot)
    reconcilers = [services_for(client).reconciler for _ in range(instances)]
    work = [
        partial(reconcile_one, reconcilers[number % instances], order)
        for number, order in enumerate(hot)
    ]
    return HOT_ORDERS / seconds(work, workers)


def seconds(work: Sequence[Callable[[], None]], workers: int) -> float:
    """How long so many threads take for all of the work."""
    with ThreadPoolExecutor(max_workers=workers) as executor:
        started = time.perf_counter()
        for future in [executor.submit(item) for item in work]:
            future.result()
        return time.perf_counter() - started
