"""Reconciliation: what an order says now against what was last counted for it."""
