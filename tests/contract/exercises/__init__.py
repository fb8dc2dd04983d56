"""Exercises of the product, for tests of its queries."""
