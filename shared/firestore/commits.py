"""Commits with preconditions."""

from google.api_core import exceptions

CONFLICTS = (
    exceptions.FailedPrecondition,
    exceptions.AlreadyExists,
    exceptions.NotFound,
    exceptions.Aborted,
)
"""What Firestore answers when a precondition does not hold, or another commit is in the way."""
