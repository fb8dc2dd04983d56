"""Conditional changes: ETag and If-Match (RFC 9110).

A change names the version that the client has seen, so that no client overwrites a change it has
not seen.
"""

from flask import request
from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from shared.kernel.errors import PreconditionFailedError, PreconditionRequiredError
from shared.web.schema import DescribedOnce, no_default, untitled


class MatchHeader(DescribedOnce):
    """For the `header` argument of a route that calls `require_match`: documents the header."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    if_match: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="If-Match",
        description="ETag of the version to change, or `*` for any.",
        json_schema_extra=no_default,
    )


class NoneMatchHeader(DescribedOnce):
    """For the `header` argument of a route whose answers callers may keep: documents the header."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    if_none_match: str | SkipJsonSchema[None] = Field(
        default=None,
        alias="If-None-Match",
        description="ETags of cached answers: 304 if one is still current.",
        json_schema_extra=no_default,
    )


def require_match(etag: str | None) -> None:
    """Hold the call against the version that is in force; `etag` is None if there is nothing.

    Raises PreconditionRequiredError if the call names no version, and PreconditionFailedError
    where it names others only. `*` names every version that exists. As a change needs a strong
    comparison, a weak ETag (`W/"…"`) names none.
    """
    if not request.headers.get("If-Match", "").strip():
        raise PreconditionRequiredError("If-Match with the current ETag is required.")
    if etag is None or not request.if_match.contains(etag):
        raise PreconditionFailedError("It has changed since that version. Read it again.")
