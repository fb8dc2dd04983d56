"""Headers of every answer, and the answer to a browser's preflight request."""

import re
from dataclasses import dataclass

from flask import Flask, Response, request

from shared.kernel.request_id import current_request_id

ALLOWED_METHODS = "GET, POST, PUT, DELETE"
ALLOWED_HEADERS = (
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, "
    "X-Firebase-AppCheck, X-Requested-With, X-CSRF-Token"
)
"""Headers that routes read, and those that the dashboard sends with all its calls. Case does not
matter."""
EXPOSED_HEADERS = (
    "ETag, Retry-After, Location, Content-Disposition, "
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id"
)
REQUEST_ID = "X-Request-Id"
"""Names the call in its answer and in the log. Ids that callers send are not used: they could hold
personal data."""
PREFLIGHT_SECONDS = 3600
VARY = "Origin, Authorization, Accept-Encoding"

_LOCALHOST = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedOrigins:
    """The origins that browsers may call from: those named, and on request any port of localhost.

    Any origin other than localhost must equal one of those named.
    """

    named: frozenset[str]
    localhost: bool = False

    def __contains__(self, origin: str) -> bool:
        return origin in self.named or (self.localhost and _LOCALHOST.fullmatch(origin) is not None)


def preflight(app: Flask) -> Response:
    """Answer with the methods of this path; `finish` decides about the origin."""
    # Flask's own answer also names what the path is as the id of another route.
    own = request.url_rule
    allowed_methods = {
        method
        for rule in app.url_map.iter_rules()
        if own is not None and rule.rule == own.rule
        for method in rule.methods or ()
    }
    response = Response(status=204, headers={"Allow": ", ".join(sorted(allowed_methods))})
    del response.headers["Content-Type"]
    return response


def finish(response: Response, origins: AllowedOrigins) -> Response:
    """Add what every answer carries. Only an origin in `origins` is let in, and only by name."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "private, no-cache" if response.status_code < 400 else "no-store"
    headers["Vary"] = VARY
    if (request_id := current_request_id()) is not None:
        headers[REQUEST_ID] = request_id
    origin = request.headers.get("Origin")
    if origin is not None and origin in origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
            headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
