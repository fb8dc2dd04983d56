"""Edges: decorators, parsing and wiring of the deployed functions."""
