"""Selection, urgency and ranking of an organisation's cards from its facts. Pure.

A card exists while its facts do: nothing is carried over from an earlier run. Cards are ranked by
the money at stake, which is revenue of the past that is likely to end, or that acting could add to;
see each card's rule.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from shared.insights.audiences import (
    Audience,
    about_to_slip,
    at_critical_risk,
    did_not_return,
    in_segment,
)
from shared.insights.campaign_findings import latest_unclear
from shared.insights.checker import Wording
from shared.insights.facts.sheet import FactSheet
from shared.insights.numbers import CARD_LIFE, ShopNumbers
from shared.insights.templates import CardKind, deterministic_wording
from shared.kernel.facts import Fact, Subject
from shared.segments.segment import Segment

MAX_CARDS = 6

CRITICAL_SHARE = 0.2
"""Churn Risk is critical where customers and value at risk both make up so much."""
WARNING_SHARE = 0.1
"""Churn Risk, About to Slip and Likely to Leave are warnings where one of them does."""
HEALTHY_MIX = 0.6
"""Part of active customers who are established from which the mix is a success."""
THIN_MIX = 0.4
"""Below it the mix is a warning."""
FEW_VIPS = 0.05
"""Value is concentrated where no larger part of customers"""
CONCENTRATED_VALUE = 0.5
"""holds so much of the lifetime value or more."""
CRITICAL_DRIFT = 0.01
"""An audit is critical from this many remaining differences per order."""


class Severity(StrEnum):
    """Urgency of a card, most urgent first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The content of a card, before it is worded."""

    kind: CardKind
    severity: Severity
    subjects: Mapping[str, Subject]
    """The card's facts and names by id: all that its wording may rest on."""
    value: Fact
    """The fact that is shown large."""
    trend: Fact | None
    """The fact whose change is shown beside it."""
    at_stake_cents: int
    audience: Audience | None
    """Customers to act on; None if the card is not about customers."""
    call_to_action: str
    wording: Wording
    """The deterministic one."""
    valid_until: datetime


def choose_cards(
    numbers: ShopNumbers, sheet: FactSheet, *, at_most: int = MAX_CARDS
) -> tuple[Card, ...]:
    """The cards that the facts justify: by money at stake, then by severity, then in the order of
    `CardKind`. Equal facts give equal cards in an equal order.
    """
    cards = [
        card
        for kind in CardKind
        if (card := _card(kind, _Draft(numbers=numbers, sheet=sheet))) is not None
    ]
    severities, kinds = list(Severity), list(CardKind)
    cards.sort(
        key=lambda card: (
            -card.at_stake_cents,
            severities.index(card.severity),
            kinds.index(card.kind),
        )
    )
    return tuple(cards[:at_most])


def retired(stored: Iterable[str], cards: Iterable[Card]) -> frozenset[str]:
    """Of the ids of stored cards, those of ours that are no longer justified. Leaves others'."""
    ours = {kind.value for kind in CardKind}
    return frozenset(ours.intersection(stored) - {card.kind.value for card in cards})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """Inputs of cards."""

    numbers: ShopNumbers
    sheet: FactSheet

    def fact(self, id: str) -> Fact | None:
        subject = self.sheet.subjects.get(id)
        return subject if isinstance(subject, Fact) else None

    def value(self, id: str) -> int:
        fact = self.fact(id)
        return int(fact.value) if fact else 0

    def part(self, id: str) -> float:
        """The share of a fact; 0 without one."""
        fact = self.fact(id)
        return fact.share.part if fact and fact.share else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Definition of a kind of card."""

    needs: Collection[str]
    """Facts and names without which there is no card; the first is its value."""
    may_have: Collection[str] = ()
    trend: str | None = None
    severity: Callable[[_Draft], Severity]
    at_stake_cents: Callable[[_Draft], int]
    audience: Callable[[_Draft], Audience | None]
    call_to_action: str
    without_audience: str = ""
    """Said instead where there is no audience, if anything."""


def _card(kind: CardKind, draft: _Draft) -> Card | None:
    rule = _RULES[kind]
    subjects = draft.sheet.subjects
    if not all(id in subjects for id in rule.needs):
        return None
    own = {id: subjects[id] for id in (*rule.needs, *rule.may_have) if id in subjects}
    value = draft.fact(next(iter(rule.needs)))
    if value is None:
        raise ValueError(f"{kind} shows no number")
    if kind is CardKind.CUSTOMER_MIX and value.share is None:
        return None
    trend = draft.fact(rule.trend) if rule.trend else None
    audience = rule.audience(draft)
    ends = [
        subject.origin.valid_until
        for subject in own.values()
        if isinstance(subject, Fact) and subject.origin
    ]
    return Card(
        kind=kind,
        severity=rule.severity(draft),
        subjects=MappingProxyType(own),
        value=value,
        trend=trend if trend and trend.comparison else None,
        at_stake_cents=max(0, rule.at_stake_cents(draft)),
        audience=audience,
        call_to_action=rule.call_to_action
        if audience or not rule.without_audience
        else rule.without_audience,
        wording=deterministic_wording(kind, own),
        valid_until=min([*ends, draft.numbers.as_of + CARD_LIFE]),
    )


def _churn_severity(draft: _Draft) -> Severity:
    customers, value = draft.part("at_risk"), draft.part("at_risk_value")
    if min(customers, value) >= CRITICAL_SHARE:
        return Severity.CRITICAL
    return Severity.WARNING if max(customers, value) >= WARNING_SHARE else Severity.INFO


def _mix_severity(draft: _Draft) -> Severity:
    part = draft.part("established")
    if part >= HEALTHY_MIX:
        return Severity.SUCCESS
    return Severity.INFO if part >= THIN_MIX else Severity.WARNING


def _loyalty_severity(draft: _Draft) -> Severity:
    few = draft.part("vip") <= FEW_VIPS
    concentrated = draft.part("vip_value") >= CONCENTRATED_VALUE
    return Severity.WARNING if few and concentrated else Severity.SUCCESS


def _loyalty_at_stake(draft: _Draft) -> int:
    concentrated = _loyalty_severity(draft) is Severity.WARNING
    return draft.value("vip_value") if concentrated else 0


def _slipping_severity(draft: _Draft) -> Severity:
    warns = draft.part("about_to_slip_value") >= WARNING_SHARE
    return Severity.WARNING if warns else Severity.INFO


def _predicted_severity(draft: _Draft) -> Severity:
    warns = draft.part("critical_risk_value") >= WARNING_SHARE
    return Severity.WARNING if warns else Severity.INFO


def _cohort_severity(draft: _Draft) -> Severity:
    cohort_break = draft.sheet.cohort_break
    return Severity.WARNING if cohort_break and cohort_break.is_worse else Severity.SUCCESS


def _cohort_audience(draft: _Draft) -> Audience | None:
    cohort_break = draft.sheet.cohort_break
    return did_not_return(cohort_break.cohort.period) if cohort_break else None


def _new_value(draft: _Draft) -> int:
    if draft.fact("new") is None:
        return 0  # What a handful of customers are worth is no fact.
    shares = draft.numbers.segments.content or ()
    return sum(each.lifetime_value_cents for each in shares if each.segment is Segment.NEW)


def _unclear_cost(draft: _Draft) -> int:
    """Return the cost of the campaign; 0 if unknown."""
    unclear = latest_unclear(draft.numbers.campaigns.content or ())
    return (unclear.cost_cents or 0) if unclear else 0


def _drift_severity(draft: _Draft) -> Severity:
    return Severity.CRITICAL if _drift(draft) >= CRITICAL_DRIFT else Severity.WARNING


def _drift(draft: _Draft) -> float:
    """Differences left per order, at most 1."""
    outcome = draft.numbers.quality.content
    if outcome is None:
        return 0.0
    return min(1.0, outcome.remaining / outcome.orders) if outcome.orders > 0 else 1.0


def _doubtful_value(draft: _Draft) -> int:
    """The part of all lifetime value that differences may have touched."""
    shares = draft.numbers.segments.content or ()
    return round(_drift(draft) * sum(each.lifetime_value_cents for each in shares))


_RULES: Mapping[CardKind, _Rule] = MappingProxyType(
    {
        CardKind.CHURN_RISK: _Rule(
            needs=("at_risk", "at_risk_value"),
            may_have=("churned_30d", "churn_rate_30d", "won_back_30d", "big_spenders_away"),
            trend="churned_30d",
            severity=_churn_severity,
            at_stake_cents=lambda draft: draft.value("at_risk_value"),
            audience=lambda draft: in_segment(Segment.AT_RISK),
            call_to_action="Win Them Back",
        ),
        CardKind.CUSTOMER_MIX: _Rule(
            needs=("established",),
            may_have=("new", "new_30d"),
            severity=_mix_severity,
            at_stake_cents=_new_value,
            audience=lambda draft: in_segment(Segment.NEW) if draft.fact("new") else None,
            call_to_action="Welcome New Customers",
            without_audience="Look at Your Segments",
        ),
        CardKind.LOYALTY_PERFORMANCE: _Rule(
            needs=("vip", "vip_value"),
            may_have=("best_scores",),
            severity=_loyalty_severity,
            at_stake_cents=_loyalty_at_stake,
            audience=lambda draft: in_segment(Segment.VIP),
            call_to_action="Thank Your VIPs",
        ),
        CardKind.SLIPPING_SOON: _Rule(
            needs=("about_to_slip", "about_to_slip_value"),
            severity=_slipping_severity,
            at_stake_cents=lambda draft: draft.value("about_to_slip_value"),
            audience=lambda draft: about_to_slip(draft.numbers.thresholds),
            call_to_action="Stay in Touch",
        ),
        CardKind.COHORT_BREAK: _Rule(
            needs=("cohort_rate", "cohort", "cohort_size", "cohort_returned"),
            trend="cohort_rate",
            severity=_cohort_severity,
            at_stake_cents=lambda draft: (
                draft.sheet.cohort_break.at_stake_cents if draft.sheet.cohort_break else 0
            ),
            audience=_cohort_audience,
            call_to_action="Look at the Cohort",
        ),
        CardKind.BUNDLE: _Rule(
            needs=("pair_orders", "pair_lift", "product_1", "product_2"),
            severity=lambda draft: Severity.INFO,
            at_stake_cents=lambda draft: (
                draft.sheet.bundle.at_stake_cents if draft.sheet.bundle else 0
            ),
            audience=lambda draft: None,
            call_to_action="Build a Bundle",
        ),
        CardKind.PRODUCT_SLOWING: _Rule(
            needs=("product_units_7d", "product"),
            trend="product_units_7d",
            severity=lambda draft: Severity.WARNING,
            at_stake_cents=lambda draft: (
                draft.sheet.slowing.at_stake_cents if draft.sheet.slowing else 0
            ),
            audience=lambda draft: None,
            call_to_action="Look at the Product",
        ),
        CardKind.CAMPAIGN_PAID: _Rule(
            needs=("campaign_gain", "campaign_gain_low", "paid_campaign"),
            may_have=("campaign_treated", "campaign_held_out"),
            severity=lambda draft: Severity.SUCCESS,
            at_stake_cents=lambda draft: draft.value("campaign_gain_low"),
            audience=lambda draft: None,
            call_to_action="Look at the Campaign",
        ),
        CardKind.CAMPAIGN_UNCLEAR: _Rule(
            needs=("unclear_treated", "unclear_campaign"),
            may_have=("unclear_held_out",),
            severity=lambda draft: Severity.INFO,
            at_stake_cents=_unclear_cost,
            audience=lambda draft: None,
            call_to_action="Look at the Campaign",
        ),
        CardKind.PREDICTED_CHURN: _Rule(
            needs=("critical_risk", "critical_risk_value"),
            may_have=("forecast_month",),
            severity=_predicted_severity,
            at_stake_cents=lambda draft: draft.value("critical_risk_value"),
            audience=lambda draft: at_critical_risk(),
            call_to_action="Reach Out",
        ),
        CardKind.AUDIT_DRIFT: _Rule(
            needs=("drift_remaining",),
            may_have=("drift_repaired",),
            severity=_drift_severity,
            at_stake_cents=_doubtful_value,
            audience=lambda draft: None,
            call_to_action="Read the Report",
        ),
    }
)
