"""The HTTP function that the dashboard calls."""

import os
from functools import cache
from threading import Lock

from firebase_functions import https_fn
from flask import Flask, Request, Response

from functions.deployment import API_TIMEOUT_SECONDS, CONCURRENCY, REGION, SECRET
from functions.services import services

_building = Lock()


@https_fn.on_request(
    region=REGION,
    secrets=[SECRET],
    cpu=1,
    concurrency=CONCURRENCY,
    memory=512,
    timeout_sec=API_TIMEOUT_SECONDS,
    max_instances=50,
)
def api(request: Request) -> Response:
    """Answer one call."""
    with _building:
        app = _app()
    # The framework reads the body to its end after the answer: from the same stream, or it would
    # wait for bytes that have been read here.
    with app.request_context({**request.environ, "wsgi.input": request.stream}):
        return app.full_dispatch_request()


@cache
def _app() -> Flask:
    """Built by the first call, so that deploying and starting stay fast."""
    from functions.http.app import create_app
    from functions.http.authentication import FirebaseTokens, project_id

    return create_app(services(), FirebaseTokens(project_id(os.environ)))
