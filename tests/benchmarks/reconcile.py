"""Cost of the rules: reconcile against the same reads and writes with nothing in between.

Every order is the next one of a customer who has ordered before. Reconciling it reads three
documents and writes four, and one more where the customer changes segment. The baseline is
hand-written code for reading and writing these very documents: `get_all`, every document decoded,
then the documents that reconciling the same order wrote, as plain maps, in one batch of the client
library with the same preconditions. Ours, with and without a model, and the baselines take turns
round by round, each in a project of its own. Reported are the median of the rounds' ratios, and
rates by the median round.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import put
from shared.firestore.keys import shard_for
from shared.orders.identity import CustomerKeyer
from shared.predictions.model import PublishedModel
from shared.reconciliation.ports import Commit
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.counter_documents import CounterDocuments
from shared.reconciliation.stores.customer_codec import customer_document, transition_document
from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
from shared.reconciliation.stores.ledger_codec import ledger_document
from tests.benchmarks.installation import (
    COMMIT_SIZE,
    SECRET,
    WRITERS,
    customer_of,
    new_client,
    orders,
    orders_by_household,
    services_for,
    write_documents,
    write_orders,
    write_rules,
)
from tests.benchmarks.ratio import Ratio
from tests.predictions.models import published
from tools.demo.orders import DemoOrder

ROUNDS = 8
ORDERS_PER_ROUND = 30
"""With a round to warm up, all households that have ordered more than once."""
HOT_ORDERS = 200
WORKERS = (1, 16)
SHARDS = 4


def measure() -> list[Ratio]:
    """Spread-out orders with 1 and 16 workers, without and with a model, then one hot customer."""
    ratios = []
    spread_out_rate = 0.0
    for workers in WORKERS:
        ours, bare, predicting, bare_predicting = _spread_out(workers, (None, published()))
        if workers == 1:
            spread_out_rate = _rate(ours)
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


def _ratio(
    what: str, baseline: str, ours: Sequence[float], theirs: Sequence[float], goal: str
) -> Ratio:
    return Ratio(
        what=what,
        baseline=baseline,
        value=statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True)),
        goal=goal,
        figures=f"{_rate(ours):.0f}/s / {_rate(theirs):.0f}/s",
    )


def _rate(rounds: Sequence[float]) -> float:
    return ORDERS_PER_ROUND / statistics.median(rounds)


def _spread_out(workers: int, models: Sequence[PublishedModel | None]) -> list[list[float]]:
    """Seconds of each round of ours and of the baseline, for each model in force in turn.

    Workers do not wait for each other: the measurement is of work, not of contention. A first round
    warms up.
    """
    now = datetime.now(UTC)
    known = [placed for placed in orders_by_household() if len(placed) > 1]
    known = known[: ORDERS_PER_ROUND * (ROUNDS + 1)]
    placed = [_placed_at(household[-1], now) for household in known]
    sides: list[Sequence[Callable[[], None]]] = []
    for model in models:
        project = partial(_project, known, placed, model)
        reconciler = services_for(project()).reconciler
        sides.append([partial(reconcile_one, reconciler, order) for order in placed])
        recorded = _recorded(project(), placed)
        client = project()
        sides.append([partial(_bare, client, work) for work in recorded])
    taken: list[list[float]] = [[] for _ in sides]
    for number in range(ROUNDS + 1):
        start = number * ORDERS_PER_ROUND
        for turn in range(len(sides)):
            side = (number + turn) % len(sides)
            taken[side].append(seconds(sides[side][start : start + ORDERS_PER_ROUND], workers))
    return [rounds[1:] for rounds in taken]


def _placed_at(order: DemoOrder, at: datetime) -> DemoOrder:
    return replace(order, ordered_at=at, data={**order.data, "createdAt": at})


def _project(
    households: Sequence[Sequence[DemoOrder]],
    placed: Sequence[DemoOrder],
    model: PublishedModel | None,
) -> firestore.Client:
    """A client of a project that has counted all but the last order of each household."""
    client = new_client()
    write_rules(client, {}, model=model)
    before = datetime.now(UTC) - timedelta(minutes=1)
    settings = services_for(client).organizations.settings
    documents = []
    for household in households:
        moment = settings(household[0].data["brandId"]).moment(before)
        known = customer_of(household[:-1], moment)
        path = paths.customer(known.id.org_id, known.id.customer_key)
        documents.append((path, customer_document(known, before)))
    write_documents(client, documents, writers=WRITERS, commit_size=COMMIT_SIZE)
    write_orders(client, placed)
    return client


@dataclass(frozen=True, slots=True, kw_only=True)
class _BareWork:
    """Reads and writes of reconciling one order, with documents as plain maps by path."""

    read: Sequence[str]
    replaced: Sequence[tuple[str, dict[str, Any]]]
    """Under the precondition that they are as they were read."""
    created: Sequence[tuple[str, dict[str, Any]]]
    merged: Sequence[tuple[str, dict[str, Any]]]


class _Recording(FirestoreLedgerStore):
    """Remembers what it read and committed."""

    def __init__(self, client: firestore.Client) -> None:
        super().__init__(client, shards=SHARDS)
        self.work: list[_BareWork] = []
        self._counter_documents = CounterDocuments(client)
        self._paths_read: list[str] = []

    def read(self, order_ids: Any, ledger_ids: Any, customers: Any) -> Any:
        self._paths_read = [
            *(paths.order(id) for id in order_ids),
            *(paths.ledger_entry(id) for id in ledger_ids),
            *(paths.customer(id.org_id, id.customer_key) for id in customers),
        ]
        return super().read(order_ids, ledger_ids, customers)

    def commit(self, commit: Commit) -> None:
        super().commit(commit)
        at = commit.recorded_at
        assert at is not None
        shard = shard_for(commit.shard_key, SHARDS)
        self.work.append(
            _BareWork(
                read=self._paths_read,
                replaced=[
                    *(
                        (paths.ledger_entry(entry.order_id), ledger_document(entry, at))
                        for entry, _ in commit.ledger
                    ),
                    *(
                        (
                            paths.customer(state.id.org_id, state.id.customer_key),
                            customer_document(state, at),
                        )
                        for state, _ in commit.customers
                    ),
                ],
                created=[
                    (
                        paths.transition(
                            step.customer.org_id, step.customer.customer_key, step.number
                        ),
                        transition_document(step),
                    )
                    for step in commit.transitions
                ],
                merged=[
                    (write.path, write.document)
                    for write in self._counter_documents.writes(commit.counters, shard)
                ],
            )
        )


def _recorded(client: firestore.Client, placed: Sequence[DemoOrder]) -> list[_BareWork]:
    recording = _Recording(client)
    services = services_for(client)
    reconciler = Reconciler(recording, services.organizations, CustomerKeyer(SECRET))
    for order in placed:
        reconcile_one(reconciler, order)
    return recording.work


def reconcile_one(reconciler: Reconciler, order: DemoOrder) -> None:
    """Do the work of the trigger for a new order."""
    reconciler.reconcile(order.order_id, hints=[order.data])


def _bare(client: firestore.Client, work: _BareWork) -> None:
    revisions = {}
    for snapshot in client.get_all([client.document(path) for path in work.read]):
        if snapshot.to_dict() is not None:
            revisions[snapshot.reference.path] = snapshot.update_time
    batch = client.batch()
    for path, document in work.replaced:
        put(batch, client.document(path), document, revision=revisions.get(path))
    for path, document in work.created:
        batch.create(client.document(path), document)
    for path, document in work.merged:
        batch.set(client.document(path), document, merge=True)
    batch.commit()


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
    """Return the seconds that so many threads take for all of the work."""
    with ThreadPoolExecutor(max_workers=workers) as executor:
        started = time.perf_counter()
        for future in [executor.submit(item) for item in work]:
            future.result()
        return time.perf_counter() - started
