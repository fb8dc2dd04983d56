"""Organisations: ids, settings and access."""
