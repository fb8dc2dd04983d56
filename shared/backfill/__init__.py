"""Backfill: orders that are there already are counted, in the order in which they were made."""
