"""The deployed function under the platform's own framework and server, over a real connection."""

import gzip
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud import firestore

from tests.customers.people import Person, put
from tests.support.own_data import own_project_id
from tests.support.shop import ORG
from tests.support.tokens import bearer, unsigned_token
from tools.stack.firebase_cli import ROOT
from tools.stack.ports import HOST, free_ports
from tools.stack.processes import Server, running
from tools.stack.readiness import wait_until

PEOPLE = 40
START_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The response as it was sent."""

    status: int
    headers: dict[str, str]
    """By name in small letters."""
    body: bytes

    @property
    def content(self) -> bytes:
        """The body without its encoding."""
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A server with the function, and an account that may call it."""

    port: int
    token: str

    def send(self, request: bytes) -> Answer:
        """The answer to these bytes. The connection is closed after it."""
        with socket.create_connection((HOST, self.port), timeout=30) as connection:
            connection.sendall(request)
            received = b""
            while piece := connection.recv(65536):
                received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}
        if headers.get("transfer-encoding") == "chunked":
            body = unchunked(body)
        return Answer(status=int(line.split(" ")[1]), headers=headers, body=body)

    def call(
        self,
        target: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        after: bytes = b"",
        **headers: str,
    ) -> Answer:
        """Return the response to a call of the account; `_` in names of headers stands for `-`.

        `after` follows the headers as it is.
        """
        fields = {
            "Host": "api.example",
            "Connection": "close",
            **bearer(self.token),
            **({"Content-Length": str(len(body))} if body else {}),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items()), "", ""]
        return self.send("\r\n".join(lines).encode("latin-1") + body + after)


def unchunked(body: bytes) -> bytes:
    """The content of a chunked body, which must be whole."""
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return content
        content, body = content + body[:length], body[length + 2 :]


@contextmanager
def served(project: str, log: Path, **settings: str) -> Iterator[tuple[Platform, Server]]:
    """The function as the platform starts it, with these variables in its environment."""
    (port,) = free_ports(1)
    environ = {
        **os.environ,
        "FUNCTION_TARGET": "api",
        "FUNCTION_SIGNATURE_TYPE": "http",
        "GOOGLE_CLOUD_PROJECT": project,
        "HOST": HOST,
        "PORT": str(port),
        **settings,
    }
    command = [sys.executable, "-m", "functions_framework"]
    with running(command, environ=environ, folder=ROOT, log=log) as server:
        wait_until(lambda: listening(port), server, what="The function", seconds=START_SECONDS)
        yield Platform(port=port, token=unsigned_token(project, role="brand", orgId=ORG)), server


def listening(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def platform(
    firestore_emulator: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The function over some customers."""
    project = own_project_id()
    client = firestore.Client(project=project)
    put(client, [Person(key=f"k{number:03}") for number in range(PEOPLE)])
    client.close()
    log = tmp_path_factory.mktemp("platform") / "log"
    with served(project, log, CUSTOMER_KEY_SECRET="x" * 32) as (platform, _):
        yield platform


def assert_problem(answer: Answer, status: int, kind: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(answer.content)["type"] == f"urn:segments:problem:{kind}"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Origin, Authorization, Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    ["/v1/segments%0A", "/v1/seg%0Aments", "/%0A/x", "/v1/customers/a%0Ab", "/v1/customers/%0D%0A",
     "/robots.txt", "/favicon.ico", "/", "/v1//segments"],
)  # fmt: skip
def test_every_path_that_is_not_there_gets_a_problem(platform: Platform, path: str) -> None:
    """Those with a line feed got a page of HTML from the framework."""
    kind = "not-found" if path.startswith("/v1/customers/") else "path-not-found"
    assert_problem(platform.call(path), 404, kind)


def test_a_page_and_a_file_arrive_compressed(platform: Platform) -> None:
    for query in ("", "?format=csv"):
        plain = platform.call("/v1/customers" + query)
        packed = platform.call("/v1/customers" + query, Accept_Encoding="gzip")

        assert packed.headers["content-encoding"] == "gzip"
        if query:
            assert packed.headers["transfer-encoding"] == "chunked"
            assert packed.content == plain.content
            assert packed.content.count(b"\r\n") == 1 + PEOPLE
        else:
            assert int(packed.headers["content-length"]) == len(packed.body)
            assert len(json.loads(packed.content)["customers"]) == PEOPLE
        assert len(packed.body) < len(plain.body) / 3


@pytest.mark.parametrize(
    ("chunks", "detail"),
    [
        (b"2\r\n{}\r\n0\r\n\r\n", "is required"),
        (b"ZZ\r\n{}\r\n0\r\n\r\n", "cannot be read completely"),
    ],
    ids=["chunks", "no chunks"],
)
def test_a_body_in_chunks_is_read_or_refused(
    platform: Platform, chunks: bytes, detail: str
) -> None:
    """Chunks of no size were answered with 500."""
    answer = platform.call(
        "/v1/custom-segments",
        method="POST",
        after=chunks,
        Content_Type="application/json",
        Transfer_Encoding="chunked",
    )

    assert_problem(answer, 400, "invalid-body")
    assert json.loads(answer.content)["errors"][0]["detail"] == detail


@pytest.mark.parametrize("size", [300_000, 5_000_000])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_body_that_is_too_large_is_told_so(platform: Platform, method: str, size: int) -> None:
    path = "/v1/custom-segments" + ("/cs_0123456789ab" if method == "PUT" else "")

    answer = platform.call(path, method=method, body=b" " * size, Content_Type="application/json")

    assert_problem(answer, 413, "body-too-large")


def test_settings_that_are_not_allowed_are_told_to_the_log_and_to_nobody_else(
    firestore_emulator: str, tmp_path: Path
) -> None:
    """The framework answered with a page of HTML."""
    with served("demo-test", tmp_path / "log", CUSTOMER_KEY_SECRET="short") as (platform, server):
        answer = platform.call("/v1/health")

        assert_problem(answer, 500, "internal-server-error")
        assert b"CUSTOMER_KEY_SECRET" not in answer.content
        assert "CUSTOMER_KEY_SECRET must be set" in server.output()
