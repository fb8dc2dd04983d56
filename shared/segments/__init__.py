"""Segments: the eight rules, their thresholds and a customer's path through them."""
