"""ID tokens as the auth emulator makes them: unsigned, so they count only beside an emulator."""

import base64
import json
import time
from typing import Any


def unsigned_token(project_id: str, uid: str = "user_1", **claims: Any) -> str:
    """A token of the project with these custom claims; None leaves a claim out."""
    now = int(time.time())
    payload = {
        "iss": f"https://securetoken.google.com/{project_id}",
        "aud": project_id,
        "sub": uid,
        "user_id": uid,
        "iat": now - 60,
        "auth_time": now - 60,
        "exp": now + 3600,
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not None}
    return ".".join([_part({"alg": "none", "typ": "JWT"}), _part(kept), ""])


def session_cookie(project_id: str, uid: str = "user_1", **claims: Any) -> str:
    """A session cookie of the project, as the auth emulator makes them."""
    issuer = f"https://session.firebase.google.com/{project_id}"
    return unsigned_token(project_id, uid, **{"iss": issuer, **claims})


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
