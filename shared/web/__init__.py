"""Shared by every route: admission, problems, bodies, parameters, pages and headers."""
