"""The answer of the warehouse as samples."""

from datetime import timedelta

from shared.predictions.windows import windows_of
from tests.predictions.models import NOW


def _row(cutoff: int) -> dict[str, object]:
    return {
        "cutoff": cutoff,
        "customers": 3,
        "new_customers": 1,
        "first_cents": 900,
        "window_cents": 1_500,
        "new_window_cents": 400,
        "sample": "2,10,100,1500000,7,2500,1,1500,3,4000;1,0,0,1000000,0,900,0,0,0,-50",
        "statistics": "2,10,17,1;1,0,0,2",
    }


def test_lists_become_columns_and_cutoffs_windows_newest_first() -> None:
    now, past = windows_of([_row(2), _row(0), _row(1)], NOW, 30)

    assert now is not None
    assert [each.sample.known_days for each in (now, *past)] == [0, 30, 60]
    sample = past[1].sample
    assert (sample.cutoff_at, sample.population) == (NOW - timedelta(days=60), 3)
    assert sample.recent_weight.tolist() == [1.5, 1.0]
    assert sample.stayed_away.tolist() == [0.0, 1.0]
    assert sample.later_cents.tolist() == [4_000.0, -50.0]
    assert past[0].totals.new_window_cents == 400


def test_purchases_are_those_of_all_customers() -> None:
    now, _ = windows_of([_row(0)], NOW, 30)
    assert now is not None
    groups = now.sample.purchase_groups()
    actual = zip(groups.purchase_days, groups.age_days, groups.customers, strict=True)
    assert [tuple(map(int, each)) for each in actual] == [(1, 0, 2), (2, 17, 1)]


def test_without_customers_now_there_is_no_window_of_now() -> None:
    assert windows_of([], NOW, 30) == (None, [])
