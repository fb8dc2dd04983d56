"""The client of BigQuery, for the real one and for the emulator."""

import os

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

EMULATOR = "BIGQUERY_EMULATOR_HOST"


def bigquery_client(project: str | None = None) -> bigquery.Client:
    """A client of the project named, or of the one in the environment."""
    if EMULATOR in os.environ:
        return bigquery.Client(project=project, credentials=AnonymousCredentials())
    return bigquery.Client(project=project)
