"""Conversion of cohorts to their wire format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

from flask import Response

from shared.cohorts import answers as models
from shared.cohorts.cohorts import OVERVIEW_PERIODS, Cohort, Mode, kept_from
from shared.cohorts.query import CohortsQuery
from shared.kernel.money import mean_cents
from shared.nightly.result import ResultState
from shared.web.context import Organization
from shared.web.csv_cells import BYTE_ORDER_MARK, CSV, lines, money, text
from shared.web.units import units

FILE_NAME = "cohorts.csv"
COLUMNS = (
    "cohort",
    "value",
    "size",
    "period",
    "label",
    "customers",
    "retention",
    "orders",
    "revenue",
    "cumulativeRevenuePerCustomer",
    "complete",
    "mayGrow",
)


def cohorts_page(
    current: Organization,
    state: ResultState | None,
    query: CohortsQuery,
    page: Sequence[Cohort],
    next_page_token: str | None,
) -> models.Cohorts:
    """Return the answer with these cohorts; its values are null if they were never computed."""
    cohorts = partial(
        models.Cohorts.of,
        current,
        state,
        as_of=current.as_of,
        granularity=query.granularity,
        mode=query.mode,
    )
    if state is None or state.computed_at is None:
        return cohorts()
    summary, broken_down = state.summary, query.breakdown is not None
    return cohorts(
        kept_from=kept_from(summary["current"], query.granularity, query.breakdown),
        mean=_mean(summary, query.mode, query.value)[: query.periods],
        values=summary["values"] if broken_down else None,
        values_found=summary["values_found"] if broken_down else None,
        cohorts=[
            _cohort_row(each, query.mode, query.periods, broken_down=broken_down) for each in page
        ],
        next_page_token=next_page_token,
    )


def _cohort_row(cohort: Cohort, mode: Mode, periods: int, *, broken_down: bool) -> models.CohortRow:
    cells: list[models.CohortPeriod | None] = [
        models.CohortPeriod(
            period=k,
            label=cohort.period.plus(k).label,
            customers=customers,
            retention=customers / cohort.size,
            orders=cohort.orders[k],
            revenue=units(cohort.revenue_cents[k]),
            cumulative_revenue_per_customer=units(cents),
            complete=cohort.is_complete(k),
            may_grow=cohort.may_grow(k, mode),
        )
        for k, (customers, cents) in _cells(cohort, mode, periods)
    ]
    return models.CohortRow(
        cohort=cohort.period.label,
        value=cohort.value if broken_down else None,
        size=cohort.size,
        periods=cells + [None] * (periods - len(cells)),
    )


def cohorts_file(cohorts: Iterable[Cohort], mode: Mode, periods: int) -> Response:
    """Return the answer as a file: one line per cell, none for future periods."""
    rows = [
        (
            cohort.period.label,
            text(cohort.value),
            cohort.size,
            k,
            cohort.period.plus(k).label,
            customers,
            customers / cohort.size,
            cohort.orders[k],
            money(cohort.revenue_cents[k]),
            money(cents),
            "true" if cohort.is_complete(k) else "false",
            "true" if cohort.may_grow(k, mode) else "false",
        )
        for cohort in cohorts
        for k, (customers, cents) in _cells(cohort, mode, periods)
    ]
    return Response(
        BYTE_ORDER_MARK + lines([COLUMNS, *rows]),
        mimetype=CSV,
        headers={"Content-Disposition": f"attachment; filename={FILE_NAME}"},
    )


def cohort_months(state: ResultState | None) -> list[models.CohortMonth] | None:
    """The cohorts of the analytics page; None if they were never computed."""
    if state is None or state.computed_at is None:
        return None
    return [
        models.CohortMonth(
            month=cohort["cohort"],
            initial_size=cohort["size"],
            retention=_percent(cohort["customers"], cohort["size"]),
        )
        for cohort in state.summary["latest"]
    ]


def _mean(summary: Mapping[str, Any], mode: Mode, value: str | None) -> list[float | None]:
    """The mean row of everything, or of one value of a breakdown; None if it has no cells."""
    if value is None:
        means: list[float | None] = summary["mean"][mode.value]
        return means
    for entry in summary["values"]:
        if entry["value"] == value:
            of_value: list[float | None] = entry["mean"][mode.value]
            return of_value
    return [None] * len(summary["mean"][mode.value])


def _cells(cohort: Cohort, mode: Mode, periods: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """By k: customers retained, and revenue per customer so far."""
    for k, (customers, cents) in enumerate(
        zip(cohort.retained(mode), accumulate(cohort.revenue_cents), strict=True)
    ):
        if k < periods:
            yield k, (customers, mean_cents(cents, cohort.size) or 0)


def _percent(customers: Sequence[int], size: int) -> list[float | None]:
    percentages: list[float | None] = [100 * count / size for count in customers]
    return percentages + [None] * (OVERVIEW_PERIODS - len(percentages))
