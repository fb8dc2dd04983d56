"""Idempotent creation: repeated calls create one resource."""

import hashlib
from uuid import uuid4

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from shared.web.schema import DescribedOnce, no_default, untitled


class IdempotencyHeader(DescribedOnce):
    """For the `header` argument of a route that creates something: documents the header."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    idempotency_key: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Any text chosen by the caller. A repeated call with the same key and body "
        "returns what the first call created; it is refused if the body differs, and where a "
        "custom segment has been changed since. Keys are shared by all accounts of an "
        "organisation.",
        json_schema_extra=no_default,
    )


def new_id(prefix: str, idempotency_key: str | None, *scope: str) -> str:
    """Return a new id, or the one that the same key always has in this scope."""
    if idempotency_key is None:
        return f"{prefix}_{uuid4().hex[:12]}"
    digest = hashlib.sha256("\n".join((*scope, idempotency_key)).encode()).hexdigest()
    return f"{prefix}_{digest[:12]}"
