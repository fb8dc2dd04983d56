"""Results are replaced as a whole, and a page reads only the chunks that it shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import firestore
from hypothesis import given
from hypothesis import strategies as st

from shared.firestore import paths
from shared.firestore.document_size import stored_bytes
from shared.kernel.errors import ContentionError
from shared.nightly import result_store
from shared.nightly.job_run import ENDED, LEASE, JobStatus, claim
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.result import NIGHTLY, Attempt, Result, ResultStatus
from shared.nightly.result_store import CHUNK_BYTES, COMMIT_CHUNKS, ResultReader, ResultWriter
from tests.support.metered import Before, Plan, failing, metered

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)


def attempt(day: int) -> Attempt:
    due = NOW + timedelta(days=day)
    return Attempt(generation=f"g{day}", due_at=due, computed_at=due + timedelta(seconds=40))


def entries(number_of: int, value: int) -> list[dict[str, Any]]:
    """About 10 kB each."""
    return [
        {"key": f"k{number:04}", "value": value, "filling": f"{number:04}" * 2_400}
        for number in range(number_of)
    ]


def values(reader: ResultReader, **keys: str) -> tuple[list[str], set[int]]:
    state = reader.state("things")
    assert state is not None
    actual = reader.entries(state, **keys)
    return [entry["key"] for entry in actual], {entry["value"] for entry in actual}


def test_a_result_comes_back_as_it_was_published(firestore_client: firestore.Client) -> None:
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    assert reader.state("things") is None
    result = Result(name="things", entries=entries(3, 1), summary={"of": "all"})
    writer.publish("org", result, attempt(0), 77)
    state = reader.state("things")
    assert state is not None
    assert (state.status, state.source_rows, state.lag_seconds) == (ResultStatus.READY, 77, 40)
    assert (state.summary, state.last_error) == ({"of": "all"}, None)
    assert reader.entries(state) == result.entries
    assert not state.stale(NOW)
    assert state.stale(NOW + timedelta(seconds=40) + NIGHTLY)
    assert ResultReader(firestore_client, "other").state("things") is None


def test_a_page_reads_only_the_chunks_that_it_shows(firestore_client: firestore.Client) -> None:
    result = Result(name="things", entries=entries(300, 1))
    ResultWriter(firestore_client).publish("org", result, attempt(0), 1)
    reader = ResultReader(firestore_client, "org")
    state = reader.state("things")
    assert state is not None
    assert len(state.first_keys) > 4
    with metered(firestore_client) as meter:
        actual = reader.entries(state, first_key="k0100", last_key="k0104")
    assert [entry["key"] for entry in actual] == [f"k{number:04}" for number in range(100, 105)]
    assert meter.documents_read <= 2
    with metered(firestore_client) as meter:
        assert reader.entries(state, first_key="z") == []
        assert reader.entries(state, last_key="a") == []
    assert meter.documents_read <= 1
    assert len(reader.entries(state)) == 300


def test_a_failure_leaves_what_was_there_and_makes_it_stale(
    firestore_client: firestore.Client,
) -> None:
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    writer.publish("org", Result(name="things", entries=entries(2, 1)), attempt(0), 1)
    writer.fail("org", "things", attempt(1), "BadGateway")
    state = reader.state("things")
    assert state is not None
    assert (state.status, state.last_error) == (ResultStatus.FAILED, "BadGateway")
    assert state.computed_at == attempt(0).computed_at
    assert state.attempted_at == attempt(1).computed_at
    assert state.stale(NOW)
    assert values(reader) == (["k0000", "k0001"], {1})
    writer.publish("org", Result(name="things", entries=[]), attempt(2), 0)
    state = reader.state("things")
    assert state is not None
    assert (state.status, state.last_error) == (ResultStatus.READY, None)
    assert reader.entries(state) == []


def test_a_failure_before_anything_was_computed(firestore_client: firestore.Client) -> None:
    ResultWriter(firestore_client).fail("org", "things", attempt(0), "BadGateway")
    state = ResultReader(firestore_client, "org").state("things")
    assert state is not None
    assert state.computed_at is None
    assert state.stale(NOW)
    assert ResultReader(firestore_client, "org").entries(state) == []


def test_whoever_reads_while_the_next_is_published_sees_one_of_them(
    firestore_client: firestore.Client,
) -> None:
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    writer.publish("org", Result(name="things", entries=entries(100, 0)), attempt(0), 1)
    before = reader.state("things")
    assert before is not None
    writer.publish("org", Result(name="things", entries=entries(150, 1)), attempt(1), 1)
    assert {entry["value"] for entry in reader.entries(before)} == {0}
    assert values(reader)[1] == {1}


def test_generations_before_the_last_one_are_deleted(firestore_client: firestore.Client) -> None:
    writer = ResultWriter(firestore_client)
    for day, number_of in ((0, 200), (1, 2), (2, 2)):
        writer.publish(
            "org", Result(name="things", entries=entries(number_of, day)), attempt(day), 1
        )
    folder = firestore_client.collection(paths.result_chunks("org", "things"))
    assert {chunk.id for chunk in folder.stream()} == {"g1_0000", "g2_0000"}


@pytest.mark.parametrize("at_once", [1, COMMIT_CHUNKS])
def test_a_run_that_is_ended_anywhere_shows_nothing_of_itself(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(result_store, "COMMIT_CHUNKS", at_once)
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    writer.publish("org", Result(name="things", entries=entries(100, 0)), attempt(0), 1)
    for call in range(1, 30):
        try:
            with failing(firestore_client, killed_at(call)):
                writer.publish("org", Result(name="things", entries=entries(100, 1)), attempt(1), 1)
        except ServiceUnavailable:
            keys, seen = values(reader)
            assert len(keys) == 100
            assert seen in ({0}, {1})
        else:
            break
    assert call > (4 if at_once == 1 else 2)
    assert values(reader)[1] == {1}
    for day in (2, 3):
        writer.publish("org", Result(name="things", entries=entries(1, day)), attempt(day), 1)
    folder = firestore_client.collection(paths.result_chunks("org", "things"))
    assert {chunk.id for chunk in folder.stream()} == {"g2_0000", "g3_0000"}


def test_an_attempt_that_is_ended_before_the_first_result_says_so(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_store, "COMMIT_CHUNKS", 1)
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    with pytest.raises(ServiceUnavailable), failing(firestore_client, killed_at(3)):
        writer.publish("org", Result(name="things", entries=entries(200, 0)), attempt(0), 1)
    state = reader.state("things")
    assert state is not None
    assert (state.status, state.last_error) == (ResultStatus.FAILED, ENDED)
    assert reader.entries(state) == []


def test_chunks_deleted_by_a_later_attempt_are_not_published(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two later attempts publish while the chunks of a large result are written."""
    monkeypatch.setattr(result_store, "COMMIT_CHUNKS", 1)
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")

    class Slow(ResultWriter):
        def _replace(self, stored: Any, new: Any) -> None:
            for day in (2, 3):
                older = replace(attempt(day), computed_at=attempt(0).computed_at)
                writer.publish("org", Result(name="things", entries=entries(1, day)), older, 1)
            super()._replace(stored.reference.get(), new)

    with pytest.raises(ContentionError):
        Slow(firestore_client).publish(
            "org", Result(name="things", entries=entries(100, 1)), attempt(1), 1
        )
    assert values(reader)[1] == {3}


def test_a_result_costs_one_commit_and_no_listing(firestore_client: firestore.Client) -> None:
    writer = ResultWriter(firestore_client)
    for day in range(3):
        with metered(firestore_client) as meter:
            assert writer.outdated("org", ["things", "others"], attempt(day))
            for name in ("things", "others"):
                writer.publish("org", Result(name=name, entries=entries(80, day)), attempt(day), 1)
        assert meter.calls == {"batch_get_documents": 1, "commit": 2}
    assert writer.outdated("org", ["things", "others"], attempt(2)) == []
    assert writer.outdated("org", ["things"], attempt(3)) == ["things"]


def test_a_result_of_as_many_chunks_as_a_commit_takes_fits_a_request(
    firestore_client: firestore.Client,
) -> None:
    """Of values that take more space in a request than they are counted for."""
    filling = [None, -1, True, ""] * 9_000
    many = [{"key": f"k{number:03}", "filling": filling} for number in range(COMMIT_CHUNKS * 5)]
    with metered(firestore_client) as meter:
        ResultWriter(firestore_client).publish(
            "org", Result(name="things", entries=many), attempt(0), 1
        )
    assert meter.calls["commit"] == 1
    reader = ResultReader(firestore_client, "org")
    state = reader.state("things")
    assert state is not None
    assert len(state.first_keys) == COMMIT_CHUNKS
    assert reader.entries(state) == many


def test_chunks_that_version_0_3_left_are_deleted(firestore_client: firestore.Client) -> None:
    """Its states do not say of which generation there are any."""
    writer = ResultWriter(firestore_client)
    folder = firestore_client.collection(paths.result_chunks("org", "things"))
    for day in range(2):
        writer.publish("org", Result(name="things", entries=entries(2, day)), attempt(day), 1)
    state = firestore_client.document(paths.result("org", "things"))
    state.update(dict.fromkeys(("previous", "unfinished"), firestore.DELETE_FIELD))
    writer.publish("org", Result(name="things", entries=entries(2, 2)), attempt(2), 1)
    assert {chunk.id for chunk in folder.stream()} == {"g1_0000", "g2_0000"}


@pytest.mark.parametrize("later_first", [True, False])
def test_of_two_that_publish_at_once_the_one_that_began_later_stays(
    firestore_client: firestore.Client, later_first: bool
) -> None:
    writer, reader = ResultWriter(firestore_client), ResultReader(firestore_client, "org")
    writer.publish("org", Result(name="things", entries=entries(2, 0)), attempt(0), 1)
    outer, inner = (1, 2) if later_first else (2, 1)
    nested = iter([inner])

    class Overtaken(ResultWriter):
        def _replace(self, stored: Any, new: Any) -> None:
            for day in nested:
                writer.publish(
                    "org", Result(name="things", entries=entries(3, day)), attempt(day), 1
                )
            super()._replace(stored, new)

    Overtaken(firestore_client).publish(
        "org", Result(name="things", entries=entries(100, outer)), attempt(outer), 1
    )
    assert values(reader)[1] == {2}
    folder = firestore_client.collection(paths.result_chunks("org", "things"))
    rest = {chunk.id.rpartition("_")[0] for chunk in folder.stream()}
    assert rest == ({"g0", "g2"} if later_first else {"g1", "g2"})


def test_a_failure_noted_meanwhile_does_not_hold_up_a_result(
    firestore_client: firestore.Client,
) -> None:
    class Failing(ResultWriter):
        def _replace(self, stored: Any, new: Any) -> None:
            if not stored.exists:
                self.fail("org", "things", attempt(0), "BadGateway")
            super()._replace(stored, new)

    Failing(firestore_client).publish(
        "org", Result(name="things", entries=entries(2, 1)), attempt(1), 1
    )
    assert values(ResultReader(firestore_client, "org"))[1] == {1}


def killed_at(call: int) -> Plan:
    """The call of this number does not reach the server, and none after it does."""
    calls = count(1)
    return lambda method, number: (
        Before(ServiceUnavailable("down")) if next(calls) >= call else None
    )


def test_jobs_are_kept(firestore_client: firestore.Client) -> None:
    store = FirestoreJobs(firestore_client)
    run = claim(store, "compute_analytics", NOW, clock=lambda: NOW)
    assert run is not None
    assert claim(store, "compute_analytics", NOW, clock=lambda: NOW) is None
    run.advance({"done": ["facts"]})
    later = claim(store, "compute_analytics", NOW, clock=lambda: NOW + LEASE)
    assert later is not None
    assert later.cursor == {"done": ["facts"]}
    later.complete(source_rows=3)
    state, _ = store.load("compute_analytics")
    assert state == later.state
    assert state is not None
    assert state.status is JobStatus.COMPLETE


stored_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(left=stored_values, right=stored_values)
def test_sizes_add_up(left: Any, right: Any) -> None:
    assert stored_bytes([left, right]) == stored_bytes(left) + stored_bytes(right)
    assert stored_bytes({"a": left}) == stored_bytes(left) + 2


@pytest.mark.parametrize(
    ("value", "size"), [("é", 3), (1, 8), (1.5, 8), (None, 1), (True, 1), (b"abc", 3), (NOW, 8)]
)
def test_sizes(value: Any, size: int) -> None:
    assert stored_bytes(value) == size
    assert CHUNK_BYTES < 2**20 - 100_000
