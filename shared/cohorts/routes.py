"""Cohorts of an organisation's customers."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.cohorts import answers as models
from shared.cohorts.cohorts import Cohort, kept_from, keys_of, result_name, stored_cohort
from shared.cohorts.period import Period
from shared.cohorts.presentation import cohort_row, cohorts_file, mean_of
from shared.cohorts.query import (
    CohortCustomersQuery,
    CohortFilters,
    CohortPath,
    CohortsExportQuery,
    CohortsQuery,
)
from shared.cohorts.store import CohortCursor, CohortReader
from shared.customers.presentation import customer_profile
from shared.kernel.errors import NotComputedError
from shared.nightly.result import ResultState
from shared.web.answers import SIGNED_IN, answer, file_responses, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.filters import ListFormat
from shared.web.page_tokens import Argument

routes = APIBlueprint(
    "cohorts",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Cohorts", description="Retention by time of the first order.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/cohorts",
    operation_id="listCohorts",
    responses=signed_in_responses(models.Cohorts, HTTPStatus.CONFLICT),
)
def list_cohorts(query: CohortsQuery) -> Response:
    """List cohorts with their retention, a page at a time or as a file.

    Computed nightly. Costs two document reads, and a few more with a breakdown, regardless of the
    number of orders and customers.

    `format=csv` answers with all cohorts as the file `cohorts.csv`: UTF-8 with a byte order mark,
    lines that end in CR LF, fields quoted as in RFC 4180, one line per cohort and period that is
    not to come, and columns cohort, value, size, period, label, customers, retention, orders,
    revenue, cumulativeRevenuePerCustomer, complete and mayGrow. Text that a spreadsheet would take
    for a formula has a `'` before it. Where cohorts were never computed it is 409.
    """
    if query.format_ is ListFormat.CSV:
        return _file(query)
    current = organization()
    before = query.before_period()
    arguments: list[Argument] = [
        "cohorts",
        current.id,
        query.granularity,
        query.periods,
        query.mode,
        query.before,
        query.breakdown,
        query.value,
    ]
    after = None
    if query.page_token is not None:
        number, value = current.page_tokens.place(arguments, query.page_token)
        assert isinstance(number, int)
        after = _place(number, str(value))
    state = current.results.state(result_name(query.granularity, query.breakdown))
    if state is None or state.computed_at is None:
        return answer(
            models.Cohorts.of(
                current,
                state,
                as_of=current.as_of,
                granularity=query.granularity,
                mode=query.mode,
            )
        )
    cohorts = _cohort(query, current, state, before)
    rest = [cohort for cohort in cohorts if after is None or _place_of(cohort) > after]
    page = rest[: query.page_size]
    broken_down = query.breakdown is not None
    return answer(
        models.Cohorts.of(
            current,
            state,
            as_of=current.as_of,
            granularity=query.granularity,
            mode=query.mode,
            kept_from=kept_from(state.summary["current"], query.granularity, query.breakdown),
            mean=mean_of(state.summary, query.mode, query.value)[: query.periods],
            values=[models.BreakdownValue.model_validate(each) for each in state.summary["values"]]
            if broken_down
            else None,
            values_found=state.summary["values_found"] if broken_down else None,
            cohorts=[
                cohort_row(cohort, query.mode, query.periods, broken_down=broken_down)
                for cohort in page
            ],
            next_page_token=current.page_tokens.token(
                arguments, [page[-1].period.number, page[-1].value]
            )
            if len(rest) > len(page)
            else None,
        )
    )


@routes.get(
    "/cohorts:export",
    operation_id="exportCohorts",
    responses=file_responses("All cohorts.", HTTPStatus.CONFLICT),
)
def export_cohorts(query: CohortsExportQuery) -> Response:
    """Get all cohorts with their retention as a file.

    The same file as `GET /v1/analytics/cohorts` with `format=csv`.
    """
    return _file(query)


def _file(query: CohortFilters) -> Response:
    current = organization()
    before = query.before_period()
    state = current.results.state(result_name(query.granularity, query.breakdown))
    if state is None or state.computed_at is None:
        raise NotComputedError("Cohorts have not been computed yet.")
    return cohorts_file(_cohort(query, current, state, before), query.mode, query.periods)


def _cohort(
    query: CohortFilters, current: Organization, state: ResultState, before: Period | None
) -> list[Cohort]:
    """Return the requested cohorts, in the order of the list."""
    stored = _stored(query, current, state)
    return sorted(
        (each for each in stored if before is None or each.period < before), key=_place_of
    )


@routes.get(
    "/cohorts/<cohort>/customers",
    operation_id="listCohortCustomers",
    responses=signed_in_responses(models.CohortCustomers),
)
def list_cohort_customers(path: CohortPath, query: CohortCustomersQuery) -> Response:
    """List the customers of a cohort who were retained in one period, or all others.

    Customers are looked up in their current state: if no order has arrived or changed since cohorts
    were computed, their number equals that of the cell in the list of cohorts. Costs one document
    read per customer examined, up to 1,000 per page: a page of a small cell may have fewer
    customers than `pageSize`, or none, and still have a `nextPageToken`. A customer that does not
    change between two pages appears on exactly one of them.

    `segment` can be sent to `POST /v1/custom-segments` unchanged. For customers with more than
    about 5,000 orders, mode `in` does not see the oldest orders, neither here nor in the segment.
    """
    current = organization()
    today = current.as_of.astimezone(current.settings().time_zone).date()
    cell = query.cell(path.cohort, today)
    arguments: list[Argument] = [
        "cohort customers",
        current.id,
        query.granularity,
        cell.cohort.number,
        cell.k,
        cell.mode,
        cell.returned,
        cell.breakdown,
        cell.value,
    ]
    after = None
    if query.page_token is not None:
        day, key = current.page_tokens.place(arguments, query.page_token)
        after = CohortCursor(first_day=str(day), customer_key=str(key))
    page = current.open(CohortReader).page(cell, size=query.page_size, after=after)
    return answer(
        models.CohortCustomers(
            org_id=current.id,
            as_of=current.as_of,
            cohort=cell.cohort.label,
            granularity=query.granularity,
            mode=cell.mode,
            period=cell.k,
            first_day=cell.period.first_day,
            last_day=cell.period.last_day,
            returned=cell.returned,
            breakdown=cell.breakdown,
            value=cell.value if cell.breakdown else None,
            customers=[customer_profile(customer, current) for customer in page.customers],
            segment=models.CohortSegment(
                name=cell.title,
                description=cell.description,
                definition=cell.definition,
            ),
            next_page_token=current.page_tokens.token(
                arguments, [page.next.first_day, page.next.customer_key]
            )
            if page.next
            else None,
        )
    )


def _stored(query: CohortFilters, current: Organization, state: ResultState) -> list[Cohort]:
    """Return the requested cohorts, possibly among later ones."""
    first, last = None, query.before
    if query.breakdown is not None:
        first, last = (None, None) if query.value is None else keys_of(query.value)
    entries = current.results.entries(state, first_key=first, last_key=last)
    cohorts = [stored_cohort(entry, query.granularity) for entry in entries]
    return [cohort for cohort in cohorts if query.value in (None, cohort.value)]


def _place(period_number: int, value: str) -> tuple[int, str]:
    """Place in the list, newest first."""
    return -period_number, value


def _place_of(cohort: Cohort) -> tuple[int, str]:
    return _place(cohort.period.number, cohort.value)
