"""Kaplan and Meier's estimate: published examples, and what holds for all inputs."""

from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.survival import Share, Survival

durations = st.lists(st.integers(0, 30), max_size=40)


class TestPublishedExamples:
    def test_remission_under_6_mp(self) -> None:
        """Freireich et al. 1963, as in Kalbfleisch & Prentice and Collett: weeks of remission of 21
        leukaemia patients under 6-mercaptopurine, with ties of an end and a cut at 6 weeks."""
        curve = Survival(
            complete=[6, 6, 6, 7, 10, 13, 16, 22, 23],
            unfinished=[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
        )

        published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
        for weeks, share in published.items():
            assert curve.at(weeks) == pytest.approx(share, abs=0.0005)
        at_risk_before = {6: 21, 7: 17, 10: 15, 13: 12, 16: 11, 22: 7, 23: 6}
        for weeks, number in at_risk_before.items():
            assert curve.at_risk_after(weeks - 1) == number
        assert (curve.at(5), curve.at(35)) == (1, curve.at(23))
        # Greenwood's standard error at 23 weeks is published as 0.1346.
        actual = curve.ending_within(0, 23)
        assert actual is not None
        error = 0.1346 / (0.448 * -log(0.448)) * 1.95996
        assert actual.low == pytest.approx(1 - 0.448 ** exp(-error), abs=0.001)
        assert actual.high == pytest.approx(1 - 0.448 ** exp(error), abs=0.001)

    def test_remission_under_placebo_is_a_plain_share(self) -> None:
        """The control group of the same trial: nobody is cut off."""
        weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
        curve = Survival(complete=weeks, unfinished=[])

        for week in range(25):
            assert curve.at(week) == pytest.approx(sum(each > week for each in weeks) / 21)
        actual = curve.ending_within(0, 8)
        assert actual is not None
        # With nobody cut off, Greenwood's variance is the binomial one.
        error = sqrt((13 / 21) * (8 / 21) / 21) / ((8 / 21) * -log(8 / 21)) * 1.95996
        assert actual.low == pytest.approx(1 - (8 / 21) ** exp(-error), abs=1e-5)

    def test_the_example_of_the_paper(self) -> None:
        """Kaplan & Meier 1958, section 2: eight items, deaths at 0.8, 3.1, 5.4 and 9.2 months and
        losses at 1.0, 2.7, 7.0 and 12.1."""
        curve = Survival(complete=[8, 31, 54, 92], unfinished=[10, 27, 70, 121])

        assert [curve.at(time) for time in (8, 31, 54, 92)] == pytest.approx(
            [7 / 8, 7 / 10, 21 / 40, 21 / 80]
        )


def by_definition(ended: list[int], unfinished: list[int], start: int, end: int) -> float:
    """Kaplan and Meier's product over all times after `start` up to `end`, the slow way."""
    share = 1.0
    for time in range(start + 1, end + 1):
        at_risk = sum(each >= time for each in [*ended, *unfinished])
        if at_risk:
            share *= 1 - ended.count(time) / at_risk
    return share


@given(ended=durations, unfinished=durations, time=st.integers(0, 31), more=st.integers(0, 31))
def test_it_is_the_product_of_the_definition(
    ended: list[int], unfinished: list[int], time: int, more: int
) -> None:
    curve = Survival(complete=ended, unfinished=unfinished)
    lasting = [each for each in [*ended, *unfinished] if each > time]
    actual = curve.ending_within(time, time + more)

    assert curve.at(time) == pytest.approx(by_definition(ended, unfinished, -1, time))
    assert curve.at_risk_after(time) == len(lasting)
    assert curve.cut_off_within(time, time + more) == sum(
        time < each <= time + more for each in unfinished
    )
    assert (actual is None) == (not lasting)
    if actual is not None:
        expected = 1 - by_definition(ended, unfinished, time, time + more)
        assert actual.value == pytest.approx(expected, abs=1e-12)


@given(ended=durations, unfinished=durations, start=st.integers(0, 31))
def test_it_never_rises_and_intervals_hold_the_estimate(
    ended: list[int], unfinished: list[int], start: int
) -> None:
    curve = Survival(complete=ended, unfinished=unfinished)
    shares = [curve.at(time) for time in range(-1, 32)]

    assert shares[0] == 1
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] >= 0
    for end in range(start, 32):
        actual = curve.ending_within(start, end)
        if actual is None or actual.low is None or actual.high is None:
            assert actual is None or actual.value in (0, 1)
        else:
            assert 0 <= actual.low < actual.value < actual.high <= 1


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_where_nothing_ended_all_of_it_lasts(unfinished: list[int]) -> None:
    curve = Survival(complete=[], unfinished=unfinished)

    assert curve.at(100) == 1
    assert curve.ending_within(-1, 100) == Share(value=0, low=None, high=None)


def test_nothing_is_known_of_nothing() -> None:
    curve = Survival(complete=[], unfinished=[])

    assert (curve.at(3), curve.at_risk_after(0), curve.ending_within(0, 9)) == (1, 0, None)


def test_one_that_is_cut_off_when_another_ends_was_still_at_risk() -> None:
    assert Survival(complete=[5], unfinished=[5]).at(5) == 0.5
    assert Survival(complete=[5], unfinished=[4]).at(5) == 0


def test_one_that_ended_leaves_nobody() -> None:
    curve = Survival(complete=[5], unfinished=[])

    assert (curve.at(4), curve.at(5)) == (1, 0)
    assert curve.ending_within(4, 5) == Share(value=1, low=None, high=None)
    assert curve.ending_within(5, 6) is None
