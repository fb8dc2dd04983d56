"""Affinity: products bought together, and products bought next."""
