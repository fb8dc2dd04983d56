"""The fact sheet of an organisation: its facts, and the numbers that yield none. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.insights import findings
from shared.insights.facts import campaigns as campaign_facts
from shared.insights.facts import customers as customer_facts
from shared.insights.facts import findings as finding_facts
from shared.insights.facts import predictions as prediction_facts
from shared.insights.findings import Bundle, CohortBreak, Slowing
from shared.insights.numbers import Availability, ShopNumbers, Source
from shared.kernel.facts import Fact, Subject, by_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Numbers that yield no fact, with the reason."""

    source: str
    reason: Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """Facts about an organisation at one instant, in aggregates."""

    subjects: Mapping[str, Subject]
    """Facts and names by id."""
    missing: tuple[Missing, ...]
    cohort_break: CohortBreak | None
    bundle: Bundle | None
    slowing: Slowing | None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts, without the names."""
        return tuple(each for each in self.subjects.values() if isinstance(each, Fact))


def fact_sheet(numbers: ShopNumbers) -> FactSheet:
    """The facts in an organisation's numbers.

    A group of fewer than SMALLEST_GROUP customers is no fact, whatever else is known about it, and
    neither is a comparison with one.
    """
    products = numbers.products.content or ()
    cohort_break = findings.cohort_break(numbers.cohorts.content or ())
    pair = findings.bundle(numbers.affinity.content or (), products)
    slow = findings.slowing(products)
    subjects: list[Subject] = [
        *_from(numbers.segments, customer_facts.segment_facts),
        *_from(
            numbers.transitions,
            lambda source, entered: customer_facts.transition_facts(source, entered, numbers),
        ),
        *_from(
            numbers.about_to_slip,
            lambda source, group: customer_facts.slipping_facts(source, group, numbers),
        ),
        *_from(numbers.churn, customer_facts.churn_facts),
        *_from(numbers.rfm, customer_facts.score_facts),
        *_from(numbers.cohorts, lambda source, _: finding_facts.cohort_facts(source, cohort_break)),
        *_from(numbers.affinity, lambda source, _: finding_facts.bundle_facts(source, pair)),
        *_from(numbers.products, lambda source, _: finding_facts.slowing_facts(source, slow)),
        *_from(numbers.quality, finding_facts.audit_facts),
        *_from(numbers.campaigns, campaign_facts.campaign_facts),
        *_from(
            numbers.predictions,
            lambda source, predicted: prediction_facts.prediction_facts(
                source, predicted, numbers.cohorts.content or ()
            ),
        ),
    ]
    return FactSheet(
        subjects=by_id(tuple(subjects)),
        missing=tuple(
            Missing(source=source.name, reason=source.availability)
            for source in numbers.sources
            if source.availability is not Availability.CURRENT
        ),
        cohort_break=cohort_break,
        bundle=pair,
        slowing=slow,
    )


def _from(
    source: Source[T], facts: Callable[[Source[T], T], Iterator[Subject]]
) -> Iterator[Subject]:
    """Yield a source's facts: none unless it is current."""
    if source.availability is Availability.CURRENT and source.content is not None:
        yield from facts(source, source.content)
