"""The services of an instance, built once."""

import os
from functools import cache

from google.cloud import firestore

from shared.installation import build_services
from shared.kernel import logs
from shared.kernel.settings import (
    ANTHROPIC_API_KEY,
    CUSTOMER_KEY_SECRET,
    Settings,
    customer_key_secret,
)
from shared.services import Services


@cache
def services() -> Services:
    """The services of this instance, from its environment. Raises ConfigurationError."""
    logs.configure()
    return build_services(
        firestore.Client(),
        Settings.from_environment(os.environ),
        customer_key_secret(os.environ.get(CUSTOMER_KEY_SECRET)),
        anthropic_api_key=os.environ.get(ANTHROPIC_API_KEY, "").strip(),
    )
