"""Who is calling: from an Authorization header to verified token claims."""

import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from werkzeug.datastructures import Authorization

from shared.kernel.errors import ConfigurationError, UnauthenticatedError, UnavailableError

VerifyToken = Callable[[str], Mapping[str, object]]
"""From an ID token to its claims. Raises UnauthenticatedError and UnavailableError."""

CERTIFICATE_SECONDS = 10
"""Longest wait for the public keys that tokens are signed with; they are kept for hours."""
CLOCK_SKEW_SECONDS = 10

_creating = Lock()


class FirebaseTokens:
    """Verifies Firebase ID tokens of one project.

    With FIREBASE_AUTH_EMULATOR_HOST set, tokens of the auth emulator pass, which are not signed.
    """

    def __init__(self, project_id: str) -> None:
        self._app = _firebase_app(project_id)

    def __call__(self, token: str) -> Mapping[str, object]:
        """The claims, with `uid`."""
        from firebase_admin import auth

        try:
            claims: Mapping[str, object] = auth.verify_id_token(
                token, app=self._app, clock_skew_seconds=CLOCK_SKEW_SECONDS
            )
        except auth.CertificateFetchError as error:
            raise UnavailableError("Tokens cannot be verified at the moment.") from error
        except (auth.InvalidIdTokenError, ValueError, RecursionError) as error:
            # The last is what the JSON decoder raises for a token of thousands of brackets.
            raise UnauthenticatedError("The ID token is invalid or has expired.") from error
        return claims


def claims_of(authorization: Authorization | None, verify: VerifyToken) -> Mapping[str, object]:
    """The claims of the bearer token in the header. Raises what `verify` raises."""
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        raise UnauthenticatedError("An `Authorization: Bearer <ID token>` header is required.")
    return verify(authorization.token)


def project_id(environment: Mapping[str, str]) -> str:
    """The Firebase project this runs in. Raises ConfigurationError where nothing names it."""
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        if environment.get(name):
            return environment[name]
    try:
        config = json.loads(environment.get("FIREBASE_CONFIG", ""))
    except ValueError:
        config = None
    named = config.get("projectId") if isinstance(config, dict) else None
    if not isinstance(named, str) or not named:
        raise ConfigurationError(
            "The project must be named by GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT or the projectId "
            "in FIREBASE_CONFIG; received none of them."
        )
    return named


def _firebase_app(project_id: str) -> Any:
    import firebase_admin
    from google.auth.credentials import AnonymousCredentials

    name = f"segments-{project_id}"
    with _creating:
        try:
            return firebase_admin.get_app(name)
        except ValueError:
            # Verifying a signature takes public keys only, so no credentials are looked for.
            return firebase_admin.initialize_app(
                AnonymousCredentials(),
                {"projectId": project_id, "httpTimeout": CERTIFICATE_SECONDS},
                name,
            )
