"""Periods, cells and means of cohorts, against what the definition says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cohorts.cohorts import (
    QUESTIONS,
    Breakdown,
    CohortCell,
    CohortQuestion,
    Mode,
    cohorts_of,
    keys_of,
    stored_cohort,
)
from shared.cohorts.period import PERIODS, Granularity, Period
from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import CustomSegments, Subject
from shared.segments.conditions.parse import parse_definition
from shared.segments.custom_segment import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from shared.segments.history import OrderHistory, PastLine, PastOrder
from shared.segments.thresholds import Thresholds
from tests.cohorts.cohort_fold import Bought, fold, fold_mean, label_of, start_of, starts
from tests.cohorts.cohort_results import cohort_rows
from tests.support.warehouse_facts import organization

GUMMIES = PastLine("gummies", "Edibles", 1_000, 60)
FLOWER = PastLine("flower", "Flower", 1_000, 40)
GRANULARITIES = st.sampled_from(Granularity)
DAYS = st.dates(date(1980, 1, 7), date(2199, 12, 20))
TODAY = date(2026, 3, 18)
RECENT = st.dates(TODAY - timedelta(days=400), TODAY)


@st.composite
def orders(draw: st.DrawFn) -> list[Bought]:
    """Of few customers, so that most come back."""
    bought = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["ada", "bob", "cyd", None]),
                RECENT,
                st.integers(0, 5000),
                st.sampled_from([None, "a", "a|b", "|"]),
            ),
            max_size=20,
        )
    )
    return [
        Bought(
            order_id=f"o{number}",
            customer=customer,
            ordered_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            day=day,
            cents=cents,
            campaign=campaign,
        )
        for number, (customer, day, cents, campaign) in enumerate(bought)
    ]


@given(DAYS, GRANULARITIES)
def test_a_period_is_found_by_its_label_and_holds_its_days(
    day: date, granularity: Granularity
) -> None:
    period = Period.of(day, granularity)
    assert period.first_day == start_of(day, granularity)
    assert period.first_day <= day <= period.last_day
    assert period.label == label_of(period.first_day, granularity)
    assert Period.labelled(period.label, granularity) == period
    assert Period.of(period.last_day, granularity) == period
    following = Period.of(period.last_day + timedelta(days=1), granularity)
    assert following == period.plus(1)
    assert period.label < following.label


@pytest.mark.parametrize(
    ("granularity", "label"),
    [
        (Granularity.DAY, "2026-02-29"),
        (Granularity.DAY, "20260101"),
        (Granularity.DAY, "1979-12-31"),
        (Granularity.WEEK, "2025-W53"),
        (Granularity.WEEK, "2026-W00"),
        (Granularity.WEEK, "1980-W01"),
        (Granularity.WEEK, "2026-W1"),
        (Granularity.MONTH, "2026-00"),
        (Granularity.MONTH, "2026-1"),
        (Granularity.MONTH, "2200-01"),
        (Granularity.MONTH, "0000-01"),
        (Granularity.QUARTER, "2026-Q5"),
        (Granularity.QUARTER, "2026-q1"),
        (Granularity.QUARTER, ""),
    ],
)
def test_what_is_no_label_is_refused_with_an_example(granularity: Granularity, label: str) -> None:
    with pytest.raises(ValueError, match=f"must be a valid {granularity}, such as 2026-"):
        Period.labelled(label, granularity)


@given(orders(), st.sampled_from(QUESTIONS))
def test_entries_and_means_are_what_the_definition_says(
    bought: list[Bought], question: CohortQuestion
) -> None:
    rows = list(cohort_rows(bought, question, TODAY))
    (result,) = question.results(organization(today=TODAY), rows)
    expected = fold(
        bought, TODAY, question.granularity, question.breakdown, periods=question.periods
    )
    keys = [entry["key"] for entry in result.entries]
    assert keys == sorted(expected)
    assert {entry["key"]: entry for entry in result.entries} == expected
    for mode, column in ((Mode.IN, "customers"), (Mode.ON_OR_AFTER, "customers_on_or_after")):
        mean = fold_mean(list(expected.values()), column, question.periods)
        assert result.summary["mean"][mode] == mean
    stored = [stored_cohort(entry, question.granularity) for entry in result.entries]
    current = Period.of(TODAY, question.granularity)
    assert sorted(stored, key=lambda cohort: (cohort.value, cohort.period)) == cohorts_of(
        rows, current
    )
    for cohort in stored:
        cells = len(cohort.customers)
        assert cells <= question.periods
        assert [cohort.is_complete(k) for k in range(cells)] == [
            cohort.period.plus(k).last_day < start_of(TODAY, question.granularity)
            for k in range(cells)
        ]
        assert cohort.customers[0] == cohort.customers_on_or_after[0] == cohort.size
        assert sorted(cohort.customers_on_or_after, reverse=True) == list(
            cohort.customers_on_or_after
        )
        first, last = keys_of(cohort.value)
        if question.breakdown:
            assert first <= f"{cohort.value}|{cohort.period.label}" <= last


def test_an_organisation_without_orders_has_every_result_and_nothing_in_it() -> None:
    for question in QUESTIONS:
        (result,) = question.results(organization(today=TODAY), [])
        assert result.name == question.name
        assert result.entries == []
        assert result.summary["mean"] == {
            "in": [None] * question.periods,
            "onOrAfter": [None] * question.periods,
        }


def test_names_and_how_much_is_kept() -> None:
    assert [question.name for question in QUESTIONS] == [
        "cohorts_day",
        "cohorts_week",
        "cohorts_month",
        "cohorts_quarter",
        *(
            f"cohorts_{granularity}_by_{breakdown}"
            for granularity in ("month", "quarter")
            for breakdown in ("category", "channel", "campaign")
        ),
    ]
    assert all(question.periods >= 60 for question in QUESTIONS)
    assert set(PERIODS) == set(Granularity)


def test_a_mean_is_weighted_by_size_and_leaves_out_what_is_not_over() -> None:
    """Ten customers of January, nobody of whom came back in February; one of February."""
    january, february = date(2026, 1, 5), date(2026, 2, 5)
    bought = [
        Bought(
            order_id=f"o{number}",
            customer=f"c{number}",
            ordered_at=datetime(2026, 1, 5, tzinfo=UTC),
            day=january,
        )
        for number in range(10)
    ]
    bought += [
        Bought(
            order_id=f"p{day}",
            customer="late",
            ordered_at=datetime(2026, day.month, 5, tzinfo=UTC),
            day=day,
        )
        for day in (february, date(2026, 3, 5))
    ]
    question = CohortQuestion(granularity=Granularity.MONTH)
    for today, expected in (
        (date(2026, 3, 31), [1, 0 / 10, None]),
        (date(2026, 4, 1), [1, 1 / 11, 0 / 10]),
    ):
        rows = cohort_rows(bought, question, today)
        (result,) = question.results(organization(today=today), rows)
        assert result.summary["mean"]["in"][:3] == expected


@given(
    st.lists(RECENT, min_size=1, max_size=6),
    GRANULARITIES,
    st.integers(0, 14),
    st.sampled_from(Mode),
    st.booleans(),
    st.sampled_from((None, *Breakdown)),
    st.data(),
)
def test_the_segment_of_a_cell_holds_its_customers(
    days: list[date],
    granularity: Granularity,
    k: int,
    mode: Mode,
    returned: bool,
    breakdown: Breakdown | None,
    data: st.DataObject,
) -> None:
    """Days are those of New York, at whose midnight it is another day in UTC."""
    zone = ZoneInfo("America/New_York")
    instants = sorted(datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone) for day in days)
    cohort = Period.of(min(days), granularity)
    history = OrderHistory.of(
        PastOrder(
            at.astimezone(UTC),
            at.date(),
            100,
            data.draw(st.sampled_from(("online", "in_store"))),
            data.draw(st.sampled_from(("", "spring"))),
            data.draw(st.sampled_from(((), (GUMMIES,), (FLOWER,), (FLOWER, GUMMIES)))),
        )
        for at in instants
    )
    values = {
        None: ("",),
        Breakdown.CATEGORY: ("", "Edibles", "Flower"),
        Breakdown.CHANNEL: ("online", "in_store"),
        Breakdown.CAMPAIGN: ("", "spring"),
    }
    cells = [
        CohortCell(
            cohort=cohort, k=k, mode=mode, returned=returned, breakdown=breakdown, value=value
        )
        for value in values[breakdown]
    ]
    cell = data.draw(st.sampled_from(cells))
    subject = Subject(
        totals=OrderTotals(
            order_count=len(days),
            lifetime_value_cents=100 * len(days),
            first_ordered_at=instants[0].astimezone(UTC),
            last_ordered_at=instants[-1].astimezone(UTC),
        ),
        category_cents=(),
        history=history,
        has_email=False,
        has_phone=False,
        has_display_name=False,
    )
    segments = CustomSegments({}, Thresholds(), zone)
    now = datetime(2026, 3, 20, tzinfo=UTC)
    matches = segments.matches(parse_definition(cell.definition))
    assert matches(subject, now) is cell.includes(history)
    whole = CohortCell(cohort=cohort, k=k, mode=mode, returned=returned)
    assert sum(each.includes(history) for each in cells) == whole.includes(history)
    earlier = CohortCell(cohort=cohort.plus(-1), k=k, mode=mode, returned=returned)
    assert not segments.matches(parse_definition(earlier.definition))(subject, now)
    if k == 0:
        assert whole.includes(history) is returned
    assert len(cell.title) <= MAX_NAME_LENGTH
    assert len(cell.description) <= MAX_DESCRIPTION_LENGTH


def test_a_long_value_leaves_a_title_short_enough() -> None:
    cell = CohortCell(
        cohort=Period.labelled("2026-01", Granularity.MONTH),
        k=1,
        mode=Mode.ON_OR_AFTER,
        returned=False,
        breakdown=Breakdown.CAMPAIGN,
        value="x" * 200,
    )
    assert len(cell.title) <= MAX_NAME_LENGTH
    assert len(cell.description) <= MAX_DESCRIPTION_LENGTH


def test_periods_in_a_row() -> None:
    assert starts(date(2026, 1, 1), 3, Granularity.WEEK) == [
        date(2025, 12, 15),
        date(2025, 12, 22),
        date(2025, 12, 29),
    ]
