"""Reads the numbers behind an organisation's facts from its stored counts and results.

Outdated numbers are no facts: segments while a transition by time or by changed rules is pending;
transitions between segments if thresholds changed within the compared periods.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from google.cloud import firestore

from shared.affinity.affinity import Pair, Relation, is_current, pairs_of
from shared.audit.report import RESULT as QUALITY
from shared.campaigns.performance.lift_question import NAME as CAMPAIGN_LIFT
from shared.campaigns.performance.measurement_fields import measurement_from
from shared.campaigns.store import CampaignStore
from shared.churn import churn, rfm
from shared.churn.churn import stored_churn
from shared.churn.rfm import stored_cell
from shared.cohorts.cohorts import result_name, stored_cohort
from shared.cohorts.period import Granularity
from shared.firestore import paths
from shared.history.counts_store import SegmentCounts
from shared.history.store import SegmentHistoryReader
from shared.insights.audiences import slipping_filters
from shared.insights.campaign_findings import MeasuredCampaign, reportable
from shared.insights.numbers import (
    PERIOD_DAYS,
    AuditOutcome,
    Group,
    ModelExpectations,
    SegmentEntries,
    ShopNumbers,
    Source,
    counter_source,
    result_source,
    uncounted,
)
from shared.insights.rendering import Style
from shared.nightly.result import ResultState
from shared.nightly.result_store import ResultReader
from shared.organizations.settings import OrganizationSettings
from shared.predictions.result import NAME as PREDICTIONS
from shared.predictions.risk import RiskLevel
from shared.products.product_sales import NAME as PRODUCT_SALES
from shared.products.product_sales import stored_product
from shared.reconciliation.counters import SegmentCountsDelta
from shared.rules.store import SegmentRulesStore
from shared.segments.segment import Segment
from shared.segments.summary import segment_shares
from shared.suggestions.store import CustomerGroups
from shared.suggestions.suggestions import Suggestion, candidates, suggestions

T = TypeVar("T")

_PERIOD = timedelta(days=PERIOD_DAYS)
_STEPS_OF = Segment.CHURNED
"""The only segment whose transitions facts use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Inputs of insights."""

    numbers: ShopNumbers
    suggestions: Sequence[Suggestion]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputReader:
    """Reads for one organisation."""

    org_id: str
    counts: SegmentCounts
    groups: CustomerGroups
    rules: SegmentRulesStore
    results: ResultReader
    history: SegmentHistoryReader
    campaigns: CampaignStore

    @classmethod
    def of(cls, client: firestore.Client, org_id: str) -> "InputReader":
        """A reader for an organisation."""
        return cls(
            org_id=org_id,
            counts=SegmentCounts(client, org_id),
            groups=CustomerGroups(client, org_id),
            rules=SegmentRulesStore(client, org_id),
            results=ResultReader(client, org_id),
            history=SegmentHistoryReader(client, org_id),
            campaigns=CampaignStore(client, org_id),
        )

    def read(self, settings: OrganizationSettings, now: datetime) -> Inputs:
        """Everything, as of now.

        Some 27 document reads, and one more per 600 kB of products and pairs, per thousand
        transitions into Churned of the last 60 days, per thousand customers that a suggestion
        selects, and per campaign that was measured lately, up to ten.
        """
        org_id = settings.org_id
        counts = self.counts.segment_counts()
        behind = self.counts.behind_since(now) is not None or counts.outdated(settings.rules) > 0
        groups = candidates(settings.thresholds)
        slipping, *group_sizes = self.groups.selected(
            [slipping_filters(settings.thresholds), *(group.filters for group in groups)], now
        )
        customers = paths.customers(org_id)
        numbers = ShopNumbers(
            org_id=org_id,
            as_of=now,
            today=now.astimezone(settings.time_zone).date(),
            style=Style(currency=settings.currency, time_zone=settings.time_zone),
            thresholds=settings.thresholds,
            segments=_counted_or_not(
                paths.SEGMENT_COUNTS,
                paths.segment_counts(org_id),
                segment_shares(counts.segments),
                behind=behind,
                at=now,
            ),
            transitions=self._segment_entries(settings, now, behind=behind),
            about_to_slip=_counted_or_not(
                "about_to_slip",
                customers,
                Group(
                    customers=slipping.customers,
                    lifetime_value_cents=slipping.lifetime_value_cents,
                ),
                behind=behind,
                at=now,
            ),
            churn=self._computed_source(
                churn.NAME, now, lambda state: stored_churn(state.summary, PERIOD_DAYS)
            ),
            cohorts=self._computed_source(
                result_name(Granularity.MONTH),
                now,
                lambda state: tuple(
                    stored_cohort(entry, Granularity.MONTH) for entry in self.results.entries(state)
                ),
            ),
            affinity=self._pairs(now),
            rfm=self._computed_source(
                rfm.NAME,
                now,
                lambda state: tuple(map(stored_cell, self.results.entries(state))),
            ),
            products=self._computed_source(
                PRODUCT_SALES,
                now,
                lambda state: tuple(map(stored_product, self.results.entries(state))),
            ),
            quality=self._computed_source(QUALITY, now, _outcome),
            campaigns=self._computed_source(
                CAMPAIGN_LIFT, now, lambda state: tuple(self._campaigns(state, now))
            ),
            predictions=self._model_expectations(settings, counts, now, behind=behind),
        )
        suggested = [] if behind else suggestions(zip(groups, group_sizes, strict=True))
        return Inputs(numbers=numbers, suggestions=suggested)

    def _segment_entries(
        self, settings: OrganizationSettings, now: datetime, *, behind: bool
    ) -> Source[SegmentEntries]:
        """Transitions into Churned, which are customers: nobody takes that transition twice in 30
        days unless an order is taken back or thresholds change. Two counts and three reads at most.
        """
        name, document = paths.TRANSITIONS, paths.transitions(self.org_id)
        start, before = now - _PERIOD, now - 2 * _PERIOD
        saved_at = self.rules.thresholds_saved_at(settings.rules.thresholds_number)
        if behind or (saved_at is not None and saved_at > before):
            return uncounted(name, document, at=now)
        as_of = self.history.now()
        current = self.history.arrivals(_STEPS_OF, start, now, as_of=as_of)
        earlier: int | None = None
        if self.history.reaches_back_to(Segment.NEW, before, as_of=as_of):
            earlier = self.history.arrivals(_STEPS_OF, before, start, as_of=as_of)
        entries = SegmentEntries(
            current={_STEPS_OF: current},
            before=None if earlier is None else {_STEPS_OF: earlier},
        )
        return counter_source(name, document, entries, at=now)

    def _campaigns(self, state: ResultState, now: datetime) -> Iterator[MeasuredCampaign]:
        """Return campaigns that may get a card: one read each."""
        measurements = map(measurement_from, self.results.entries(state))
        for measurement in reportable(measurements, now):
            campaign = self.campaigns.campaign(measurement.campaign_id)
            if campaign is not None and campaign.counts is not None:
                yield MeasuredCampaign(
                    name=campaign.plan.name,
                    treated=campaign.counts.treated,
                    held_out=campaign.counts.held_out,
                    cost_cents=campaign.plan.economics.cost_cents,
                    margin=campaign.plan.economics.margin,
                    measurement=measurement,
                )

    def _model_expectations(
        self,
        settings: OrganizationSettings,
        counts: SegmentCountsDelta,
        now: datetime,
        *,
        behind: bool,
    ) -> Source[ModelExpectations]:
        """Return the expectations of the model in force: one read; none without one that predicts
        revenue."""
        model = settings.rules.model
        state = self.results.state(PREDICTIONS)
        if state is not None and (model is None or model.value is None):
            state = replace(state, computed_at=None)
        document = paths.result(self.org_id, PREDICTIONS)
        if behind and state is not None and state.computed_at is not None:
            return uncounted(PREDICTIONS, document, at=now)
        return result_source(
            PREDICTIONS,
            document,
            state,
            lambda state: model_expectations(state.summary, counts),
            now=now,
        )

    def _pairs(self, now: datetime) -> Source[tuple[Pair, ...]]:
        """Pairs as this version computes them: those of version 0.3 count as not computed."""
        relation = Relation.SAME_BASKET
        state = self.results.state(relation)
        if state is not None and not is_current(state.summary):
            state = replace(state, computed_at=None)
        return result_source(
            relation.value,
            paths.result(self.org_id, relation),
            state,
            lambda state: tuple(pairs_of(self.results.entries(state), state.summary, relation)),
            now=now,
        )

    def _computed_source(
        self, name: str, now: datetime, content: Callable[[ResultState], T]
    ) -> Source[T]:
        document = paths.result(self.org_id, name)
        return result_source(name, document, self.results.state(name), content, now=now)


def _counted_or_not(
    name: str, document: str, content: T, *, behind: bool, at: datetime
) -> Source[T]:
    if behind:
        return uncounted(name, document, at=at)
    return counter_source(name, document, content, at=at)


def _outcome(state: ResultState) -> AuditOutcome:
    checks = state.summary["checks"]
    return AuditOutcome(
        orders=state.source_rows or 0,
        repaired=sum(check["repaired"] for check in checks),
        remaining=sum(check["remaining"] for check in checks),
    )


def model_expectations(summary: Mapping[str, Any], counts: SegmentCountsDelta) -> ModelExpectations:
    """Combine the stored forecast with the counters of the levels of risk."""
    critical = counts.risks.get(RiskLevel.CRITICAL.value, Counter())
    # The first month is the rest of the current one.
    whole = summary["months"][1] if len(summary["months"]) > 1 else None
    return ModelExpectations(
        critical=critical["customers"],
        critical_cents=critical["predicted_ltv_cents"],
        all_cents=sum(each["predicted_ltv_cents"] for each in counts.risks.values()),
        month=date.fromisoformat(whole["from"]) if whole else None,
        month_cents=whole["existing_cents"] + whole["new_cents"] if whole else 0,
    )
