"""Session cookies as bearer tokens, and when it matters that one was revoked."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from google.cloud import firestore

from shared.segments.thresholds import Thresholds, stored_values
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG
from tests.support.tokens import session_cookie

BODY = {"thresholds": stored_values(Thresholds())}
PREVIEW = "/v1/settings/thresholds:preview"


class Accounts:
    """Answers look-ups of accounts as Firebase Authentication does."""

    def __init__(self) -> None:
        self.asked = 0
        self.users: list[dict[str, Any]] = [{"localId": "user_1", "validSince": "0"}]
        accounts = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                accounts.asked += 1
                content = json.dumps({"users": accounts.users}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch, firestore_emulator: str) -> Iterator[Accounts]:
    served = Accounts()
    thread = Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    port = served.server.server_port
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", f"127.0.0.1:{port}")
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


@pytest.fixture
def cookie(project_id: str) -> str:
    return session_cookie(project_id, role="dispensary_staff", orgId=ORG)


def test_a_session_cookie_reads_without_asking_for_the_account(
    dashboard: Dashboard, accounts: Accounts, cookie: str
) -> None:
    assert dashboard.get("/v1/me", token=cookie)["orgId"] == ORG
    assert accounts.asked == 0


def test_a_change_and_a_file_ask_for_the_account(
    dashboard: Dashboard, accounts: Accounts, cookie: str
) -> None:
    changed = dashboard.call(PREVIEW, method="POST", json=BODY, token=cookie)
    file = dashboard.call("/v1/customers", {"format": "csv"}, token=cookie)

    assert (changed.status_code, file.status_code, accounts.asked) == (200, 200, 2)


@pytest.mark.parametrize(
    "users",
    [
        [{"localId": "user_1", "validSince": str(int(time.time()) + 3600)}],
        [{"localId": "user_1", "validSince": "0", "disabled": True}],
        [],
    ],
    ids=["revoked", "disabled", "deleted"],
)
def test_a_revoked_session_changes_and_exports_nothing(
    dashboard: Dashboard, accounts: Accounts, cookie: str, users: list[dict[str, Any]]
) -> None:
    accounts.users = users

    changed = dashboard.call(PREVIEW, method="POST", json=BODY, token=cookie)
    file = dashboard.call("/v1/customers", {"format": "csv"}, token=cookie)

    for response in (changed, file):
        assert_problem(response, 401, "session-revoked")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_where_accounts_cannot_be_asked_for_it_is_unavailable(
    dashboard: Dashboard, cookie: str, firestore_client: firestore.Client
) -> None:
    response = dashboard.call(PREVIEW, method="POST", json=BODY, token=cookie)

    assert_problem(response, 503, "sign-in-unavailable")


def test_a_cookie_of_another_project_is_refused(dashboard: Dashboard) -> None:
    cookie = session_cookie("demo-another", role="brand", orgId=ORG)

    assert_problem(dashboard.call("/v1/me", token=cookie), 401, "not-signed-in")


def test_beside_no_emulator_an_unsigned_cookie_is_refused(
    dashboard: Dashboard, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dashboard.call("/v1/me", token=cookie).status_code == 200
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")

    assert_problem(dashboard.call("/v1/me", token=cookie), 401, "not-signed-in")
