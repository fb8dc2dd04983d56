"""Orders of several organisations, written and counted as they are in production."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.firestore import paths
from shared.funnel.recorder_store import RawEvent
from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.classify import OrderTotals, Rule
from shared.segments.customer import Customer, CustomerId
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.services import Services
from tests.products.product_fold import publish_product_sales

SECRET = b"a secret that is only used in tests"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORG = "org_green"
OTHER = "org_other"


def days_ago(days: float) -> datetime:
    """An instant that many 24-hour days before now."""
    return NOW - timedelta(days=days)


class Shop:
    """Writes orders and has them counted."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._orders = 0
        self._events = 0

    def order(
        self,
        email: str | None = "ada@example.org",
        total: float = 10,
        *,
        at: datetime = NOW,
        org: str = ORG,
        id: str | None = None,
        items: list[dict[str, Any]] | None = None,
        **fields: Any,
    ) -> str:
        """Place one order and count it; gives its id."""
        self._orders += 1
        order_id = id or f"order_{self._orders:04}"
        customer = {"email": email} if email else {"email": "no-email@alleaves.local"}
        document = {
            "orgId": org,
            "status": "completed",
            "createdAt": at,
            "customer": customer,
            "totals": {"total": total},
            "items": items or [],
            **fields,
        }
        self._services.client.document(paths.order(order_id)).set(document)
        self._services.reconciler.reconcile(order_id)
        return order_id

    def event(
        self,
        kind: str,
        session: str | None = "s1",
        *,
        at: datetime = NOW,
        org: str = ORG,
        channel: str | None = None,
    ) -> None:
        """Write one event of the shop and count its session."""
        self._events += 1
        event_id = f"event_{self._events:04}"
        details = {"sessionId": session, "channel": channel}
        document = {"type": kind, "orgId": org, "data": details, "timestamp": at}
        self._services.client.document(f"{paths.events(org)}/{event_id}").set(document)
        raw = RawEvent(claimed_id=org, event_id=event_id, data=document, created_at=at)
        self._services.funnel().record([raw])

    def put_customers(self, count: int, *, org: str = ORG) -> None:
        """Store customers as they are after one order each, without the orders: faster."""
        batch = self._services.client.batch()
        for number in range(count):
            totals = OrderTotals(
                order_count=1,
                lifetime_value_cents=1000 + number,
                first_ordered_at=NOW,
                last_ordered_at=NOW,
            )
            customer = Customer(
                id=CustomerId(org, f"{number:032x}"),
                totals=totals,
                first_local_date=NOW.date(),
                segment=Segment.NEW,
                rule=Rule.FIRST_ORDER_RECENT,
                segment_since=NOW,
                next_transition_at=NOW + timedelta(days=30),
                transition_count=1,
                thresholds_version=Thresholds().version,
            )
            document = self._services.client.document(paths.customer(org, f"{number:032x}"))
            batch.set(document, customer_document(customer, NOW))
        batch.commit()

    def settings(self, name: str, document: dict[str, Any], *, org: str = ORG) -> None:
        """Store a settings document, as the dashboard does."""
        self._services.client.document(f"tenants/{org}/settings/{name}").set(document)

    def age(self, *, at: datetime) -> None:
        """Move the customers whom time alone has moved by then."""
        age_segments(
            self._services.due_customers,
            self._services.organizations,
            clock=lambda: at,
            stop_at=at + timedelta(hours=1),
        )

    def refresh_products(self, *, at: datetime = NOW, org: str = ORG) -> None:
        """Publish the sales by product, as each night does."""
        publish_product_sales(self._services.client, self._services.organizations, org, at)


def item(
    product_id: str, price: float, *, quantity: float = 1, category: str = "Flower"
) -> dict[str, Any]:
    """One line of an order."""
    return {
        "productId": product_id,
        "name": f"Product {product_id}",
        "category": category,
        "qty": quantity,
        "price": price,
    }


def key_of(email: str, org: str = ORG) -> str:
    """The key that a customer with this address has."""
    return CustomerKeyer(SECRET)(org, Identity(IdentityKind.EMAIL, email))
