"""Connection of a maintenance tool to an installation, from its environment."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import firestore

from shared.installation import build_services
from shared.kernel import logs
from shared.kernel.errors import ConfigurationError
from shared.kernel.settings import CUSTOMER_KEY_SECRET, Settings, customer_key_secret
from shared.services import Services
from tools.errors import ToolError
from tools.stack.firebase_cli import ROOT
from tools.stack.local_secret import customer_key_secret as local_secret
from tools.stack.local_stack import PROJECT

EMULATOR = "FIRESTORE_EMULATOR_HOST"
WAREHOUSE_EMULATOR = "BIGQUERY_EMULATOR_HOST"
Project = Annotated[
    str | None,
    typer.Option(
        help="The Google Cloud project. By default GOOGLE_CLOUD_PROJECT, or else with "
        f"{EMULATOR} that of the local stack."
    ),
]
"""The option --project of a tool."""


def connect(
    project: str | None, environ: Mapping[str, str] = os.environ, *, warehouse: bool = False
) -> Services:
    """The services of the project named, or of the one in the environment.

    With FIRESTORE_EMULATOR_HOST set this is the local stack, its project and its secret. Raises
    ToolError where the project or the secret is missing, and for a tool that needs the `warehouse`
    where one of the two databases is local and the other is not.
    """
    logs.configure()
    local = EMULATOR in environ
    if warehouse and local != (WAREHOUSE_EMULATOR in environ):
        raise ToolError(
            f"Set both {EMULATOR} and {WAREHOUSE_EMULATOR} to work on the local stack, or neither."
        )
    project = project or environ.get("GOOGLE_CLOUD_PROJECT") or (PROJECT if local else None)
    if not project:
        raise ToolError("Name the project with --project, or set GOOGLE_CLOUD_PROJECT.")
    secret = environ.get(CUSTOMER_KEY_SECRET) or (local_secret(ROOT) if local else None)
    try:
        return build_services(
            firestore.Client(project=project),
            # A tool works through many orders: settings are read again once an hour only.
            replace(Settings.from_environment(environ), settings_refresh_seconds=3600),
            customer_key_secret(secret),
        )
    except ConfigurationError as error:
        raise ToolError(str(error)) from None
    except DefaultCredentialsError:
        raise ToolError(
            "No credentials: run 'gcloud auth application-default login', or set "
            f"{EMULATOR} to work on the local stack."
        ) from None
