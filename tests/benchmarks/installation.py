"""What the benchmarks work on: real orders in a project of their own on the emulator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from uuid import uuid4

from google.cloud import firestore

from functions.services import Services, build_services
from shared.settings import Settings
from shared.storage import paths
from tools.demo_orders import DemoOrder, demo_orders

SECRET = b"a secret that is only used in benchmarks"
ORDERS_PER_HOUSEHOLD = 10
COMMIT_SIZE = 200


def new_client() -> firestore.Client:
    """A client of an empty project."""
    return firestore.Client(project=f"demo-bench-{uuid4().hex[:8]}")


def services_for(client: firestore.Client) -> Services:
    """The product, with the settings of both organisations already in memory."""
    services = build_services(client, Settings(settings_refresh_seconds=3600), SECRET)
    for order in orders()[:50]:
        org_id = services.organizations.resolve(order.data["brandId"])
        services.organizations.settings(org_id)
    return services


@cache
def orders() -> tuple[DemoOrder, ...]:
    """A year of real orders, oldest first."""
    return tuple(demo_orders(datetime.now(UTC), at_most=ORDERS_PER_HOUSEHOLD))


def write_orders(client: firestore.Client, written: tuple[DemoOrder, ...]) -> None:
    """As fast as they go in."""

    def write(start: int) -> None:
        batch = client.batch()
        for order in written[start : start + COMMIT_SIZE]:
            batch.set(client.document(paths.order(order.order_id)), order.data)
        batch.commit()

    with ThreadPoolExecutor(max_workers=4) as executor:
        list(executor.map(write, range(0, len(written), COMMIT_SIZE)))
