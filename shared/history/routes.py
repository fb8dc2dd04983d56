"""Routes of the past: one customer's timeline, segments over time, and transitions."""

from datetime import datetime
from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.history import answers as history_models
from shared.history import presentation as history_presentation
from shared.history.cell_store import Cell, CellReader
from shared.history.past import is_behind, past_intervals, past_matrix
from shared.history.query import (
    Basis,
    HistoryQuery,
    TransitionCustomersQuery,
    TransitionsQuery,
    WindowQuery,
    closing_of,
    includes_custom_segments,
    opening_of,
)
from shared.history.segment_history import intervals
from shared.history.store import SegmentHistoryReader
from shared.history.timeline_store import TimelineCursor, TimelineReader
from shared.kernel.days import end_of
from shared.kernel.document_ids import is_document_id
from shared.kernel.errors import InvalidParameterError, NotFoundError
from shared.organizations.settings import OrganizationSettings
from shared.segments.places import NONE
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import Organization, organization
from shared.web.limits import count_scan
from shared.web.parameters import CustomerPath, PageQuery

MAX_DAYS = 400
"""Days of one history."""

routes = APIBlueprint(
    "history",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="History", description="Transitions of customers between segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/customers/<customerKey>/timeline",
    operation_id="getCustomerTimeline",
    responses=signed_in_responses(history_models.Timeline),
)
def get_timeline(path: CustomerPath, query: PageQuery) -> Response:
    """List a customer's orders and transitions, newest first, a page at a time.

    Costs at most twice `pageSize` + 1 document reads. An entry that does not change between two
    pages appears on exactly one of them.
    """
    current = organization()
    key = path.customer_key
    pager = current.pager("timeline", key, token=query.page_token)
    after = None
    if place := pager.after():
        placed_at, order_id, number = place
        after = TimelineCursor(
            placed_at=placed_at, order_id=order_id or None, transition_number=number
        )
    page = (
        current.open(TimelineReader).page(key, size=query.page_size, after=after)
        if is_document_id(key)
        else None
    )
    if page is None:
        raise NotFoundError("The customer does not exist.")
    end = page.next
    return answer(
        history_models.Timeline(
            org_id=current.id,
            customer_key=key,
            as_of=current.as_of,
            entries=[history_presentation.timeline_entry(entry) for entry in page.entries],
            next_page_token=pager.next_token(
                [end.placed_at, end.order_id or "", end.transition_number] if end else None
            ),
        )
    )


@routes.get(
    "/segments/history",
    operation_id="getSegmentHistory",
    responses=signed_in_responses(history_models.SegmentHistory, HTTPStatus.TOO_MANY_REQUESTS),
)
def get_history(query: HistoryQuery) -> Response:
    """Count customers by segment over time, with arrivals and departures.

    On the basis `recorded`, costs one document read per daily document and per document of segment
    counts, and two per thousand transitions since `from`, those of custom segments included, but at
    least 18, or 34 if `to` is not today, and up to four more per custom segment if requested; if
    the daily documents do not add up to the transitions, also one per transition of those days and
    18 more. On the basis `restated`, one per
    customer. Deleted segments cost nothing.
    """
    current = organization()
    with_custom = includes_custom_segments(query.include, query.basis)
    # A segment that was created a moment ago is there.
    settings = current.fresh_settings() if with_custom else current.settings()
    today = current.as_of.astimezone(settings.time_zone).date()
    if query.to > today:
        raise InvalidParameterError("must not be after today", parameter="to")
    if query.from_ > query.to:
        raise InvalidParameterError("must not be after `to`", parameter="from")
    if (query.to - query.from_).days >= MAX_DAYS:
        raise InvalidParameterError(
            f"must be nearer to `to`: at most {MAX_DAYS} days are counted", parameter="from"
        )
    if query.basis is Basis.RESTATED:
        count_scan()
    spans = intervals(query.from_, query.to, query.interval, today=today)
    closing_at = min(end_of(query.to, settings.time_zone), current.as_of)
    behind = is_behind(current, closing_at, query.basis)
    past = past_intervals(current, settings, spans, query.basis, with_custom=with_custom)
    return answer(
        history_presentation.segment_history(
            past,
            spans,
            current,
            time_zone=settings.time_zone.key,
            basis=query.basis,
            unit=query.interval,
            stale=behind,
        )
    )


@routes.get(
    "/analytics/transitions",
    operation_id="getTransitions",
    responses=signed_in_responses(history_models.Transitions, HTTPStatus.TOO_MANY_REQUESTS),
)
def get_transitions(query: TransitionsQuery) -> Response:
    """Get how customers moved between segments over a period.

    Rows sum to the counts at the opening and columns to those at the closing, or the answer is 503.
    On the basis `recorded`, costs one document read per transition in the period, of which there
    may be 50,000, and one per thousand transitions up to `to`, but at least 52. On the basis
    `restated`, one per customer.
    """
    current = organization()
    settings = current.settings()
    opening_at, closing_at = _window(current, settings, query)
    if query.basis is Basis.RESTATED:
        count_scan()
    behind = is_behind(current, closing_at, query.basis)
    matrix = past_matrix(current, settings.thresholds, opening_at, closing_at, query.basis)
    return answer(
        history_presentation.transitions(
            matrix,
            current,
            opening_at=opening_at,
            closing_at=closing_at,
            basis=query.basis,
            stale=behind,
        )
    )


@routes.get(
    "/analytics/transitions/customers",
    operation_id="listTransitionCustomers",
    responses=signed_in_responses(history_models.TransitionCustomers),
)
def list_transition_customers(query: TransitionCustomersQuery) -> Response:
    """List the customers of one cell of the matrix on the basis `recorded`, a page at a time.

    Costs up to three document reads per customer on the page, and one per transition of other
    customers in the period, of which one page examines about 5,000: a page of a small cell may have
    fewer customers than requested. A customer that does not change between two pages appears on
    exactly one of them.
    """
    current = organization()
    opening_at, closing_at = _window(current, current.settings(), query)
    if query.from_segment == query.to_segment == NONE:
        raise InvalidParameterError(
            "must be a segment if `fromSegment` is none", parameter="toSegment"
        )
    pager = current.pager(
        "transition customers",
        str(query.from_),
        str(query.to),
        query.from_segment,
        query.to_segment,
        token=query.page_token,
    )
    # A day that is not over yet closes on every page when it did on the first.
    closing_at, after = pager.after() or (closing_at, "")
    cell = Cell(
        from_place=query.from_segment,
        to_place=query.to_segment,
        opening_at=opening_at,
        closing_at=closing_at,
    )
    page = current.open(CellReader).page(
        cell, size=query.page_size, after=after, as_of=current.open(SegmentHistoryReader).now()
    )
    return answer(
        history_models.TransitionCustomers(
            org_id=current.id,
            opening_at=opening_at,
            closing_at=closing_at,
            customers=history_presentation.transition_customers(page, cell, current),
            next_page_token=pager.next_token(
                [closing_at, page.next_after] if page.next_after is not None else None
            ),
        )
    )


def _window(
    current: Organization, settings: OrganizationSettings, query: WindowQuery
) -> tuple[datetime, datetime]:
    """Opening and closing. Raises InvalidParameterError."""
    time_zone = settings.time_zone
    closing_at = closing_of(query.to, time_zone, current.as_of, parameter="to")
    opening_at = opening_of(query.from_, time_zone)
    if opening_at >= closing_at:
        raise InvalidParameterError("must be before `to`", parameter="from")
    return opening_at, closing_at
