"""What an organisation of a night takes, its task included."""

from functions.questions import QUESTIONS

COMPUTE_CALLS = 6 + len(QUESTIONS)
"""Calls to Firestore: counted in `tests/emulator/test_compute_night.py`."""
