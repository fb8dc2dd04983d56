"""Accounts in the auth emulator."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Mapping
from typing import Any

from tools.local_stack import PROJECT, FirebaseEmulators
from tools.ports import HOST


def signed_in_token(emulators: FirebaseEmulators, claims: Mapping[str, Any]) -> str:
    """The ID token of a new account with these claims, valid for an hour."""
    identity = f"http://{HOST}:{emulators.ports.auth}/identitytoolkit.googleapis.com/v1"
    credentials = {
        "email": f"{secrets.token_hex(6)}@example.com",
        "password": secrets.token_hex(8),
    }
    account = _post(f"{identity}/accounts:signUp?key=demo", credentials)
    _post(
        f"{identity}/projects/{PROJECT}/accounts:update",
        {"localId": account["localId"], "customAttributes": json.dumps(dict(claims))},
    )
    signed_in = _post(
        f"{identity}/accounts:signInWithPassword?key=demo",
        {**credentials, "returnSecureToken": True},
    )
    return str(signed_in["idToken"])


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    # The emulator's administrator is called "owner".
    headers = {"Content-Type": "application/json", "Authorization": "Bearer owner"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        return answer
