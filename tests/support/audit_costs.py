"""What the audit of a night takes for a small organisation, its task included."""

AUDIT_CALLS = 59
"""Calls to Firestore: counted in `tests/http/test_audit_night.py`."""
AUDIT_QUERIES = 5
"""Queries to BigQuery: what is known in short, the export, orders since, customers and days."""
