"""Deterministic wordings of the cards, in the same slots that a model gets. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.insights.checker import Wording
from shared.insights.slots import SLOT, forms
from shared.kernel.facts import Subject


class CardKind(StrEnum):
    """The cards; the value is the id of the stored document.

    The old dashboard's ids hold the organisation and a colon, so neither overwrites the other's.
    """

    CHURN_RISK = "churn-risk"
    CUSTOMER_MIX = "customer-mix"
    LOYALTY_PERFORMANCE = "loyalty-performance"
    SLIPPING_SOON = "slipping-soon"
    COHORT_BREAK = "cohort-break"
    BUNDLE = "bundle"
    PRODUCT_SLOWING = "product-slowing"
    CAMPAIGN_PAID = "campaign-paid"
    CAMPAIGN_UNCLEAR = "campaign-unclear"
    PREDICTED_CHURN = "predicted-churn"
    AUDIT_DRIFT = "audit-drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Deterministic wording of a kind of card."""

    title: str
    headline: str
    sentences: Sequence[Sequence[str]]
    """Of the subtext. Of each, the first form whose facts the card has; left out without one."""


TEMPLATES: Mapping[CardKind, Template] = MappingProxyType(
    {
        CardKind.CHURN_RISK: Template(
            title="Churn Risk",
            headline="[[at_risk:phrase]] could use a reminder",
            sentences=(
                (
                    "At stake: [[at_risk_value:phrase]], [[at_risk_value:share]].",
                    "At stake: [[at_risk_value:phrase]].",
                ),
                (
                    "You also have [[churned_30d:phrase]], [[churned_30d:change]].",
                    "You also have [[churned_30d:phrase]].",
                ),
                ("Worth a personal call: [[big_spenders_away:phrase]].",),
            ),
        ),
        CardKind.CUSTOMER_MIX: Template(
            title="Customer Mix",
            headline="At the core: [[established:phrase]], [[established:share]]",
            sentences=(
                ("Alongside them: [[new:phrase]], [[new:share]].",),
                ("You welcomed [[new_30d:phrase]].",),
                ("The counts are [[established:as_of]].",),
            ),
        ),
        CardKind.LOYALTY_PERFORMANCE: Template(
            title="Loyalty Performance",
            headline="Worth looking after: [[vip:phrase]]",
            sentences=(
                (
                    "What they are worth: [[vip_value:phrase]], [[vip_value:share]].",
                    "What they are worth: [[vip_value:phrase]].",
                ),
                ("You also have [[best_scores:phrase]].",),
            ),
        ),
        CardKind.SLIPPING_SOON: Template(
            title="About to Slip",
            headline="Now is the time to write to [[about_to_slip:phrase]]",
            sentences=(
                (
                    "At stake: [[about_to_slip_value:phrase]], [[about_to_slip_value:share]].",
                    "At stake: [[about_to_slip_value:phrase]].",
                ),
                ("A short, friendly message is a good way to stay in touch.",),
            ),
        ),
        CardKind.COHORT_BREAK: Template(
            title="Unusual Cohort",
            headline="The [[cohort:name]] cohort stands out",
            sentences=(
                ("It has [[cohort_rate:phrase]], [[cohort_rate:change]].",),
                ("It is a group of [[cohort_size:phrase]].",),
            ),
        ),
        CardKind.BUNDLE: Template(
            title="Worth Bundling",
            headline="[[product_1:name]] and [[product_2:name]] go together",
            sentences=(
                ("Shoppers chose them together in [[pair_orders:phrase]], [[pair_lift:phrase]].",),
                ("A bundle is worth a try.",),
            ),
        ),
        CardKind.PRODUCT_SLOWING: Template(
            title="Losing Speed",
            headline="[[product:name]]: [[product_units_7d:phrase]], [[product_units_7d:change]]",
            sentences=(
                ("Check the stock and the price of [[product:name]] before you order it again.",),
            ),
        ),
        CardKind.CAMPAIGN_PAID: Template(
            title="Campaign That Paid",
            headline="[[paid_campaign:name]] paid: [[campaign_gain:phrase]]",
            sentences=(
                ("To be on the safe side, expect [[campaign_gain_low:phrase]].",),
                (
                    "Side by side: [[campaign_treated:phrase]] and [[campaign_held_out:phrase]].",
                    "It went to [[campaign_treated:phrase]].",
                ),
            ),
        ),
        CardKind.CAMPAIGN_UNCLEAR: Template(
            title="Campaign Without an Answer",
            headline="The verdict on [[unclear_campaign:name]] is open",
            sentences=(
                ("There were [[unclear_treated:phrase]].",),
                ("With them there were [[unclear_held_out:phrase]].",),
                ("Give the next campaign a generous holdout and a long window.",),
            ),
        ),
        CardKind.PREDICTED_CHURN: Template(
            title="Likely to Leave",
            headline="Reach out to [[critical_risk:phrase]]",
            sentences=(
                (
                    "At stake: [[critical_risk_value:phrase]], [[critical_risk_value:share]].",
                    "At stake: [[critical_risk_value:phrase]].",
                ),
                (
                    "To plan with: [[forecast_month:phrase]], [[forecast_month:change]].",
                    "To plan with: [[forecast_month:phrase]].",
                ),
            ),
        ),
        CardKind.AUDIT_DRIFT: Template(
            title="Audit",
            headline="The audit left [[drift_remaining:phrase]]",
            sentences=(
                ("It also found [[drift_repaired:phrase]].",),
                ("Look at the report, [[drift_remaining:as_of]], before you act on the figures.",),
            ),
        ),
    }
)


def deterministic_wording(kind: CardKind, subjects: Mapping[str, Subject]) -> Wording:
    """The wording of a card over the facts that it has."""
    template = TEMPLATES[kind]
    sentences = []
    for versions in template.sentences:
        for sentence in versions:
            if _has_facts(sentence, subjects):
                sentences.append(sentence)
                break
    return Wording(headline=template.headline, subtext=" ".join(sentences))


def _has_facts(text: str, subjects: Mapping[str, Subject]) -> bool:
    return all(
        slot[1] in subjects and slot[2] in forms(subjects[slot[1]]) for slot in SLOT.finditer(text)
    )
