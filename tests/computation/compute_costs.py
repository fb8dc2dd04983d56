"""Cost of a night per organisation, its task included."""

from shared.computation.questions import QUESTIONS

COMPUTE_CALLS = 8 + len(QUESTIONS)
"""Calls to Firestore, with up to 200 products, as `tests/computation/test_job.py` counts."""
