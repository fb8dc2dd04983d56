"""Answers are compressed for whoever accepts that, and mean the same."""

import gzip
import json
import zlib

import pytest
from google.cloud import firestore

from shared.customers import store as customer_list
from shared.kernel.errors import BrokenExportError
from shared.web.compression import MIN_BYTES
from tests.customers.people import Person, put
from tests.support.dashboard import Dashboard
from tests.support.metered import Before, failing

GZIP = {"Accept-Encoding": "gzip"}
CUSTOMERS = "/v1/customers"
THRESHOLDS = "/v1/settings/thresholds"


@pytest.fixture
def people(firestore_client: firestore.Client) -> None:
    put(firestore_client, [Person(key=f"k{number:02}") for number in range(20)])


def test_a_page_is_compressed(dashboard: Dashboard, people: None) -> None:
    plain = dashboard.call(CUSTOMERS)
    packed = dashboard.call(CUSTOMERS, headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 4
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("gzip;q=0, *", None),
        ("identity, gzip;q=0.5", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("br, gzip;q=0.1", "gzip"),
        ("gzip, identity", "gzip"),
        ("*", "gzip"),
    ],
)
def test_the_caller_says_what_it_accepts(
    dashboard: Dashboard, people: None, accepted: str | None, encoding: str | None
) -> None:
    headers = {} if accepted is None else {"Accept-Encoding": accepted}

    response = dashboard.call(CUSTOMERS, headers=headers)

    assert response.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in response.headers["Vary"]


def test_a_small_answer_is_sent_as_it_is(dashboard: Dashboard) -> None:
    for path, status in (("/v1/health", 200), ("/v1/nothing", 404)):
        response = dashboard.call(path, headers=GZIP)

        assert response.status_code == status
        assert len(response.data) < MIN_BYTES
        assert "Content-Encoding" not in response.headers


def test_a_long_problem_is_compressed(dashboard: Dashboard) -> None:
    path = "/v1/" + "x" * MIN_BYTES

    response = dashboard.call(path, headers=GZIP)

    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert response.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(response.data))["status"] == 404


def test_head_tells_what_get_does(dashboard: Dashboard, people: None) -> None:
    for query in ("", "format=csv"):
        head, get = (
            dashboard.call(CUSTOMERS, query, method=method, headers=GZIP)
            for method in ("HEAD", "GET")
        )
        assert head.data == b""
        for answer in (head, get):
            # Each call has its own.
            assert answer.headers.pop("X-Request-Id")
        assert head.headers == get.headers
        assert head.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/v1/segments", "/v1/analytics/overview", "/v1/openapi.json"])
def test_a_weak_etag_names_the_answer_in_either_form(dashboard: Dashboard, path: str) -> None:
    plain, packed = (dashboard.call(path, headers=headers) for headers in ({}, GZIP))
    etag = plain.headers["ETag"]

    assert etag.startswith("W/")
    assert packed.headers["ETag"] == etag
    assert packed.headers["Content-Encoding"] == "gzip"
    for headers in ({}, GZIP):
        kept = dashboard.call(path, headers={**headers, "If-None-Match": etag})
        assert (kept.status_code, kept.data) == (304, b"")
        assert kept.headers["ETag"] == etag
        assert kept.headers["Vary"] == packed.headers["Vary"]
        assert "Content-Encoding" not in kept.headers


def test_what_has_a_strong_etag_is_one_sequence_of_bytes(dashboard: Dashboard) -> None:
    """Otherwise two of them would have one strong ETag, or `If-Match` would need two."""
    products = ["x" * 100 + letter for letter in "abcdefghij"]
    definition = {"field": "product", "operator": "in", "value": products}
    made = dashboard.call(
        "/v1/custom-segments", method="POST", json={"name": "Mine", "definition": definition}
    )
    path = f"/v1/custom-segments/{made.json['id']}"

    plain, packed = (dashboard.call(path, headers=headers) for headers in ({}, GZIP))

    assert len(plain.data) > MIN_BYTES
    assert not plain.headers["ETag"].startswith("W/")
    assert (packed.data, packed.headers["ETag"]) == (plain.data, plain.headers["ETag"])
    assert "Content-Encoding" not in packed.headers
    gone = dashboard.call(
        path, method="DELETE", headers={**GZIP, "If-Match": packed.headers["ETag"]}
    )
    assert gone.status_code == 204


class TestFiles:
    """CSV files are made while they are sent."""

    @pytest.fixture(autouse=True)
    def batches(self, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(customer_list, "EXPORT_BATCH", 4)
        put(firestore_client, [Person(key=f"k{number}") for number in range(7)])

    def test_each_piece_can_be_read_when_it_arrives(self, dashboard: Dashboard) -> None:
        plain = dashboard.call(CUSTOMERS, "format=csv").data
        response = dashboard.call(CUSTOMERS, "format=csv", headers=GZIP, buffered=False)

        assert response.is_streamed
        assert "Content-Length" not in response.headers
        reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        read = [reader.decompress(piece) for piece in response.iter_encoded()]
        assert read[0].endswith(b"profileIds\r\n")
        assert [piece.count(b"\r\n") for piece in read] == [1, 4, 3, 0]
        assert b"".join(read) == plain
        assert reader.eof

    def test_one_that_ends_early_can_be_told_from_a_whole_one(
        self, dashboard: Dashboard, firestore_client: firestore.Client
    ) -> None:
        response = dashboard.call(CUSTOMERS, "format=csv", headers=GZIP, buffered=False)
        reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        read = (reader.decompress(piece) for piece in response.iter_encoded())

        with (
            failing(firestore_client, lambda method, number: Before(RuntimeError("broken"))),
            pytest.raises(BrokenExportError),
        ):
            list(read)
        assert not reader.eof
