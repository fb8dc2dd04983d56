"""The funnel: sessions of the shop, from a view to an order."""
