"""The HTTP functions that the dashboard calls."""

import os
from functools import cache
from threading import Lock
from typing import Any, cast

from firebase_functions import https_fn
from flask import Flask, Request, Response, current_app, has_app_context, request

from functions.deployment import INSIGHTS_SECRETS, REGION, SECRET
from functions.services import services
from shared.kernel.platform import API_TIMEOUT_SECONDS, CONCURRENCY

ANSWERING: dict[str, Any] = {
    "region": REGION,
    "cpu": 1,
    "concurrency": CONCURRENCY,
    "memory": 512,
    "timeout_sec": API_TIMEOUT_SECONDS,
}
_building = Lock()


@https_fn.on_request(secrets=[SECRET], max_instances=50, **ANSWERING)
def api(request: Request) -> Response:
    """Answer one call."""
    return _answer(request, api.__name__)


@https_fn.on_request(secrets=INSIGHTS_SECRETS, max_instances=20, **ANSWERING)
def insights(request: Request) -> Response:
    """Answer one call about insights, the only ones in which Claude may be asked."""
    return _answer(request, insights.__name__)


def _answer(request: Request, function: str) -> Response:
    with _building:
        app = _app(function)
    # The framework reads the rest of the body after the answer: from the same stream, or it waits.
    with app.request_context({**request.environ, "wsgi.input": request.stream}):
        return app.full_dispatch_request()


def _answer_for_the_framework() -> None:
    """Answer with problems in place of the framework's HTML pages.

    That is: paths with a line feed, `/robots.txt`, `/favicon.ico`, and what fails before there is
    an app. `main.py` runs within the framework's app, which is named for the function it serves.
    """
    functions_by_name = {each.__name__: each for each in (api, insights)}
    if has_app_context() and current_app.name in functions_by_name:
        function = functions_by_name[current_app.name]
        current_app.register_error_handler(
            404, lambda _: function(cast(Any, request)._get_current_object())
        )
        current_app.register_error_handler(500, _answer_to_failure)


def _answer_to_failure(_: Exception) -> Response:
    """Answer a failure that the framework has logged."""
    from shared.web.problems import error_before_the_app

    return error_before_the_app()


_answer_for_the_framework()


@cache
def _app(function: str) -> Flask:
    """Built by the first call, so that deploying and starting stay fast."""
    from shared.api.app import ROUTES, create_app
    from shared.web.authentication import FirebaseTokens, project_id

    return create_app(services(), FirebaseTokens(project_id(os.environ)), routes=ROUTES[function])
