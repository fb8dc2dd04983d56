"""The local stack's server of the dashboard serves as Firebase Hosting does."""

import gzip
import json
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError

import pytest

from tools.errors import MissingToolError, PortError
from tools.stack.dashboard_server import FOLDER, dashboard_server
from tools.stack.ports import Ports, free_ports

HOSTING = {
    "headers": [
        {
            "source": "**",
            "headers": [
                {"key": "Cache-Control", "value": "no-cache"},
                {"key": "Content-Security-Policy", "value": "connect-src 'self' https://a.example"},
            ],
        },
        {
            "source": "/_next/static/**",
            "headers": [{"key": "Cache-Control", "value": "public, immutable"}],
        },
    ]
}
FILES = {
    "index.html": "<h1>Segments</h1>" * 50,
    "customers.html": "<h1>Customers</h1>",
    "customers/data.txt": "data",
    "404.html": "<h1>Nothing</h1>",
    "dashboard.json": "{}",
    "_next/static/code.js": "let a;",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "firebase.json").write_text(json.dumps({"hosting": HOSTING}))
    return tmp_path


@pytest.fixture
def emulators() -> Any:
    ports = Ports(functions=1, firestore=2, auth=3, bigquery=4, dashboard=free_ports(1)[0])
    return SimpleNamespace(ports=ports, http_url=lambda name: f"http://127.0.0.1:1/{name}")


@pytest.fixture
def address(root: Path, emulators: Any) -> Iterator[str]:
    with dashboard_server(emulators, emulators.ports.dashboard, root=root) as actual:
        yield actual


def get(url: str, **headers: str) -> HTTPResponse | HTTPError:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer: HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=sent), timeout=10
        )
    except HTTPError as error:
        return error
    return answer


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/customers", "customers.html"),
        ("/customers?segment=vip", "customers.html"),
        ("/customers/data.txt", "customers/data.txt"),
    ],
)
def test_pages_have_no_ending(address: str, path: str, file: str) -> None:
    with get(address + path) as answer:
        assert (answer.status, answer.read().decode()) == (200, FILES[file])


@pytest.mark.parametrize("path", ["/nothing", "/../firebase.json", "/%2e%2e/firebase.json"])
def test_what_is_not_there_is_a_page_too(address: str, path: str) -> None:
    with get(address + path) as answer:
        assert (answer.status, answer.read().decode()) == (404, FILES["404.html"])


def test_a_browser_gets_compressed_pages_and_keeps_them(address: str) -> None:
    with get(address, Accept_Encoding="gzip") as answer:
        assert gzip.decompress(answer.read()).decode() == FILES["index.html"]
        etag = answer.headers["ETag"]
    with get(address, If_None_Match=etag) as answer:
        assert (answer.status, answer.read()) == (304, b"")


def test_headers_are_those_of_hosting_and_let_the_page_call_the_emulators(address: str) -> None:
    with get(address) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Security-Policy"] == (
            "connect-src 'self' http://127.0.0.1:1 http://127.0.0.1:3 http://127.0.0.1:2 "
            "https://a.example"
        )
    with get(f"{address}/_next/static/code.js") as answer:
        assert answer.headers["Cache-Control"] == "public, immutable"


def test_the_page_is_told_where_everything_is(address: str) -> None:
    with get(f"{address}/dashboard.json") as answer:
        told = json.load(answer)
    assert (told["api"], told["insights"]) == (
        "http://127.0.0.1:1/api",
        "http://127.0.0.1:1/insights",
    )
    assert told["emulators"] == {
        "auth": "http://127.0.0.1:3",
        "firestore": {"host": "127.0.0.1", "port": 2},
    }


def test_a_dashboard_that_is_not_built_is_named(tmp_path: Path, emulators: Any) -> None:
    with (
        pytest.raises(MissingToolError, match="make install"),
        dashboard_server(emulators, emulators.ports.dashboard, root=tmp_path),
    ):
        pass


def test_a_taken_port_is_named(root: Path, emulators: Any, address: str) -> None:
    with (
        pytest.raises(PortError, match="DASHBOARD_PORT"),
        dashboard_server(emulators, emulators.ports.dashboard, root=root),
    ):
        pass
