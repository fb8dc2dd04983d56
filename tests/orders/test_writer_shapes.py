"""Every stored shape of orders yields its fact."""

from datetime import date, timedelta

from shared.orders.fact import Contact, OrderFact, OrderLine
from shared.orders.identity import Identity, IdentityKind
from tests.orders.documents import (
    CUSTOMER_KEY,
    ORG,
    PLACED_AT,
    fact_of,
    legacy_web_order,
    order_of,
    organization_of,
    payment_intent_order,
    pilot_seed_order,
    pos_sync_order,
    pos_webhook_order,
    sandbox_seed_order,
    shipping_checkout_order,
    web_checkout_order,
)


def email_key(email: str) -> str:
    return CUSTOMER_KEY(ORG, Identity(IdentityKind.EMAIL, email))


def line(product_id: str, name: str, category: str, quantity: int, cents: int) -> OrderLine:
    return OrderLine(
        product_id=product_id,
        name=name,
        category=category,
        quantity_milli=quantity * 1000,
        amount_cents=cents,
    )


def test_an_order_of_the_pos_sync_belongs_to_the_brand_and_not_to_the_location() -> None:
    order = order_of(pos_sync_order(), "alleaves_5512")
    assert order.fact == OrderFact(
        org_id=ORG,
        customer_key=email_key("dana.whitfield@example.com"),
        ordered_at=PLACED_AT,
        local_date=date(2026, 3, 14),
        amount_cents=79_75,
        lines=(
            line("9001", "Blue Dream 3.5g", "Other", 2, 70_00),
            line("name:house lighter", "House Lighter", "Other", 1, 2_50),
        ),
        channel="in_store",
        campaign_id=None,
        coupon_code=None,
        exclusion=None,
    )
    assert order.contact == Contact(
        display_name="Dana Whitfield", email="dana.whitfield@example.com"
    )


def test_an_anonymous_order_of_the_pos_webhook_counts_for_revenue_and_for_nobody() -> None:
    order = order_of(pos_webhook_order(), "alleaves_5513")
    assert order.fact.counted
    assert order.fact.amount_cents == 38_50
    assert order.fact.customer_key is None
    assert order.contact == Contact()


def test_a_web_checkout_without_a_brand_belongs_to_its_retailer() -> None:
    document = web_checkout_order()
    assert organization_of(document).field == "retailerId"
    fact = fact_of(document)
    assert fact.lines == (line("gummies-10", "Peach Gummies", "Edibles", 3, 54_00),)
    assert (fact.amount_cents, fact.channel, fact.coupon_code) == (53_46, "online", "SPRING10")
    assert fact.customer_key == email_key("lee@example.org")
    assert fact.counted


def test_a_shipping_checkout_is_online() -> None:
    fact = fact_of(shipping_checkout_order())
    assert (fact.amount_cents, fact.channel) == (32_93, "online")
    assert fact.lines == (line("balm-1", "Balm", "Topicals", 1, 24_00),)


def test_a_legacy_web_order_is_found_and_its_paid_pending_state_counts() -> None:
    document = legacy_web_order()
    assert organization_of(document).field == "organizationId"
    fact = fact_of(document)
    assert fact.counted
    assert (fact.amount_cents, fact.channel, fact.coupon_code) == (105_49, "online", "WELCOME")
    assert fact.lines == (
        line("p1", "Vaporizer Kit", "Other", 1, 89_99),
        line("p2", "Papers", "Other", 4, 5_00),
    )


def test_an_order_paid_by_payment_intent_is_online() -> None:
    fact = fact_of(payment_intent_order())
    assert (fact.amount_cents, fact.channel) == (49_50, "online")
    assert fact.lines == (line("p9", "Live Resin Cartridge", "Other", 1, 45_00),)


def test_a_pilot_order_has_a_flat_customer_and_its_date_in_epoch_milliseconds() -> None:
    order = order_of(pilot_seed_order())
    assert order.fact.org_id == ORG
    assert order.fact.ordered_at == PLACED_AT
    assert order.fact.amount_cents == 88_00
    assert order.fact.customer_key == email_key("pilot.vip1@example.com")
    assert order.fact.lines == (line("name:sunset sherbet", "Sunset Sherbet", "Flower", 2, 80_00),)
    assert order.fact.channel == "unknown"
    assert order.contact == Contact(display_name="Pilot Vip", email="pilot.vip1@example.com")


def test_a_sandbox_order_is_the_least_that_counts() -> None:
    fact = fact_of(sandbox_seed_order())
    assert fact.counted
    assert (fact.amount_cents, fact.channel) == (12_34, "unknown")
    assert fact.ordered_at - PLACED_AT == timedelta(0)
