"""Session cookies of the auth emulator, as the dashboard's own server makes them, on the stack."""

import pytest

from tests.e2e.calls import get, send
from tools.accounts import disable_account, session_cookie_of, signed_in_token
from tools.stack.local_stack import FirebaseEmulators

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

PREVIEW = {"definition": {"field": "totalSpent", "operator": "at_least", "value": 1}}


def test_a_session_cookie_is_a_token_until_its_account_is_disabled(
    emulators: FirebaseEmulators,
) -> None:
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": "org_of_sessions"})
    cookie = session_cookie_of(emulators, token)

    me = get(emulators, "/v1/me", cookie)
    assert (me["orgId"], me["role"]) == ("org_of_sessions", "brand_admin")
    preview = send(emulators, "/v1/custom-segments:preview", cookie, body=PREVIEW)
    assert preview.status == 200

    disable_account(emulators, me["uid"])
    refused = send(emulators, "/v1/custom-segments:preview", cookie, body=PREVIEW)
    assert refused.status == 401
    assert refused.json["type"] == "urn:segments:problem:session-revoked"
