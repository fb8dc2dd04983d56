"""Every answer about the past against an independent count, over random orders and live edits."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.history import cell_store as cell_reader
from shared.history import past
from shared.segments.segment import Segment
from shared.services import Services
from tests.history.past_world import CUSTOM, ORG, ZONE, PastWorld, Place, cells
from tests.support.api import services_on
from tests.support.dashboard import Dashboard
from tests.support.metered import failing
from tests.support.own_data import own_client
from tests.support.shop import NOW

LATER = NOW + timedelta(hours=1)
SEEDS = pytest.mark.parametrize("seed", [1, 2], scope="module")


@pytest.fixture(params=[1, 2])
def world(services: Services, request: pytest.FixtureRequest) -> PastWorld:
    return PastWorld(services, request.param)


@pytest.fixture(scope="module")
def kept(warm_emulator: None, seed: int) -> Iterator[PastWorld]:
    """A world for tests that only read; they draw their instants from the seed each."""
    with own_client() as client:
        yield PastWorld(services_on(client), seed)


@pytest.fixture(scope="module")
def kept_with_steps(warm_emulator: None, seed: int, flows: str) -> Iterator[PastWorld]:
    """A world with steps of custom segments, and with the flows of its days or without."""
    with own_client() as client:
        world = PastWorld(services_on(client), seed)
        world.step_into_and_out_of_custom_segments()
        if flows == "stored":
            world.write_flows()
        yield world


def dashboard_of(world: PastWorld) -> Dashboard:
    return Dashboard(world.services, world.client.project)


def counts(dashboard: Dashboard, at: datetime, basis: str) -> dict[str, int]:
    answer = dashboard.get("/v1/segments", {"at": at.isoformat(), "basis": basis}, orgId=ORG)
    assert datetime.fromisoformat(answer["asOf"]) == at
    assert answer["basis"] == basis
    assert answer["totalCustomers"] == sum(each["count"] for each in answer["segments"])
    return {each["id"]: each["count"] for each in answer["segments"] if each["count"]}


def matrix(
    dashboard: Dashboard, opening: datetime, closing: datetime, basis: str
) -> dict[Place, int]:
    """Return the cells that are not empty, after checking the sums in the answer."""
    query = {"from": opening.isoformat(), "to": closing.isoformat(), "basis": basis}
    answer = dashboard.get("/v1/analytics/transitions", query, orgId=ORG)
    actual = {(cell["from"], cell["to"]): cell["customers"] for cell in answer["cells"]}
    assert len(actual) == 80
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (origin, to), customers in actual.items():
        rows[origin] += customers
        columns[to] += customers
    for sums, name in ((rows, "opening"), (columns, "closing")):
        api_numbers = {each["segment"]: each["customers"] for each in answer[name]}
        assert api_numbers == {segment.value: sums[segment.value] for segment in Segment}
    assert (answer["arrived"], answer["left"]) == (rows["none"], columns["none"])
    return {cell: customers for cell, customers in actual.items() if customers}


def sizes(found: dict[Place, set[str]]) -> dict[Place, int]:
    return {cell: len(keys) for cell, keys in found.items() if cell != ("none", "none")}


@SEEDS
def test_counts_at_any_instant_are_those_of_the_orders_up_to_it(kept: PastWorld, seed: int) -> None:
    dashboard = dashboard_of(kept)
    kept.random.seed(seed)
    for at in [NOW, *(kept.instant() for _ in range(12))]:
        expected = Counter(kept.segments_by_orders(at).values())
        for basis in ("recorded", "restated"):
            assert counts(dashboard, at, basis) == expected, (at, basis)


def test_custom_segments_are_counted_at_any_instant(dashboard: Dashboard, world: PastWorld) -> None:
    world.step_into_and_out_of_custom_segments()
    for at in [NOW, *(world.instant() for _ in range(6))]:
        expected = world.custom_by_steps(at)
        query = {"at": at.isoformat(), "include": "customSegments"}
        answer = dashboard.get("/v1/segments", query, orgId=ORG)
        assert answer["customSegments"] == [
            {"id": id, "count": expected[id], "lifetimeValue": None} for id in sorted(CUSTOM)
        ]
        assert counts(dashboard, at, "recorded") == Counter(world.segments_by_orders(at).values())


@SEEDS
def test_the_matrix_between_any_instants_is_that_of_the_orders_up_to_them(
    kept: PastWorld, seed: int
) -> None:
    dashboard = dashboard_of(kept)
    kept.random.seed(seed)
    for _ in range(6):
        opening, closing = kept.window(NOW)
        expected = sizes(cells(kept.segments_by_orders(opening), kept.segments_by_orders(closing)))
        for basis in ("recorded", "restated"):
            assert matrix(dashboard, opening, closing, basis) == expected


def test_edits_change_what_is_restated_and_never_what_was_recorded(
    dashboard: Dashboard, world: PastWorld
) -> None:
    instants = [NOW, *(world.instant() for _ in range(8))]
    recorded = [counts(dashboard, at, "recorded") for at in instants]
    windows = [(min(instants), NOW)]
    moved = [matrix(dashboard, *window, "recorded") for window in windows]

    world.edit(LATER)

    later = dashboard.at(LATER)
    assert [counts(later, at, "recorded") for at in instants] == recorded
    assert [matrix(later, *window, "recorded") for window in windows] == moved
    for at in [*instants, LATER]:
        expected = world.segments_by_orders(at)
        assert counts(later, at, "restated") == Counter(expected.values())
        query = {"at": at.isoformat(), "basis": "restated"}
        api_numbers = later.get("/v1/segments", query, orgId=ORG)["segments"]
        cents = world.cents_by_orders(at)
        assert {each["id"]: each["lifetimeValue"] for each in api_numbers} == {
            segment.value: cents[segment.value] / 100 for segment in Segment
        }
    now = Counter(world.segments_by_orders(LATER).values())
    assert counts(later, LATER, "recorded") == now
    for opening in instants[1:4]:
        by_steps = cells(world.segments_by_steps(opening), world.segments_by_steps(LATER))
        assert matrix(later, opening, LATER, "recorded") == sizes(by_steps)
        by_orders = cells(world.segments_by_orders(opening), world.segments_by_orders(LATER))
        assert matrix(later, opening, LATER, "restated") == sizes(by_orders)


@pytest.mark.parametrize("steps_per_page", [5_000, 3])
def test_a_cell_lists_exactly_its_customers(
    dashboard: Dashboard,
    world: PastWorld,
    monkeypatch: pytest.MonkeyPatch,
    steps_per_page: int,
) -> None:
    monkeypatch.setattr(cell_reader, "MAX_TRANSITIONS", steps_per_page)
    if steps_per_page == 3:
        world.edit(LATER)
    else:
        world.step_into_and_out_of_custom_segments()
    later = dashboard.at(LATER)
    for _ in range(2):
        opening, closing = world.window(LATER)
        expected = cells(world.segments_by_steps(opening), world.segments_by_steps(closing))
        api_numbers = matrix(later, opening, closing, "recorded")
        assert api_numbers == sizes(expected)
        empty = ("loyal", "vip") if ("loyal", "vip") not in api_numbers else ("vip", "at_risk")
        for cell in [*api_numbers, empty]:
            query = {
                "from": opening.isoformat(),
                "to": closing.isoformat(),
                "fromSegment": cell[0],
                "toSegment": cell[1],
                "pageSize": 2,
            }
            listed = all_pages(later, query)
            keys = [each["customer"]["customerKey"] for each in listed]
            assert keys == sorted(expected.get(cell, set())), cell
            for each in listed:
                assert (each["openingSegment"] or "none", each["closingSegment"] or "none") == cell


def all_pages(dashboard: Dashboard, query: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        answer = dashboard.get("/v1/analytics/transitions/customers", {**query, **token}, orgId=ORG)
        assert len(answer["customers"]) <= query["pageSize"]
        listed += answer["customers"]
        if answer["nextPageToken"] is None:
            return listed
        token = {"pageToken": answer["nextPageToken"]}


@pytest.mark.parametrize("interval", ["day", "week", "month"])
@pytest.mark.parametrize("flows", ["stored", "missing"], scope="module")
@SEEDS
def test_a_history_is_the_counts_at_the_ends_of_its_intervals(
    kept_with_steps: PastWorld, interval: str
) -> None:
    world = kept_with_steps
    dashboard = dashboard_of(world)
    first, last = "2026-07-15", "2026-11-23"
    for basis in ("recorded", "restated"):
        query = {"from": first, "to": last, "interval": interval, "basis": basis}
        if basis == "recorded":
            assert without_custom(dashboard, query) == without_custom(
                dashboard, query | {"include": "customSegments"}
            )
            query["include"] = "customSegments"
        answer = dashboard.get("/v1/segments/history", query, orgId=ORG)
        api_numbers = answer["intervals"]
        assert (api_numbers[0]["from"], api_numbers[-1]["to"]) == (first, last)
        opening_at = datetime(2026, 7, 15, tzinfo=ZONE) - timedelta(microseconds=1)
        before = Counter(world.segments_by_orders(opening_at).values())
        for span in api_numbers[:: 5 if interval == "day" else 1]:
            day = datetime.fromisoformat(span["to"])
            end = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1)
            at = min(NOW, end - timedelta(microseconds=1))
            now = Counter(world.segments_by_orders(at).values())
            assert {each["id"]: each["count"] for each in span["segments"]} == {
                segment.value: now[segment.value] for segment in Segment
            }
            assert span["totalCustomers"] == now.total()
            custom = world.custom_by_steps(at)
            if basis == "recorded":
                told_custom = {each["id"]: each["count"] for each in span["customSegments"]}
                assert told_custom == {id: custom[id] for id in CUSTOM}
            else:
                assert span["customSegments"] is None
        for span in api_numbers:
            for each in span["segments"]:
                assert each["opening"] == before[each["id"]]
                assert each["opening"] + each["entered"] - each["left"] == each["count"]
                before[each["id"]] = each["count"]


def without_custom(dashboard: Dashboard, query: dict[str, str]) -> list[Any]:
    """The intervals, as far as custom segments do not matter."""
    answer = dashboard.get("/v1/segments/history", query, orgId=ORG)
    asked = "include" in query
    for interval in answer["intervals"]:
        assert (interval.pop("customSegments") is not None) is asked
    intervals: list[Any] = answer["intervals"]
    return intervals


def test_a_matrix_that_does_not_add_up_is_never_given(
    dashboard: Dashboard, world: PastWorld
) -> None:
    step = next(iter(world.client.collection(f"tenants/{ORG}/segment_transitions").stream()))
    step.reference.delete()

    response = dashboard.call(
        "/v1/analytics/transitions",
        {"from": "2025-01-01", "to": "2026-11-22", "basis": "recorded"},
        orgId=ORG,
    )

    assert response.status_code == 503


@pytest.mark.parametrize("method", ["run_aggregation_query", "run_query"])
def test_what_is_written_meanwhile_is_not_half_in_a_matrix(
    dashboard: Dashboard, world: PastWorld, method: str
) -> None:
    opening, closing = NOW - timedelta(days=200), NOW - timedelta(days=1)
    expected = matrix(dashboard, opening, closing, "recorded")
    other = firestore.Client(project=world.client.project)
    intruder = {**world.steps()[0], "customer_key": "0" * 32, "number": 1, "to_segment": "vip"}
    intruder |= {"from_segment": None, "effective_at": closing - timedelta(days=1)}

    def write_meanwhile(called: str, number: int) -> None:
        if (called, number) == (method, 3):
            other.document(paths.transition(ORG, "0" * 32, 1)).set(intruder)

    with failing(world.client, write_meanwhile):
        assert matrix(dashboard, opening, closing, "recorded") == expected
    other.close()
    after = Counter(expected) + Counter({("none", "vip"): 1})
    assert matrix(dashboard, opening, closing, "recorded") == after


@SEEDS
def test_too_many_steps_ask_for_a_shorter_window(
    kept: PastWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "MAX_TRANSITIONS", 5)

    response = dashboard_of(kept).call(
        "/v1/analytics/transitions", {"from": "2025-01-01", "to": "2026-11-22"}, orgId=ORG
    )

    assert response.status_code == 400
    assert response.get_json(force=True)["errors"][0]["parameter"] == "from"
