"""The customers of a card as a custom segment: the body of `POST /v1/custom-segments`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.cohorts.cohorts import CohortCell, Mode
from shared.cohorts.period import Period
from shared.insights.numbers import SOON_DAYS
from shared.predictions.risk import RiskLevel
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds
from shared.suggestions.filters import Filter, FilterField, FilterOperator

ESTABLISHED = (Segment.VIP, Segment.LOYAL, Segment.HIGH_VALUE, Segment.FREQUENT)
"""Active segments other than New."""
ACTIVE = (Segment.VIP, Segment.LOYAL, Segment.NEW, Segment.HIGH_VALUE, Segment.FREQUENT)
"""Segments of customers who are not Slipping, At Risk or Churned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A custom segment that does not exist yet."""

    name: str
    description: str
    conditions: Mapping[str, Any]
    """`filters` or `definition`."""

    @property
    def body(self) -> dict[str, Any]:
        """The suggested message."""
        return {"name": self.name, "description": self.description, **self.conditions}


def in_segment(segment: Segment) -> Audience:
    """The customers of one segment."""
    return Audience(
        name=f"{segment.label} customers",
        description=segment.description,
        conditions={
            "filters": [
                _json(
                    Filter(
                        field=FilterField.SEGMENT,
                        operator=FilterOperator.EQUALS,
                        value=segment.value,
                    )
                )
            ]
        },
    )


def days_before_slipping(thresholds: Thresholds) -> tuple[int, int]:
    """Whole days since the last order, from and to, of those who slip within SOON_DAYS."""
    days = thresholds.slipping_min_days
    return max(0, days - SOON_DAYS), days - 1


def slipping_filters(thresholds: Thresholds) -> tuple[Filter, ...]:
    """Select the active customers who become Slipping within SOON_DAYS unless they order."""
    return (
        Filter(
            field=FilterField.SEGMENT,
            operator=FilterOperator.IN,
            value=tuple(each.value for each in ACTIVE),
        ),
        Filter(
            field=FilterField.DAYS_SINCE_LAST_ORDER,
            operator=FilterOperator.BETWEEN,
            value=days_before_slipping(thresholds),
        ),
    )


def about_to_slip(thresholds: Thresholds) -> Audience:
    """The customers whom `slipping_filters` select."""
    return Audience(
        name="About to slip",
        description=f"Active customers who become Slipping within {SOON_DAYS} days unless they "
        "order.",
        conditions={"filters": [_json(each) for each in slipping_filters(thresholds)]},
    )


def did_not_return(cohort: Period) -> Audience:
    """The customers of a cohort without an order in the period after their first."""
    cell = CohortCell(cohort=cohort, k=1, mode=Mode.IN, returned=False)
    return Audience(
        name=cell.title, description=cell.description, conditions={"definition": cell.definition}
    )


def at_critical_risk() -> Audience:
    """The customers at the critical level of churn risk."""
    level = RiskLevel.CRITICAL.value
    return Audience(
        name="At critical churn risk",
        description="Customers who are most likely to stay away.",
        conditions={
            "definition": {"all": [{"field": "churnRisk", "operator": "equals", "value": level}]}
        },
    )


def _json(each: Filter) -> dict[str, Any]:
    """A filter without money, as the API takes it."""
    value = list(each.value) if isinstance(each.value, tuple) else each.value
    return {"field": each.field.value, "operator": each.operator.value, "value": value}
