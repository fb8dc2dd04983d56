"""Reconciliation: an order's current contribution against the one last counted."""
