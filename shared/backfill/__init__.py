"""Backfill: existing orders are counted, in the order in which they were placed."""
