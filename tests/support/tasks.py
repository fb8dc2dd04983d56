"""Tasks through the deployed functions, as the queue delivers them."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from functions.tasks import RETRY_COUNT
from shared.nightly.dispatch import Task


def deliver(function: Callable[..., Any], data: Task | object, attempt: int = 1) -> int:
    """Deliver a task, or whatever data; gives the status of the answer."""
    content = data.as_data() if isinstance(data, Task) else data
    headers = [(RETRY_COUNT, str(attempt - 1))]
    environ = EnvironBuilder(method="POST", json={"data": content}, headers=headers).get_environ()
    with Flask(__name__).app_context():
        return int(function(Request(environ)).status_code)
