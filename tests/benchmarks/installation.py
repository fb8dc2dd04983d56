"""Data of the benchmarks: real orders in a project of their own on the emulator."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from google.cloud import firestore

from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.orders.fact import NormalizedOrder
from shared.orders.identity import CustomerKeyer
from shared.orders.normalize import normalize
from shared.organizations.rules_codec import rules_document
from shared.organizations.settings import StoredRules
from shared.predictions.model import PublishedModel
from shared.reconciliation.customer_changes import CustomerChange, folded
from shared.segments.conditions.nodes import Node
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tools.demo.orders import ORGANIZATIONS, DemoOrder, demo_orders

SECRET = b"a secret that is only used in benchmarks"
ORDERS_PER_HOUSEHOLD = 10
COMMIT_SIZE = 200
WRITERS = 4


def new_client() -> firestore.Client:
    """A client of an empty project."""
    return firestore.Client(project=f"demo-bench-{uuid4().hex[:8]}")


def services_for(client: firestore.Client) -> Services:
    """The product, with what it keeps in memory of both organisations already there."""
    services = build_services(client, Settings(settings_refresh_seconds=3600), SECRET)
    for org_id in ORGANIZATIONS:
        services.organizations.settings(services.organizations.resolve(org_id))
        services.profiles().knows_anybody(org_id)
    return services


@cache
def orders() -> tuple[DemoOrder, ...]:
    """A year of real orders, oldest first."""
    return tuple(demo_orders(datetime.now(UTC), at_most=ORDERS_PER_HOUSEHOLD))


@cache
def orders_by_household() -> tuple[tuple[DemoOrder, ...], ...]:
    """The same by who placed them; whoever placed the first one comes first."""
    by_household: dict[str, list[DemoOrder]] = {}
    for order in orders():
        by_household.setdefault(order.data["userId"], []).append(order)
    return tuple(map(tuple, by_household.values()))


def customer_of(placed: Sequence[DemoOrder], moment: Moment) -> Customer:
    """The customer that a household's orders make, up to date under the rules of the moment."""
    changes: list[CustomerChange] = []
    org_id, customer_key = placed[0].data["brandId"], None
    for order in placed:
        outcome = normalize(
            order.order_id,
            order.data,
            org_id=org_id,
            time_zone=moment.time_zone,
            customer_key=CustomerKeyer(SECRET),
            written_at=order.ordered_at,
            now=order.ordered_at,
        )
        assert isinstance(outcome, NormalizedOrder)
        customer_key = outcome.fact.customer_key
        changes.append(
            CustomerChange(
                order_id=order.order_id, old=None, new=outcome.fact, contact=outcome.contact
            )
        )
    assert customer_key is not None
    return folded(Customer(id=CustomerId(org_id, customer_key)), changes, moment)


def write_rules(
    client: firestore.Client,
    definitions: Mapping[str, Node],
    *,
    revision: int = 1,
    thresholds: Thresholds | None = None,
    model: PublishedModel | None = None,
) -> None:
    """Put custom segments and a model in force at both organisations."""
    rules = StoredRules(
        revision=revision,
        thresholds=thresholds or Thresholds(),
        thresholds_number=1,
        definitions=definitions,
        model=model,
    )
    for org_id in ORGANIZATIONS:
        document = rules_document(rules, datetime.now(UTC))
        client.document(paths.segment_rules(org_id)).set(document)


def write_orders(client: firestore.Client, written: Sequence[DemoOrder]) -> None:
    """Write orders as fast as possible."""
    write_documents(
        client,
        [(paths.order(order.order_id), order.data) for order in written],
        writers=WRITERS,
        commit_size=COMMIT_SIZE,
    )


def write_documents(
    client: firestore.Client,
    documents: Sequence[tuple[str, dict[str, Any]]],
    *,
    writers: int,
    commit_size: int,
) -> None:
    """Documents by path, in bulk: so many threads, each with one batch after another."""

    def write(start: int) -> None:
        batch = client.batch()
        for path, document in documents[start : start + commit_size]:
            batch.set(client.document(path), document)
        batch.commit()

    with ThreadPoolExecutor(max_workers=writers) as executor:
        list(executor.map(write, range(0, len(documents), commit_size)))
