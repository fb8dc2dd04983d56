"""What the audit of a small organisation takes, its task included."""

AUDIT_CALLS = 37
"""Calls to Firestore: counted in `tests/http/test_audit_night.py`."""
AUDIT_QUERIES = 4
"""Queries to BigQuery: the export, customers, days, and who orders too much."""
