"""Circuit breaker: when Claude's API is not called."""

from datetime import UTC, datetime, timedelta

from shared.insights.circuit import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Circuit

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def failed(times: int) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit = circuit.after(failed=True, now=NOW)
    return circuit


def test_a_few_failures_leave_it_closed() -> None:
    assert not failed(FAILURES - 1).is_open(NOW)


def test_failures_in_a_row_open_it_for_a_while() -> None:
    circuit = failed(FAILURES)

    assert circuit.is_open(NOW + FIRST_PAUSE - timedelta(seconds=1))
    assert not circuit.is_open(NOW + FIRST_PAUSE)


def test_a_success_between_them_starts_the_count_again() -> None:
    circuit = failed(FAILURES - 1).after(failed=False, now=NOW)

    assert circuit == Circuit()
    assert not circuit.after(failed=True, now=NOW).is_open(NOW)


def test_a_failure_after_the_pause_opens_it_for_twice_as_long() -> None:
    later = NOW + FIRST_PAUSE
    circuit = failed(FAILURES).after(failed=True, now=later)

    assert circuit.open_until == later + 2 * FIRST_PAUSE


def test_a_success_after_the_pause_closes_it() -> None:
    assert failed(FAILURES + 3).after(failed=False, now=NOW) == Circuit()


def test_no_pause_is_longer_than_the_longest() -> None:
    assert failed(FAILURES + 1000).open_until == NOW + LONGEST_PAUSE
