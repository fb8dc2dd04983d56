"""Accounts of the auth emulator."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tools.stack.configuration import PROJECT
from tools.stack.ports import HOST

if TYPE_CHECKING:
    from tools.stack.local_stack import FirebaseEmulators


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Credentials of an account."""

    email: str
    password: str = field(repr=False)


def demo_account(emulators: FirebaseEmulators, org_id: str) -> Account:
    """Return the account of a stack for people to sign in to the dashboard: an editor."""
    account = Account(email="demo@example.com", password="demo-password")
    return _create(emulators, account, {"role": "brand_admin", "orgId": org_id})


def new_account(emulators: FirebaseEmulators, claims: Mapping[str, Any]) -> Account:
    """A new account whose tokens carry these claims."""
    account = Account(email=f"{secrets.token_hex(6)}@example.com", password=secrets.token_hex(8))
    return _create(emulators, account, claims)


def signed_in_token(emulators: FirebaseEmulators, claims: Mapping[str, Any]) -> str:
    """The ID token of a new account with these claims, valid for an hour."""
    account = new_account(emulators, claims)
    signed_in = _post(
        f"{_identity(emulators)}/accounts:signInWithPassword?key=demo",
        {**asdict(account), "returnSecureToken": True},
    )
    return str(signed_in["idToken"])


def session_cookie_of(emulators: FirebaseEmulators, id_token: str) -> str:
    """The session cookie that a server of its own makes of an ID token, valid for an hour."""
    response = _post(
        f"{_identity(emulators)}/projects/{PROJECT}:createSessionCookie",
        {"idToken": id_token, "validDuration": "3600"},
    )
    return str(response["sessionCookie"])


def disable_account(emulators: FirebaseEmulators, uid: str) -> None:
    """Disable an account."""
    _post(
        f"{_identity(emulators)}/projects/{PROJECT}/accounts:update",
        {"localId": uid, "disableUser": True},
    )


def _create(emulators: FirebaseEmulators, account: Account, claims: Mapping[str, Any]) -> Account:
    identity = _identity(emulators)
    response = _post(f"{identity}/accounts:signUp?key=demo", asdict(account))
    _post(
        f"{identity}/projects/{PROJECT}/accounts:update",
        {"localId": response["localId"], "customAttributes": json.dumps(dict(claims))},
    )
    return account


def _identity(emulators: FirebaseEmulators) -> str:
    return f"http://{HOST}:{emulators.ports.auth}/identitytoolkit.googleapis.com/v1"


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    # The emulator's administrator is called "owner".
    headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        return answer
