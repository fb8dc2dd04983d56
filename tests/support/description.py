"""The API's description, as the tests read it."""

from functools import cache
from typing import Any

from shared.api.app import described_app
from shared.web.openapi_document import openapi_document


@cache
def api_document() -> dict[str, Any]:
    """The OpenAPI document of all routes, made once: many tests ask, and none changes it."""
    return openapi_document(described_app())
