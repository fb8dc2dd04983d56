"""Order documents as each of the known writers stores them, and short ways to read one."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.orders.fact import NormalizedOrder, OrderFact, Rejection
from shared.orders.identity import CustomerKeyer
from shared.orders.normalize import normalize
from shared.orders.organization import ClaimedOrganization, claimed_organization
from shared.orders.policy import OrderPolicy

ORG = "org_greenleaf"
PLACED_AT = datetime(2026, 3, 14, 18, 30, 5, 250_000, tzinfo=UTC)
WRITTEN_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACED_AT_MILLISECONDS = 1_773_513_005_250
CUSTOMER_KEY = CustomerKeyer(b"a secret of the tests")
POLICY = OrderPolicy()

Document = dict[str, Any]


def pos_sync_order() -> Document:
    """Upserted by the sync of the point of sale: no `orgId`, and a location as `retailerId`."""
    return {
        "brandId": ORG,
        "retailerId": "location_7",
        "userId": "48213",
        "customer": {"name": "Dana Whitfield", "email": "Dana.Whitfield@example.com", "phone": ""},
        "phoneLast4": "0142",
        "items": [
            {"productId": "9001", "name": "Blue Dream 3.5g", "qty": 2, "price": 35.0},
            {"productId": "unknown", "name": "House Lighter", "qty": 1, "price": 2.5},
        ],
        "totals": {"subtotal": 72.5, "tax": 7.25, "discount": 0, "total": 79.75},
        "status": "completed",
        "mode": "live",
        "source": "alleaves",
        "createdAt": PLACED_AT,
        "updatedAt": PLACED_AT,
    }


def pos_webhook_order() -> Document:
    """Pushed by the point of sale: an anonymous sale at the counter."""
    return {
        "brandId": ORG,
        "retailerId": ORG,
        "userId": "alleaves_customer",
        "customer": {"name": "Unknown", "email": "no-email@alleaves.local", "phone": ""},
        "items": [
            {
                "productId": "9001",
                "name": "Blue Dream 3.5g",
                "qty": 1,
                "price": 35,
                "category": "other",
            }
        ],
        "totals": {"subtotal": 35, "tax": 3.5, "discount": 0, "total": 38.5},
        "status": "completed",
        "mode": "live",
        "source": "alleaves",
        "createdAt": PLACED_AT,
    }


def web_checkout_order() -> Document:
    """Placed in the web shop for pickup or delivery; `brandId` may be null."""
    return {
        "retailerId": ORG,
        "brandId": None,
        "userId": "uid_7Hk2",
        "customer": {"name": "Lee Park", "email": "lee@example.org", "phone": "(555) 201-3344"},
        "items": [
            {
                "productId": "gummies-10",
                "name": "Peach Gummies",
                "qty": 3,
                "price": 18.0,
                "category": "Gummies",
            }
        ],
        "totals": {
            "subtotal": 48.6,
            "tax": 4.86,
            "discount": 5.4,
            "deliveryFee": 0,
            "total": 53.46,
        },
        "coupon": {"code": "SPRING10", "discount": 5.4},
        "fulfillmentType": "pickup",
        "paymentStatus": "pay_at_pickup",
        "paymentMethod": "cash",
        "mode": "live",
        "status": "submitted",
        "createdAt": PLACED_AT,
    }


def shipping_checkout_order() -> Document:
    """Placed in the web shop to be shipped."""
    return {
        "brandId": ORG,
        "retailerId": ORG,
        "userId": "uid_7Hk2",
        "customer": {"name": "Lee Park", "email": "lee@example.org", "phone": "5552013344"},
        "items": [
            {"productId": "balm-1", "name": "Balm", "qty": 1, "price": 24.0, "category": "Topicals"}
        ],
        "totals": {"subtotal": 24.0, "tax": 1.98, "shipping": 6.95, "total": 32.93},
        "purchaseModel": "online_only",
        "fulfillmentStatus": "unfulfilled",
        "shippingAddress": {"street": "1 Main St", "city": "Albany", "zip": "12207"},
        "status": "submitted",
        "createdAt": PLACED_AT,
    }


def legacy_web_order() -> Document:
    """Placed by the legacy web checkout: its own tenancy fields, totals at the top level."""
    return {
        "organizationId": ORG,
        "dispensaryId": "disp_3",
        "pickupLocationId": "disp_3",
        "customer": {
            "email": "mo@example.net",
            "name": "Mo Diaz",
            "phone": "+1 555 867 5309",
            "uid": "uid_mo",
        },
        "items": [
            {"productId": "p1", "name": "Vaporizer Kit", "quantity": 1, "unitPrice": 89.99},
            {"productId": "p2", "name": "Papers", "quantity": 4, "unitPrice": 1.25},
        ],
        "subtotal": 94.99,
        "tax": 9.5,
        "fees": 1.0,
        "total": 105.49,
        "couponCode": "WELCOME",
        "currency": "USD",
        "status": "pending",
        "paymentStatus": "paid",
        "createdAt": PLACED_AT,
    }


def payment_intent_order() -> Document:
    """Placed through a payment provider that has the customer pay by bank."""
    return {
        "brandId": ORG,
        "dispensaryId": "disp_3",
        "retailerId": "disp_3",
        "userId": "uid_ari",
        "customer": {"name": "Ari Cole", "email": "ari@example.com", "phone": "5551112222"},
        "items": [
            {"productId": "p9", "name": "Live Resin Cartridge", "qty": 1, "price": 45, "sku": None}
        ],
        "totals": {"subtotal": 45, "tax": 4.5, "discount": 0, "total": 49.5},
        "paymentIntentId": "pi_123",
        "status": "submitted",
        "createdAt": PLACED_AT,
    }


def pilot_seed_order() -> Document:
    """Seeded for a pilot: a flat customer, item names with prefixes, epoch milliseconds."""
    return {
        "orgId": ORG,
        "brandId": "brand_x",
        "customerId": "cust_x_vip_1",
        "customerEmail": "pilot.vip1@example.com",
        "customerName": "Pilot Vip",
        "items": [
            {
                "productName": "Sunset Sherbet",
                "productCategory": "flower",
                "brandName": "X",
                "quantity": 2,
                "unitPrice": 40,
                "total": 80,
            }
        ],
        "subtotal": 80,
        "tax": 8,
        "discount": 0,
        "total": 88,
        "status": "completed",
        "source": "pilot_test",
        "createdAt": PLACED_AT_MILLISECONDS,
        "completedAt": PLACED_AT_MILLISECONDS + 3_600_000,
    }


def sandbox_seed_order() -> Document:
    """Seeded for a sandbox: the least that an order can be."""
    return {
        "brandId": ORG,
        "customer": {"name": "Sam Tester", "email": "sam@example.com"},
        "items": [{"productId": "s1", "name": "Sample", "price": 12.34, "qty": 1}],
        "total": 12.34,
        "status": "confirmed",
        "createdAt": PLACED_AT,
    }


def outcome_of(
    document: object,
    order_id: str = "order_1",
    *,
    written_at: datetime = WRITTEN_AT,
    now: datetime = WRITTEN_AT,
    policy: OrderPolicy = POLICY,
) -> NormalizedOrder | Rejection:
    """The document read as the product reads it, for an organisation in Los Angeles."""
    claim = claimed_organization(document)
    if isinstance(claim, Rejection):
        return claim
    return normalize(
        order_id,
        document,
        org_id=claim.id,
        time_zone=ZoneInfo("America/Los_Angeles"),
        customer_key=CUSTOMER_KEY,
        written_at=written_at,
        now=now,
        policy=policy,
    )


def order_of(document: object, order_id: str = "order_1", **read: Any) -> NormalizedOrder:
    """The normalised order of a document that can be read."""
    outcome = outcome_of(document, order_id, **read)
    assert isinstance(outcome, NormalizedOrder), outcome
    return outcome


def fact_of(document: object, order_id: str = "order_1", **read: Any) -> OrderFact:
    """The fact of a document that can be read."""
    return order_of(document, order_id, **read).fact


def organization_of(document: object) -> ClaimedOrganization:
    """The organisation that a document names."""
    claim = claimed_organization(document)
    assert isinstance(claim, ClaimedOrganization), claim
    return claim
