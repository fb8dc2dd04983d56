"""Headers that every answer carries, and the answer to a browser that asks before it calls."""

from collections.abc import Container

from flask import Flask, Response, request

ALLOWED_METHODS = "GET, POST, PUT, DELETE"
ALLOWED_HEADERS = (
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, "
    "X-Firebase-AppCheck, X-Requested-With, X-CSRF-Token"
)
"""What routes read, and what the dashboard sends with all its calls. Case does not matter."""
EXPOSED_HEADERS = "ETag, Retry-After, Location, Content-Disposition"
PREFLIGHT_SECONDS = 3600


def preflight(app: Flask) -> Response:
    """What may be called at this path; whether this origin may is said by `finish`."""
    allowed = sorted(app.make_default_options_response().allow)
    return Response(status=204, headers={"Allow": ", ".join(allowed)})


def finish(response: Response, origins: Container[str]) -> Response:
    """Add what every answer carries. Only an origin in `origins` is let in, and only by name."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "private, no-cache" if response.status_code < 400 else "no-store"
    headers["Vary"] = "Origin, Authorization"
    origin = request.headers.get("Origin")
    if origin is not None and origin in origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
            headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
