"""The composition root: everything a function needs, built once per instance."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING

from google.cloud import firestore

from shared import logs
from shared.clock import utc_now
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.reconcile import Reconciler
from shared.settings import CUSTOMER_KEY_SECRET, Settings, customer_key_secret
from shared.storage.due_customers import FirestoreDueCustomers
from shared.storage.due_orders import FirestoreDueOrders
from shared.storage.firestore_ledger_store import FirestoreLedgerStore
from shared.storage.funnel_recorder import FunnelRecorder
from shared.storage.organization_directory import OrganizationDirectory
from shared.storage.rate_limiter import RateLimiter
from shared.storage.reclassification_store import FirestoreReclassifications
from shared.storage.segment_rules_store import SegmentRulesStore
from shared.storage.unprocessed_store import FirestoreUnprocessed

if TYPE_CHECKING:
    from shared.warehouse.warehouse import Warehouse

LONGEST_EVENT_SECONDS = 600
"""No call that began with old rules in memory is still running after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the functions work with."""

    settings: Settings
    secret: bytes
    client: firestore.Client
    organizations: OrganizationDirectory
    store: FirestoreLedgerStore
    reconciler: Reconciler
    due_customers: FirestoreDueCustomers
    due_orders: FirestoreDueOrders
    reclassifier: Reclassifier
    funnel: FunnelRecorder
    limiter: RateLimiter
    unprocessed: FirestoreUnprocessed
    warehouse: Callable[[], "Warehouse"]
    """Connects to the warehouse, once; it takes a second that only some functions need."""

    def rules(self, org_id: str) -> SegmentRulesStore:
        """The rules of one organisation."""
        return SegmentRulesStore(self.client, org_id, clock=utc_now)


def build_services(client: firestore.Client, settings: Settings, secret: bytes) -> Services:
    """Wire the product to a Firestore client."""
    organizations = OrganizationDirectory(client, refresh_seconds=settings.settings_refresh_seconds)
    store = FirestoreLedgerStore(client, shards=settings.counter_shards)
    return Services(
        settings=settings,
        secret=secret,
        client=client,
        organizations=organizations,
        store=store,
        reconciler=Reconciler(store, organizations, CustomerKeyer(secret)),
        due_customers=FirestoreDueCustomers(client, store),
        due_orders=FirestoreDueOrders(client),
        reclassifier=Reclassifier(
            FirestoreReclassifications(client, store),
            organizations,
            clock=utc_now,
            settle_after=timedelta(
                seconds=settings.settings_refresh_seconds + LONGEST_EVENT_SECONDS
            ),
        ),
        unprocessed=FirestoreUnprocessed(client),
        funnel=FunnelRecorder(client, organizations, secret, shards=settings.counter_shards),
        limiter=RateLimiter(client, secret, settings, sleep=sleep),
        warehouse=_Once(lambda: build_warehouse(client.project, settings)),
    )


def build_warehouse(project: str, settings: Settings) -> "Warehouse":
    """The warehouse of a project."""
    from shared.warehouse.client import bigquery_client
    from shared.warehouse.warehouse import Warehouse

    return Warehouse(
        bigquery_client(project),
        settings.bigquery_dataset,
        maximum_bytes_billed=settings.maximum_gigabytes_billed * 10**9,
    )


class _Once:
    """Makes something when it is first asked for, and once where several ask."""

    def __init__(self, make: Callable[[], "Warehouse"]) -> None:
        self._make = make
        self._made: Warehouse | None = None
        self._lock = Lock()

    def __call__(self) -> "Warehouse":
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


@cache
def services() -> Services:
    """The services of this instance, from its environment. Raises ConfigurationError."""
    logs.configure()
    return build_services(
        firestore.Client(),
        Settings.from_environment(os.environ),
        customer_key_secret(os.environ.get(CUSTOMER_KEY_SECRET)),
    )
