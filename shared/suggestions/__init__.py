"""Suggestions: groups of customers worth a custom segment."""
