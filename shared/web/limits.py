"""Rate limits of routes: the limited calls, the accounts that may make them, and the headers of
answers.

A call that reads every customer costs a document read for each, and a change of rules a write: both
are bounded per account and per organisation. Refusals are in the order of their cost: 401, 403,
404, 400, then 429. Where the limits cannot be read the answer is 503, since letting every call
through would remove the bound when it is needed.
"""

from collections.abc import Mapping

from flask import Response, g

from shared.kernel import logs
from shared.kernel.errors import (
    AccountLimitError,
    OrganizationLimitError,
    ScanForbiddenError,
    TooManyRequestsError,
)
from shared.limits.token_bucket import CallKind, Outcome, Scope, tightest
from shared.web.context import organization, require_editor

_WHOSE = {Scope.ACCOUNT: "this account", Scope.ORGANIZATION: "this organisation"}
_LIMIT_ERRORS: Mapping[Scope, type[TooManyRequestsError]] = {
    Scope.ACCOUNT: AccountLimitError,
    Scope.ORGANIZATION: OrganizationLimitError,
}
_WHAT = {
    CallKind.SCAN: "calls that read every customer",
    CallKind.CHANGE: "changes of thresholds and custom segments",
    CallKind.REFRESH: "calls that refresh insights",
}


def may_scan() -> bool:
    """Whether the account may start what reads every customer.

    Read-only accounts may not, unless the organisation's settings allow it.
    """
    current = organization()
    return current.caller.may_change or current.settings().budtenders_may_scan


def check_scanner() -> None:
    """Raise ScanForbiddenError if the account may not start jobs that read every customer."""
    if not may_scan():
        raise ScanForbiddenError(
            "The role budtender may not run calls that read every customer unless the organisation "
            "allows it."
        )


def count_scan() -> None:
    """Count a call that reads every customer. Raises what `check_scanner` raises, then
    TooManyRequestsError.
    """
    check_scanner()
    _count(CallKind.SCAN)


def count_change() -> None:
    """Count a call that changes rules. Raises ReadOnlyError, then TooManyRequestsError."""
    require_editor()
    _count(CallKind.CHANGE)


def count_refresh() -> None:
    """Count a call that refreshes insights. Raises ReadOnlyError, then TooManyRequestsError."""
    require_editor()
    _count(CallKind.REFRESH)


def add_rate_limit(response: Response) -> Response:
    """Say in the headers how many calls of this kind are left."""
    outcome: Outcome | None = g.get("rate_limit")
    if outcome is not None:
        response.headers["RateLimit-Limit"] = str(outcome.limit.burst)
        response.headers["RateLimit-Remaining"] = str(outcome.remaining)
        response.headers["RateLimit-Reset"] = str(outcome.reset_seconds)
    return response


def _count(kind: CallKind) -> None:
    current = organization()
    tries = current.take(kind)
    if not tries:
        return
    scope = tightest(tries)
    g.rate_limit = tries[scope]
    if not tries[scope].allowed:
        logs.call_limited(current.id, kind, scope)
        raise _LIMIT_ERRORS[scope](
            f"There were too many {_WHAT[kind]} by {_WHOSE[scope]}.",
            retry_after_seconds=tries[scope].retry_after_seconds,
        )
