"""Routes of churn, monthly transitions and RFM, which are computed every night."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.churn import answers as churn_models
from shared.churn import churn, rfm, state_transitions
from shared.history.answers import MatrixCell, PlaceCount
from shared.nightly.result import ResultState
from shared.segments.places import NONE, PLACES
from shared.segments.segment import Segment
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.parameter_types import ParameterType, one_of
from shared.web.parameters import OrganizationQuery
from shared.web.schema import no_default
from shared.web.units import units

routes = APIBlueprint(
    "churn",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Churn", description="Customers lost, moved and scored.")],
    abp_security=SIGNED_IN,
)


class ChurnBreakdown(StrEnum):
    """Breakdowns of the numbers."""

    SEGMENT = "segment"


def _days(value: object) -> object:
    for days in churn.PERIODS:
        if value in (days, str(days)):
            return days
    raise ValueError("must be one of " + ", ".join(map(str, churn.PERIODS)))


class ChurnQuery(OrganizationQuery):
    """Period and detail."""

    days: Annotated[
        int,
        ParameterType(
            _days,
            {"type": "integer", "enum": list(churn.PERIODS), "default": churn.DEFAULT_PERIOD},
        ),
    ] = Field(
        default=churn.DEFAULT_PERIOD,
        description="Length of the period in days of 24 hours; it ends at the time of computation.",
    )
    by: Annotated[ChurnBreakdown | SkipJsonSchema[None], one_of(ChurnBreakdown)] = Field(
        default=None,
        description="`segment` to include the numbers by segment at the opening.",
        json_schema_extra=no_default,
    )


@routes.get(
    "/churn", operation_id="getChurn", responses=signed_in_responses(churn_models.ChurnAnswer)
)
def get_churn(query: ChurnQuery) -> Response:
    """Get the customers lost in a period.

    Costs one document read.
    """
    current = organization()
    state = current.results.state(churn.NAME)
    return answer(
        churn_models.ChurnAnswer.of(current, state, days=query.days, **_churn(state, query))
    )


@routes.get("/rfm", operation_id="getRfm", responses=signed_in_responses(churn_models.Rfm))
def get_rfm(query: OrganizationQuery) -> Response:
    """Count customers by recency, frequency and monetary value.

    Costs two document reads.
    """
    current = organization()
    state = current.results.state(rfm.NAME)
    numbers: dict[str, Any] = {}
    if state is not None and state.computed_at is not None:
        numbers = {
            "customers": state.summary["customers"],
            "bands": [_band(band) for band in rfm.stored_bands(state.summary)],
            "cells": [_cell(rfm.stored_cell(entry)) for entry in current.results.entries(state)],
        }
    return answer(churn_models.Rfm.of(current, state, **numbers))


@routes.get(
    "/transitions/months",
    operation_id="getMonthlyTransitions",
    responses=signed_in_responses(churn_models.MonthlyTransitions),
)
def get_monthly_transitions(query: OrganizationQuery) -> Response:
    """Get transitions between segments for each of the last 12 full months.

    Costs two document reads. For other windows, and for what was recorded, see
    `/v1/analytics/transitions`.
    """
    current = organization()
    state = current.results.state(state_transitions.NAME)
    numbers: dict[str, Any] = {}
    if state is not None and state.computed_at is not None:
        numbers = {
            "time_zone": state.summary["time_zone"],
            "thresholds_version": state.summary["thresholds_version"],
            "months": [
                _month(state_transitions.stored_month(entry))
                for entry in current.results.entries(state)
            ],
        }
    return answer(churn_models.MonthlyTransitions.of(current, state, **numbers))


def _churn(state: ResultState | None, query: ChurnQuery) -> dict[str, Any]:
    if state is None or state.computed_at is None:
        return {}
    stored = churn.stored_churn(state.summary, query.days)
    total = stored.total
    return {
        "from_": state.computed_at - timedelta(days=query.days),
        "to": state.computed_at,
        "thresholds_version": state.summary["thresholds_version"],
        "not_churned_at_start": total.not_churned_at_start,
        "churned": total.churned,
        "churn_rate": total.rate,
        "churned_and_won_back": total.churned_and_won_back,
        "churned_at_start": stored.churned_at_start,
        "won_back": stored.won_back,
        "new_customers": stored.new_customers,
        "new_customers_churned": stored.new_customers_churned,
        "by_segment": [
            churn_models.SegmentChurn(
                segment=segment,
                not_churned_at_start=losses.not_churned_at_start,
                churned=losses.churned,
                churn_rate=losses.rate,
                churned_and_won_back=losses.churned_and_won_back,
            )
            for segment, losses in stored.segments.items()
        ]
        if query.by
        else None,
    }


def _band(band: rfm.Band) -> churn_models.ScoreBand:
    money = band.dimension is rfm.Dimension.MONETARY
    return churn_models.ScoreBand(
        dimension=band.dimension,
        score=band.score,
        customers=band.customers,
        least=units(band.least) if money else band.least,
        most=units(band.most) if money else band.most,
    )


def _cell(cell: rfm.Cell) -> churn_models.RfmCell:
    return churn_models.RfmCell(
        recency=cell.recency,
        frequency=cell.frequency,
        monetary=cell.monetary,
        customers=cell.customers,
        orders=cell.orders,
        revenue=units(cell.revenue_cents),
        mean_recency_days=cell.mean_recency_days,
    )


def _month(stored: state_transitions.StoredMonth) -> churn_models.MonthTransitions:
    matrix = stored.matrix
    return churn_models.MonthTransitions(
        month=f"{stored.first:%Y-%m}",
        opening=[
            PlaceCount(segment=segment, customers=matrix.opening(segment)) for segment in Segment
        ],
        closing=[
            PlaceCount(segment=segment, customers=matrix.closing(segment)) for segment in Segment
        ],
        new_customers=matrix.opening(NONE),
        cells=[
            MatrixCell(from_=origin, to=to, customers=matrix.cells[origin, to])
            for origin in PLACES
            for to in PLACES
            if (origin, to) in matrix.cells
        ],
    )
