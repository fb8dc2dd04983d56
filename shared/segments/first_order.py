"""Acquisition of a customer: channel, category and campaign of the first order."""

from collections import Counter

from shared.segments.history import OrderHistory, PastOrder


def first_order(history: OrderHistory) -> PastOrder | None:
    """The earliest order; None without orders, and where the oldest ones were left out."""
    if history.truncated:
        return None
    return next((order for order in history.orders if not order.is_return), None)


def largest_category(order: PastOrder) -> str:
    """The category with most of the order's amount, the first by name of equal ones.

    Empty for an order without lines. The same as in `refresh_order_entries.sql`.
    """
    cents: Counter[str] = Counter()
    for line in order.lines:
        cents[line.category] += line.amount_cents
    return min(cents, key=lambda category: (-cents[category], category), default="")
