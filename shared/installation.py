"""The composition root: wires the product to a Firestore client.

Services that only some functions need are imported and built on first use.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Generic, TypeVar

from google.cloud import firestore

from shared.kernel.clock import utc_now
from shared.kernel.platform import REGION
from shared.kernel.settings import Settings
from shared.limits.store import RateLimiter
from shared.organizations.directory_store import OrganizationDirectory
from shared.services import Services

if TYPE_CHECKING:
    from shared.contacts.customer_profile_store import CustomerProfiles
    from shared.contacts.store import ContactRecorder
    from shared.funnel.recorder_store import FunnelRecorder
    from shared.insights.wording import Writer
    from shared.nightly.dispatch import TaskQueue
    from shared.reconciliation.reclassification import Reclassifier
    from shared.rules.store import SegmentRulesStore
    from shared.warehouse.warehouse import Warehouse

T = TypeVar("T")

LONGEST_EVENT_SECONDS = 600
"""No call that began with old rules in memory is still running after this."""


def build_services(
    client: firestore.Client,
    settings: Settings,
    secret: bytes,
    *,
    anthropic_api_key: str | None = None,
) -> Services:
    """Wire the product to a Firestore client."""
    organizations = OrganizationDirectory(client, refresh_seconds=settings.settings_refresh_seconds)
    services = Services(
        settings=settings,
        secret=secret,
        client=client,
        clock=utc_now,
        organizations=organizations,
        limiter=RateLimiter(client, secret, settings, sleep=sleep),
        reclassifier=_Once(lambda: _reclassifier(services)),
        rules=lambda org_id: _rules(client, org_id),
        funnel=_Once(lambda: _funnel(client, organizations, secret, settings)),
        contacts=_Once(lambda: _contacts(client, organizations, secret)),
        profiles=_Once(lambda: _profiles(services)),
        queue=_Once(_queue),
        claude=_claude(settings, anthropic_api_key),
        warehouse=_Once(lambda: build_warehouse(client.project, settings)),
    )
    return services


def _rules(client: firestore.Client, org_id: str) -> "SegmentRulesStore":
    from shared.rules.store import SegmentRulesStore

    return SegmentRulesStore(client, org_id, clock=utc_now)


def _reclassifier(services: Services) -> "Reclassifier":
    from shared.reconciliation.reclassification import Reclassifier
    from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications

    settle_seconds = services.settings.settings_refresh_seconds + LONGEST_EVENT_SECONDS
    return Reclassifier(
        FirestoreReclassifications(services.client, services.store),
        services.organizations,
        clock=utc_now,
        settle_after=timedelta(seconds=settle_seconds),
    )


def _funnel(
    client: firestore.Client,
    organizations: OrganizationDirectory,
    secret: bytes,
    settings: Settings,
) -> "FunnelRecorder":
    from shared.funnel.recorder_store import FunnelRecorder

    return FunnelRecorder(client, organizations, secret, shards=settings.counter_shards)


def _contacts(
    client: firestore.Client, organizations: OrganizationDirectory, secret: bytes
) -> "ContactRecorder":
    from shared.contacts.store import ContactRecorder

    return ContactRecorder(client, organizations, secret)


def _profiles(services: Services) -> "CustomerProfiles":
    from shared.contacts.customer_profile_store import CustomerProfiles

    return CustomerProfiles(
        services.client,
        services.store,
        services.organizations,
        services.secret,
        refresh_seconds=services.settings.settings_refresh_seconds,
        clock=utc_now,
    )


def _claude(settings: Settings, key: str | None) -> "Callable[[], Writer] | None":
    if not key:
        return None

    def make() -> "Writer":
        from shared.insights.claude import Claude, ClaudeOptions

        options = ClaudeOptions(
            model=settings.insights_model,
            effort=settings.insights_effort,
            timeout_seconds=settings.insights_timeout_seconds,
        )
        return Claude(key, options)

    return _Once(make)


def _queue() -> "TaskQueue":
    from shared.nightly.queue import CloudTasks

    return CloudTasks(REGION)


def build_warehouse(project: str, settings: Settings) -> "Warehouse":
    """The warehouse of a project."""
    from shared.warehouse.client import bigquery_client
    from shared.warehouse.warehouse import Warehouse

    return Warehouse(
        bigquery_client(project),
        settings.bigquery_dataset,
        maximum_bytes_billed=settings.maximum_gigabytes_billed * 10**9,
    )


class _Once(Generic[T]):
    """Builds a value on first use, once even if several threads ask."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = Lock()

    def __call__(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
