"""GET /v1/customers?format=csv: the whole list as a file."""

import csv
import http.client
import io
import json
import logging
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from google.api_core.exceptions import InternalServerError, ServiceUnavailable
from google.cloud import firestore
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.customers import csv_file as customers_csv
from shared.customers import store as customer_list
from shared.customers.csv_file import COLUMNS
from shared.customers.store import EXPORT_BATCH
from shared.kernel.errors import BrokenExportError
from shared.kernel.logs import JsonFormatter
from shared.orders.fact import Contact
from shared.segments.customer_selection import ListedCustomer
from shared.segments.segment import Segment
from shared.web import csv_cells
from tests.customers.people import Person, put
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import Before, failing, metered
from tests.support.shop import NOW, days_ago
from tests.support.tokens import bearer

PATH = "/v1/customers"
KEEN = "cs_0123456789ab"
COLUMN_NAMES = (
    "customerKey,name,email,phone,segment,customSegments,totalSpent,orders,avgOrderValue,"
    "firstOrderDate,lastOrderDate,daysSinceLastOrder,firstName,lastName,tier,points,tags,"
    "emailConsent,smsConsent,source,createdAt,profileIds"
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def many(count: int) -> list[Person]:
    return [
        Person(
            key=f"{number:032x}",
            name=f"Person Number {number}",
            email=f"person{number}@example.org",
            cents=1000 + number,
            last=days_ago(number % 50),
        )
        for number in range(count)
    ]


def test_a_file_is_what_spreadsheets_understand(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put(
        firestore_client,
        [
            Person(
                key="ada",
                name='=HYPERLINK("evil"), "Ada"',
                email="+ada@example.org",
                phone="+1 555 010 0123",
                cents=123_405,
                orders=4,
                last=datetime.fromisoformat("2026-11-20T11:59:59.000001Z"),
                custom=(KEEN, "cs_fedcba987654"),
            ),
            Person(key="bob", name="Zoë\r\nO'Brien", cents=5, last=days_ago(40)),
        ],
    )

    response = dashboard.call(PATH, {"format": "csv"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=customers.csv"
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.data.decode("utf-8") == (
        f"\ufeff{COLUMN_NAMES}\r\n"
        'ada,"\'=HYPERLINK(""evil""), ""Ada""",\'+ada@example.org,\'+1 555 010 0123,new,'
        "cs_0123456789ab;cs_fedcba987654,1234.05,4,308.51,"
        "2026-11-20T11:59:59.000001Z,2026-11-20T11:59:59.000001Z,3,,,,,,,,,,\r\n"
        'bob,"Zoë\r\nO\'Brien",,,new,,0.05,1,0.05,2026-10-14T12:00:00Z,2026-10-14T12:00:00Z,40,,,,,,,,,,\r\n'
    )


def test_nobody_is_a_file_with_its_columns(dashboard: Dashboard) -> None:
    assert dashboard.call(PATH, {"format": "csv"}).text == f"\ufeff{COLUMN_NAMES}\r\n"
    assert ",".join(COLUMNS) == COLUMN_NAMES


cells = st.text(alphabet=st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["=1", "+1", "-1", "@a", "\ta", "\ra", "a,b", 'a"b', "a\nb", "", " =1", "'=1", "a;=1", "\t=1"]
)


@given(name=cells, email=cells, phone=cells)
def test_every_cell_is_read_back_as_it_was_or_with_apostrophes_before_formulas(
    name: str, email: str, phone: str
) -> None:
    customer = ListedCustomer(
        customer_key="k",
        contact=Contact(display_name=name, email=email, phone=phone),
        order_count=1,
        lifetime_value_cents=0,
        average_order_value_cents=None,
        first_ordered_at=None,
        last_ordered_at=None,
        segment=Segment.NEW,
        segment_since=None,
        next_transition_at=None,
        custom_segments=(),
        preferred_categories=(),
    )

    text = csv_cells.lines([COLUMNS, customers_csv._row(customer, NOW)])

    (row,) = rows(text)
    for column, value in (("name", name), ("email", email), ("phone", phone)):
        assert row[column].replace("'", "") == value.replace("'", "")
        assert row[column] == value or any(sign in value for sign in "=+-@＝＋－＠\t\r")
        assert not row[column].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert (row["totalSpent"], row["avgOrderValue"], row["lastOrderDate"]) == ("0.00", "", "")


@pytest.mark.parametrize("separator", [";", "\t"])
@given(name=cells, email=cells)
def test_no_formula_begins_where_a_spreadsheet_separates_by_other_signs(
    separator: str, name: str, email: str
) -> None:
    line = csv_cells.lines([[csv_cells.text(name), csv_cells.text(email)]])

    for cells_of_row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
        for cell in cells_of_row[1:]:
            assert not cell.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_formula_begins_with_a_sign_in_its_wide_form(sign: str) -> None:
    assert csv_cells.text(f"{sign}1+1") == f"'{sign}1+1"
    assert csv_cells.text(f"a;{sign}1") == f"a;'{sign}1"
    assert csv_cells.text(f"a{sign}1") == f"a{sign}1"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_no_formula_hides_behind_a_quotation_mark(separator: str) -> None:
    line = csv_cells.lines([["2026-01", csv_cells.text(f'x{separator}"=1+1{separator}y'), 5]])

    (row,) = csv.reader(io.StringIO(line, newline=""), delimiter=separator)
    assert "'=1+1" in row


def test_a_file_holds_what_all_pages_hold_and_in_that_order(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_list, "EXPORT_BATCH", 4)
    put(firestore_client, [*many(23), Person(key="gone", orders=0), Person(key="nameless")])
    for query in (
        {},
        {"sort": "displayName", "order": "asc"},
        {"sort": "displayName"},
        {"sort": "totalSpent", "minTotalSpent": "10.03", "maxTotalSpent": "10.19"},
        {"search": "person number", "lastOrderFrom": "2026-11-15", "sort": "orderCount"},
        {"segment": "vip"},
    ):
        listed = dashboard.get(PATH, {**query, "pageSize": 200})["customers"]

        exported = rows(dashboard.call(PATH, {**query, "format": "csv"}).text)

        assert [row["customerKey"] for row in exported] == [each["id"] for each in listed], query
        for row, each in zip(exported, listed, strict=True):
            assert float(row["totalSpent"]) == each["totalSpent"]
            assert row["lastOrderDate"] == each["lastOrderDate"]
            assert int(row["daysSinceLastOrder"]) == each["daysSinceLastOrder"]


def test_thousands_are_sent_without_all_of_them_in_memory(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    count = 3_000
    put(firestore_client, many(count))
    # The client library's own classes and connections are made before anything is measured.
    dashboard.call(PATH, {"format": "csv", "search": "nobody"}).close()
    lines, peaks = 0, []

    tracemalloc.start()
    try:
        with metered(firestore_client) as meter:
            for piece in dashboard.call(PATH, {"format": "csv"}).iter_encoded():
                lines += piece.count(b"\r\n")
                peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()

    assert lines == 1 + count
    assert len(peaks) == 1 + count // EXPORT_BATCH + 1
    assert peaks[-1] < 1.3 * peaks[2]  # after two batches of six
    assert meter.documents_read == count + 1  # the last query finds nothing, which costs one
    assert sum(meter.calls.values()) == count // EXPORT_BATCH + 1


def test_a_file_is_as_of_one_instant(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_list, "EXPORT_BATCH", 2)
    people = many(9)
    put(firestore_client, people)
    response = dashboard.call(PATH, {"format": "csv", "sort": "totalSpent"})
    pieces = response.iter_encoded()
    text = next(pieces) + next(pieces)
    # Those read already move behind the others, and the others before them.
    put(
        firestore_client,
        [Person(key=each.key, name="Changed", cents=5_000 - each.cents) for each in people],
    )

    actual = rows((text + b"".join(pieces)).decode())

    assert [row["customerKey"] for row in actual] == [each.key for each in reversed(people)]
    assert "Changed" not in {row["name"] for row in actual}


def fail_from(number: int, error: Exception) -> Any:
    return lambda method, n: Before(error) if method == "run_query" and n >= number else None


def test_a_failure_before_the_first_line_is_a_problem(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    for error, status, kind in (
        (ServiceUnavailable("secret"), 503, "temporarily-unavailable"),
        (ValueError("secret"), 500, "internal-server-error"),
    ):
        with failing(firestore_client, fail_from(1, error)):
            assert_problem(dashboard.call(PATH, {"format": "csv"}), status, kind)


@pytest.fixture
def served(dashboard: Dashboard) -> Iterator[http.client.HTTPConnection]:
    """A connection to the API over a socket, where the end of an answer can be missed."""

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:
            pass

    server = make_server("127.0.0.1", 0, dashboard.app, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_failure_after_the_first_line_breaks_the_connection_and_is_logged(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    served: http.client.HTTPConnection,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(customer_list, "EXPORT_BATCH", 2)
    put(firestore_client, many(9))
    url = f"{PATH}?{urlencode({'format': 'csv'})}"

    served.request("GET", url, headers=bearer(dashboard.token()))
    assert len(rows(served.getresponse().read().decode())) == 9
    with failing(firestore_client, fail_from(3, InternalServerError("person3@example.org"))):
        served.request("GET", url, headers=bearer(dashboard.token()))
        response = served.getresponse()
        assert response.status == 200
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()

    assert len(rows(broken.value.partial.decode())) == 4
    (event,) = [
        json.loads(JsonFormatter().format(record))
        for record in caplog.records
        if record.name == "segments"
    ]
    assert event["message"] == "export_failed"
    assert (event["severity"], event["org_id"]) == ("ERROR", "org_green")
    assert event["error"] == "InternalServerError"
    assert "person3" not in json.dumps(event)


def test_what_reaches_the_server_tells_nothing(
    dashboard: Dashboard, firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_list, "EXPORT_BATCH", 2)
    put(firestore_client, many(5))
    with failing(firestore_client, fail_from(2, InternalServerError("person3@example.org"))):
        response = dashboard.call(PATH, {"format": "csv"})
        with pytest.raises(BrokenExportError) as broken:
            list(response.iter_encoded())

    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__
    assert "person3" not in str(broken.value)


def test_a_head_request_and_a_caller_who_leaves_are_no_failure(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(customer_list, "EXPORT_BATCH", 2)
    put(firestore_client, many(9))

    head = dashboard.call(PATH, {"format": "csv"}, method="HEAD")
    response = dashboard.call(PATH, {"format": "csv"})
    next(response.iter_encoded())
    response.close()

    assert (head.status_code, head.data) == (200, b"")
    assert [record for record in caplog.records if record.name == "segments"] == []


def test_a_file_is_made_for_the_instant_of_the_call(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    put(firestore_client, [Person(key="ada", last=days_ago(1))])

    text = dashboard.at(NOW + timedelta(days=8)).call(PATH, {"format": "csv"}).text

    assert rows(text)[0]["daysSinceLastOrder"] == "9"
