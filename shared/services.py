"""Services that functions and tools work with, as one value."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from google.cloud import firestore

from shared.kernel.clock import Clock
from shared.kernel.settings import Settings
from shared.limits.store import RateLimiter
from shared.organizations.directory_store import OrganizationDirectory

if TYPE_CHECKING:
    from shared.contacts.customer_profile_store import CustomerProfiles
    from shared.contacts.store import ContactRecorder
    from shared.funnel.recorder_store import FunnelRecorder
    from shared.insights.wording import Writer
    from shared.nightly.dispatch import TaskQueue
    from shared.reconciliation.reclassification import Reclassifier
    from shared.reconciliation.reconcile import Reconciler
    from shared.reconciliation.stores.due_customers import FirestoreDueCustomers
    from shared.reconciliation.stores.due_orders import FirestoreDueOrders
    from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore
    from shared.reconciliation.stores.unprocessed_store import FirestoreUnprocessed
    from shared.rules.store import SegmentRulesStore
    from shared.warehouse.warehouse import Warehouse


@dataclass(frozen=True, kw_only=True)
class Services:
    """Services of an installation.

    Services that only some functions need are imported and built on first use.
    """

    settings: Settings
    secret: bytes
    client: firestore.Client
    clock: Clock
    """Clock of the services built here."""
    organizations: OrganizationDirectory
    limiter: RateLimiter
    reclassifier: "Callable[[], Reclassifier]"
    rules: "Callable[[str], SegmentRulesStore]"
    """The rules of an organisation."""
    funnel: "Callable[[], FunnelRecorder]"
    contacts: "Callable[[], ContactRecorder]"
    """Records consent by address."""
    profiles: "Callable[[], CustomerProfiles]"
    """Maintains the customers' profiles from the dashboard's documents."""
    queue: "Callable[[], TaskQueue]"
    claude: "Callable[[], Writer] | None"
    """Makes the client of Claude, once, in a second; None without a key."""
    warehouse: "Callable[[], Warehouse]"
    """Connects to the warehouse, once; it takes a second, which only some functions need."""

    @cached_property
    def store(self) -> "FirestoreLedgerStore":
        """Orders, ledger, customers and counters."""
        from shared.reconciliation.stores.firestore_ledger_store import FirestoreLedgerStore

        return FirestoreLedgerStore(self.client, shards=self.settings.counter_shards)

    @cached_property
    def reconciler(self) -> "Reconciler":
        """Counts orders, and updates the profiles of their customers."""
        from shared.orders.identity import CustomerKeyer
        from shared.reconciliation.reconcile import Reconciler

        return Reconciler(
            self.store,
            self.organizations,
            CustomerKeyer(self.secret),
            clock=self.clock,
            then=lambda customers: self.profiles().after_orders(customers),
        )

    @cached_property
    def due_customers(self) -> "FirestoreDueCustomers":
        """Customers with a due transition."""
        from shared.reconciliation.stores.due_customers import FirestoreDueCustomers

        return FirestoreDueCustomers(self.client, self.store)

    @cached_property
    def due_orders(self) -> "FirestoreDueOrders":
        """Orders dated ahead whose time has come."""
        from shared.reconciliation.stores.due_orders import FirestoreDueOrders

        return FirestoreDueOrders(self.client)

    @cached_property
    def unprocessed(self) -> "FirestoreUnprocessed":
        """Orders whose events failed at every delivery."""
        from shared.reconciliation.stores.unprocessed_store import FirestoreUnprocessed

        return FirestoreUnprocessed(self.client)
