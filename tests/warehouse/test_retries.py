"""A connection that breaks, or a server that is unwell for a moment, loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from shared.warehouse.client import bigquery_client
from shared.warehouse.warehouse import Warehouse
from tests.support.warehouse_facts import fact_row

ROW = fact_row("o1", ordered_at=datetime(2026, 3, 1, tzinfo=UTC))


@contextmanager
def served(first: int | None) -> Iterator[tuple[int, list[int | None]]]:
    """Port and answers of a server whose first is this status, or a closed connection."""
    answers: list[int | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = 200 if answers else first
            answers.append(status)
            if status is None:
                self.close_connection = True
                return
            body = b"{}"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Not shown."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("first", [None, 500, 502, 503, 429])
def test_what_passes_is_tried_again(first: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(first) as (port, answers):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{port}")
        warehouse = Warehouse(bigquery_client("demo-test"), "sales", maximum_bytes_billed=1)
        warehouse.append([ROW])
    assert answers == [first, 200]
