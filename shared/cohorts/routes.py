"""Cohorts of an organisation's customers."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.cohorts import answers as models
from shared.cohorts.cohorts import Cohort, keys_of, result_name, stored_cohort
from shared.cohorts.period import Period
from shared.cohorts.presentation import cohorts_file, cohorts_page
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
    pager = current.pager("cohorts", *query.arguments, token=query.page_token)
    after = pager.after()
    state = current.results.state(result_name(query.granularity, query.breakdown))
    cohorts = _requested_cohorts(query, current, state, before)
    rest = [each for each in cohorts if after is None or _rank(*_place(each)) > _rank(*after)]
    page = rest[: query.page_size]
    next_page_token = pager.next_token(_place(page[-1]) if len(rest) > len(page) else None)
    return answer(cohorts_page(current, state, query, page, next_page_token))


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
    cohorts = _requested_cohorts(query, current, state, before)
    return cohorts_file(cohorts, query.mode, query.periods)


def _requested_cohorts(
    query: CohortFilters, current: Organization, state: ResultState | None, before: Period | None
) -> list[Cohort]:
    """Return the requested cohorts, newest first; none if they were never computed."""
    if state is None or state.computed_at is None:
        return []
    first, last = None, query.before
    if query.breakdown is not None:
        first, last = (None, None) if query.value is None else keys_of(query.value)
    entries = current.results.entries(state, first_key=first, last_key=last)
    stored = (stored_cohort(entry, query.granularity) for entry in entries)
    requested = (each for each in stored if query.value in (None, each.value))
    return sorted(
        (each for each in requested if before is None or each.period < before),
        key=lambda cohort: _rank(*_place(cohort)),
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
    pager = current.pager(
        "cohort customers",
        query.granularity,
        cell.cohort.number,
        cell.k,
        cell.mode,
        cell.returned,
        cell.breakdown,
        cell.value,
        token=query.page_token,
    )
    place = pager.after()
    after = CohortCursor(first_day=place[0], customer_key=place[1]) if place else None
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
            next_page_token=pager.next_token(
                [page.next.first_day, page.next.customer_key] if page.next else None
            ),
        )
    )


def _place(cohort: Cohort) -> tuple[int, str]:
    return cohort.period.number, cohort.value


def _rank(period_number: int, value: str) -> tuple[int, str]:
    """Return the sort key of a place in the list: newest first, then by value."""
    return -period_number, value
