"""The dashboard's files as Firebase Hosting serves them, for the local stack.

Paths without `.html`, and the headers that firebase.json gives them: one place for both.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tools.errors import MissingToolError
from tools.stack.configuration import PROJECT
from tools.stack.firebase_cli import ROOT
from tools.stack.ports import DASHBOARD, HOST, require_free

if TYPE_CHECKING:
    from tools.stack.local_stack import FirebaseEmulators

FOLDER = Path("dashboard") / "out"
CONFIGURATION = "/dashboard.json"

_COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg")
_CONNECT = "connect-src 'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A file with what it is sent with."""

    body: bytes
    compressed: bytes | None
    """None for what compression does not make smaller."""
    headers: Mapping[str, str]


def require_dashboard(port: int, root: Path = ROOT) -> None:
    """Raise where the dashboard is not built or its port is taken: before a stack starts for it."""
    if not (root / FOLDER / "index.html").exists():
        raise MissingToolError("The dashboard is not built: run 'make install'.")
    require_free({DASHBOARD: port})


@contextmanager
def dashboard_server(
    emulators: FirebaseEmulators, port: int, *, root: Path = ROOT
) -> Iterator[str]:
    """Serves the built dashboard of the stack while the block runs; returns its address.

    Raises MissingToolError if it is not built, and PortError where the port is taken.
    """
    require_dashboard(port, root)
    pages = pages_of(root, configuration(emulators), origins(emulators))
    server = ThreadingHTTPServer((HOST, port), partial(_Handler, pages))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def configuration(emulators: FirebaseEmulators) -> dict[str, Any]:
    """Return the dashboard's configuration: where the API and the emulators are."""
    return {
        "api": emulators.http_url("api"),
        "insights": emulators.http_url("insights"),
        "firebase": {"apiKey": "demo", "projectId": PROJECT},
        "emulators": {
            "auth": f"http://{HOST}:{emulators.ports.auth}",
            "firestore": {"host": HOST, "port": emulators.ports.firestore},
        },
    }


def origins(emulators: FirebaseEmulators) -> tuple[str, ...]:
    """The origins that the dashboard calls, which its content security policy must allow."""
    ports = emulators.ports
    return tuple(f"http://{HOST}:{port}" for port in (ports.functions, ports.auth, ports.firestore))


def pages_of(
    root: Path, configuration: Mapping[str, Any], connects_to: tuple[str, ...]
) -> dict[str, Page]:
    """Return the served pages by path; `/404` is for every other one."""
    folder = root / FOLDER
    rules = json.loads((root / "firebase.json").read_text())["hosting"]["headers"]
    pages = {}
    for file in folder.rglob("*"):
        if file.is_file():
            path = "/" + file.relative_to(folder).as_posix()
            body = file.read_bytes()
            if path == CONFIGURATION:
                body = json.dumps(dict(configuration)).encode()
            pages[_address(path)] = _page(path, body, rules, connects_to)
    return pages


def _address(path: str) -> str:
    """The path that a file is served under: pages without their ending."""
    if path == "/index.html":
        return "/"
    return path.removesuffix(".html")


def _page(
    path: str, body: bytes, rules: list[dict[str, Any]], connects_to: tuple[str, ...]
) -> Page:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind == "text/javascript":
        kind = "application/javascript"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Vary": "Accept-Encoding",
    }
    for rule in rules:
        if fnmatchcase(path, rule["source"]):
            headers |= {header["key"]: header["value"] for header in rule["headers"]}
    policy = headers.get("Content-Security-Policy", "")
    headers["Content-Security-Policy"] = policy.replace(
        _CONNECT, " ".join([_CONNECT, *connects_to])
    )
    compressed = gzip.compress(body, mtime=0) if kind.startswith(_COMPRESSED) else None
    return Page(body=body, compressed=compressed, headers=headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, pages: Mapping[str, Page], *arguments: Any) -> None:
        self._pages = pages
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        page = self._pages.get(path)
        status = HTTPStatus.OK if page else HTTPStatus.NOT_FOUND
        page = page or self._pages["/404"]
        if status is HTTPStatus.OK and self.headers.get("If-None-Match") == page.headers["ETag"]:
            self._answer(HTTPStatus.NOT_MODIFIED, page.headers, b"")
            return
        headers, body = dict(page.headers), page.body
        if page.compressed is not None and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = page.compressed
        self._answer(status, {**headers, "Content-Length": str(len(body))}, body)

    do_HEAD = do_GET

    def _answer(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is for the demo."""
