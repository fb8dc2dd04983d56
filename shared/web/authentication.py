"""Authentication: from an Authorization header to verified token claims."""

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any, Protocol

from werkzeug.datastructures import Authorization

from shared.kernel.errors import (
    ConfigurationError,
    SessionRevokedError,
    SignInUnavailableError,
    UnauthenticatedError,
)


class VerifyToken(Protocol):
    """From a bearer token to its claims. Raises UnauthenticatedError and SignInUnavailableError."""

    def __call__(self, token: str, *, check_revoked: bool = False) -> Mapping[str, object]:
        """`check_revoked` asks whether a session cookie was revoked, or its account disabled."""


CERTIFICATE_SECONDS = 10
"""Longest wait for the public keys that tokens are signed with; they are kept for hours."""
CLOCK_SKEW_SECONDS = 10
_COOKIE_ISSUER = "https://session.firebase.google.com/"

_creating = Lock()


class FirebaseTokens:
    """Verifies Firebase ID tokens and session cookies of one project.

    ID tokens end after an hour; session cookies live for up to two weeks, so that for them the
    account is asked for where `check_revoked` says so: one call of Firebase Authentication.

    With FIREBASE_AUTH_EMULATOR_HOST set, tokens of the auth emulator pass, which are not signed.
    """

    def __init__(self, project_id: str) -> None:
        self._project_id = project_id
        self._app = _firebase_app(project_id)

    def __call__(self, token: str, *, check_revoked: bool = False) -> Mapping[str, object]:
        """The claims, with `uid`."""
        from firebase_admin import auth

        try:
            if _is_session_cookie(token):
                return self._session_claims(token, check_revoked=check_revoked)
            claims: Mapping[str, object] = auth.verify_id_token(
                token, app=self._app, clock_skew_seconds=CLOCK_SKEW_SECONDS
            )
        except auth.CertificateFetchError as error:
            raise SignInUnavailableError("Tokens cannot be verified at the moment.") from error
        except (auth.InvalidIdTokenError, ValueError, RecursionError) as error:
            # The last is what the JSON decoder raises for a token of thousands of brackets.
            raise UnauthenticatedError("The ID token is invalid or has expired.") from error
        return claims

    def _session_claims(self, cookie: str, *, check_revoked: bool) -> Mapping[str, object]:
        from firebase_admin import auth, exceptions
        from google.auth.exceptions import GoogleAuthError

        app = _firebase_app(self._project_id, with_accounts=True) if check_revoked else self._app
        try:
            claims: Mapping[str, object] = auth.verify_session_cookie(
                cookie,
                check_revoked=check_revoked,
                app=app,
                clock_skew_seconds=CLOCK_SKEW_SECONDS,
            )
        except (
            auth.RevokedSessionCookieError,
            auth.UserDisabledError,
            auth.UserNotFoundError,
        ) as error:
            raise SessionRevokedError("The session has been revoked: sign in again.") from error
        except (auth.InvalidSessionCookieError, ValueError, RecursionError) as error:
            raise UnauthenticatedError("The session cookie is invalid or has expired.") from error
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise SignInUnavailableError("Sessions cannot be verified at the moment.") from error
        return claims


def claims_of(
    authorization: Authorization | None, verify: VerifyToken, *, check_revoked: bool = False
) -> Mapping[str, object]:
    """The claims of the bearer token in the header. Raises what `verify` raises."""
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        raise UnauthenticatedError(
            "An `Authorization: Bearer <ID token or session cookie>` header is required."
        )
    return verify(authorization.token, check_revoked=check_revoked)


def _is_session_cookie(token: str) -> bool:
    """Whether a token claims to be a session cookie, which is verified afterwards."""
    from google.auth import jwt

    claims = jwt.decode(token, verify=False)
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return isinstance(issuer, str) and issuer.startswith(_COOKIE_ISSUER)


def project_id(environment: Mapping[str, str]) -> str:
    """The Firebase project this runs in. Raises ConfigurationError if nothing names it."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        if environment.get(name):
            return environment[name]
    try:
        config = json.loads(environment.get("FIREBASE_CONFIG", ""))
    except ValueError:
        config = None
    configured_id = config.get("projectId") if isinstance(config, dict) else None
    if not isinstance(configured_id, str) or not configured_id:
        raise ConfigurationError(
            "The project must be named by GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT or the projectId "
            "in FIREBASE_CONFIG; received none of them."
        )
    return configured_id


def _firebase_app(project_id: str, *, with_accounts: bool = False) -> Any:
    """The app that verifies tokens; `with_accounts`, one that may look accounts up."""
    import firebase_admin
    from google.auth.credentials import AnonymousCredentials

    name = f"segments-{project_id}" + ("-accounts" if with_accounts else "")
    with _creating:
        try:
            return firebase_admin.get_app(name)
        except ValueError:
            # Verifying a signature takes public keys only, so no credentials are looked for.
            return firebase_admin.initialize_app(
                None if with_accounts else AnonymousCredentials(),
                {"projectId": project_id, "httpTimeout": CERTIFICATE_SECONDS},
                name,
            )
