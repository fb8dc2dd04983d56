"""The id of the HTTP call that a thread answers, for the answer and for the log."""

from contextvars import ContextVar

_REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin_request(request_id: str) -> None:
    """Name the HTTP call that this thread answers from now on, its file included."""
    _REQUEST_ID.set(request_id)


def current_request_id() -> str | None:
    """The id of the HTTP call being answered; None outside of calls."""
    return _REQUEST_ID.get()
