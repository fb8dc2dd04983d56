"""An organisation whose rules change, and what reclassifies its customers."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.reconciliation.backfill import backfill
from shared.reconciliation.reclassification import CustomersByKey, Reclassification, Reclassifier
from shared.reconciliation.stores.customer_codec import customer
from shared.reconciliation.stores.order_source import all_orders
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.segments.customer import Customer
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.support.world import Order

ORG = "org_north"
LOW_VIP = replace(Thresholds(), vip_min_lifetime_value_cents=30_00)


@dataclass
class Store(FirestoreReclassifications):
    """One that remembers from where pages were asked for."""

    services: Services
    places: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.services.client, self.services.store)

    def page(self, org_id: str, after: str | None) -> CustomersByKey | None:
        self.places.append(after)
        return super().page(org_id, after)


def place(services: Services, count: int, first: int = 0) -> dict[str, Order]:
    """Customers of a month ago, of $20, $40 and $60 in turn, counted as a backfill does."""
    at = utc_now() - timedelta(days=20, hours=1)
    orders = {
        f"o{n}": Order(
            org=ORG,
            email=f"person{n}@example.org",
            cents=20_00 * (n % 3 + 1),
            ordered_at=at - timedelta(days=40),
        )
        for n in range(first, first + count)
    }
    # A second order, recent enough, so that value decides on the segment.
    orders |= {f"{id} again": replace(order, ordered_at=at) for id, order in orders.items()}
    batch = services.client.batch()
    for id, order in orders.items():
        batch.set(services.client.document(paths.order(id)), order.data())
    batch.commit()
    sources = [services.reconciler.normalized(raw) for raw in all_orders(services.client)]
    backfill(sources, [services.reconciler], lambda totals: None)
    return orders


def change(services: Services, thresholds: Thresholds) -> int:
    """Put thresholds in force; gives the revision of the rules."""
    rules = services.rules(ORG)
    return rules.save_thresholds(thresholds, by=None, source=ThresholdSource.API).revision


def run(services: Services, store: Store | None = None) -> bool:
    """Run a new instance's work, when no other one has older rules in memory."""
    worker = Reclassifier(
        store or Store(services), services.organizations, clock=utc_now, settle_after=timedelta(0)
    )
    return worker.run(ORG, utc_now() + timedelta(minutes=5))


def state(services: Services) -> Reclassification:
    actual = Store(services).state(ORG).value
    assert actual is not None
    return actual


def customers(services: Services) -> dict[str, Customer]:
    documents = services.client.collection(paths.customers(ORG)).stream()
    return {document.id: customer(document.to_dict() or {}) for document in documents}
