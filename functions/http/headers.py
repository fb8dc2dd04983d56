"""Headers that every answer carries, and the answer to a browser that asks before it calls."""

from collections.abc import Container

from flask import Response, request

ALLOWED_HEADERS = "Authorization, Content-Type"
EXPOSED_HEADERS = "Retry-After"
PREFLIGHT_SECONDS = 3600


def preflight() -> Response:
    """What may be called; whether this origin may is said by `finish`."""
    return Response(status=204, headers={"Allow": "GET, HEAD, OPTIONS"})


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
            headers["Access-Control-Allow-Methods"] = "GET"
            headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
            headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
