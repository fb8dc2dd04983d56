"""Inputs of facts: an organisation's numbers, each with its availability.

A store fills these from stored counts and results. Nothing here is about a single customer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from shared.affinity.affinity import Pair
from shared.churn.churn import Churn
from shared.churn.rfm import Cell
from shared.cohorts.cohorts import Cohort
from shared.insights.campaign_findings import MeasuredCampaign
from shared.insights.rendering import Style
from shared.nightly.result import ResultState
from shared.products.product_sales import ProductSales
from shared.segments.segment import Segment
from shared.segments.summary import SegmentShare
from shared.segments.thresholds import Thresholds

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CARD_LIFE = timedelta(hours=24)
"""Lifetime of a card made of current counts."""
PERIOD_DAYS = 30
SOON_DAYS = 7


class Availability(StrEnum):
    """Availability of numbers."""

    CURRENT = "current"
    STALE = "stale"
    FAILED = "failed"
    """The newest attempt to compute them failed; what an earlier one left is not used."""
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[T_co]):
    """Some numbers and where they were read from."""

    name: str
    """Such as `churn`."""
    document: str
    """Path of the document or collection."""
    availability: Availability
    computed_at: datetime | None = None
    """None if they never were."""
    valid_until: datetime | None = None
    content: T_co | None = None
    """None unless current."""


def counter_source(name: str, document: str, content: T, *, at: datetime) -> Source[T]:
    """Numbers that are kept up to date with every order, read at that instant."""
    return Source(
        name=name,
        document=document,
        availability=Availability.CURRENT,
        computed_at=at,
        valid_until=at + CARD_LIFE,
        content=content,
    )


def uncounted(name: str, document: str, *, at: datetime) -> Source[T]:
    """Return the source if the counts are known to lag, as while rules change."""
    return Source(name=name, document=document, availability=Availability.STALE, computed_at=at)


def result_source(
    name: str,
    document: str,
    state: ResultState | None,
    content: Callable[[ResultState], T],
    *,
    now: datetime,
) -> Source[T]:
    """Numbers of a computed result. `content` reads them, and is called for a current one only."""
    if state is None or state.computed_at is None:
        has_failed = state is not None and state.last_error is not None
        availability = Availability.FAILED if has_failed else Availability.NOT_COMPUTED
        return Source(name=name, document=document, availability=availability)
    if state.stale(now):
        availability = Availability.FAILED if state.last_error else Availability.STALE
        return Source(
            name=name,
            document=document,
            availability=availability,
            computed_at=state.computed_at,
        )
    return Source(
        name=name,
        document=document,
        availability=Availability.CURRENT,
        computed_at=state.computed_at,
        valid_until=state.stale_at,
        content=content(state),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntries:
    """Different customers who came into each segment in two periods, whoever they are now."""

    current: Mapping[Segment, int]
    """In the last PERIOD_DAYS × 24 hours."""
    before: Mapping[Segment, int] | None
    """In as much time before those; None if the history does not reach back that far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some customers together."""

    customers: int
    lifetime_value_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOutcome:
    """Outcome of the last audit, over all its checks."""

    orders: int
    repaired: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelExpectations:
    """Expectations of the model in force."""

    critical: int
    """Customers at the critical level of churn risk."""
    critical_cents: int
    """Net revenue to expect from these in the next 12 months, discounted."""
    all_cents: int
    """The same from all customers."""
    month: date | None
    """First day of the next whole month; None if no revenue is forecast for it."""
    month_cents: int
    """Net revenue to expect in it, from today's customers and new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopNumbers:
    """All inputs of facts about one organisation."""

    org_id: str
    as_of: datetime
    today: date
    """Local date of the organisation."""
    style: Style
    thresholds: Thresholds
    segments: Source[tuple[SegmentShare, ...]]
    transitions: Source[SegmentEntries]
    about_to_slip: Source[Group]
    """Customers selected by `audiences.slipping_filters`."""
    churn: Source[Churn]
    """Of the last PERIOD_DAYS days."""
    cohorts: Source[tuple[Cohort, ...]]
    """By month, without a breakdown."""
    affinity: Source[tuple[Pair, ...]]
    """In the same basket."""
    rfm: Source[tuple[Cell, ...]]
    products: Source[tuple[ProductSales, ...]]
    quality: Source[AuditOutcome]
    campaigns: Source[tuple[MeasuredCampaign, ...]]
    """Those whose window has closed lately."""
    predictions: Source[ModelExpectations]
    """Of a model in force that predicts revenue."""

    @property
    def sources(self) -> tuple[Source[object], ...]:
        """All of them."""
        return (
            self.segments,
            self.transitions,
            self.about_to_slip,
            self.churn,
            self.cohorts,
            self.affinity,
            self.rfm,
            self.products,
            self.quality,
            self.campaigns,
            self.predictions,
        )
