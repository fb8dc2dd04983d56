"""What the thresholds proposed are answered with. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.rules.threshold_proposal import DaysThreshold, NoProposal
from shared.web.models import ApiModel


class ReturnProbability(ApiModel):
    """The chance that a customer who has stayed away comes back, as measured."""

    value: float = Field(
        description="Of the times that a customer stayed away for those days, the share in which "
        "an order followed within the next `returnWithinDays`, 0 to 1. Estimated by Kaplan and "
        "Meier: 1 - S(days + returnWithinDays) ÷ S(days), where S is `away`, so that absences "
        "that go on count for as long as they have been seen."
    )
    low: float | None = Field(
        description="Lower end of its 95 % interval, by Greenwood's variance on the log(-log) "
        "scale; null where `value` is 0 or 1. Takes the gaps of one customer for independent: "
        "where a few customers order much more often than others, the true interval is wider, up "
        "to twice as wide right after an order."
    )
    high: float | None = Field(description="Upper end of the interval; null as `low` is.")


class MeasuredDays(ApiModel):
    """Days since the last order, and what is known about customers who stay away so long."""

    days: int = Field(description="Whole 24-hour days since the last order.")
    returned: float | None = Field(
        description="Of the returns within `horizonDays`, the share that has happened by then, 0 "
        "to 1, corrected for absences that go on; null beyond `horizonDays`, or without returns."
    )
    return_probability: ReturnProbability | None = Field(
        description="Chance of those still away then to order within `returnWithinDays`; null "
        "where it is not measured: fewer than 30 gaps lasted so long, or fewer than 10 of them "
        "could be followed to the end."
    )
    at_risk: int = Field(description="Gaps seen to last longer than `days`.")


class ThresholdRecommendation(ApiModel):
    """One threshold: what is proposed, and what is in force."""

    threshold: DaysThreshold = Field(description="Name of the threshold, as it is stored.")
    share: float = Field(
        description="The rule: the first whole day by which this share of the returns within "
        "`horizonDays` has happened. For `churned_minDays`, moved on to the first such day at "
        "which `returnProbability` is below 0.5, so that nobody is called lost who is more likely "
        "than not to return. Each proposal is at least a day more than the one before."
    )
    proposed: MeasuredDays | None = Field(
        description="The proposal; null where there is none, and never a guess."
    )
    reason: NoProposal | None = Field(
        description="Why nothing is proposed: `too_few_returns` for fewer than 200 returns or 50 "
        "customers with one, `history_too_short` where the chance to return at that day is not "
        "measured, `still_returning` where customers away for as long as is measured still return "
        "more often than not. Null where there is a proposal."
    )
    detail: str | None = Field(description="The reason in one sentence; null as `reason` is.")
    in_force: MeasuredDays = Field(description="The threshold in force, measured the same way.")


class CurvePoint(ApiModel):
    """What is known about staying away for some days."""

    days: int = Field(description="Whole 24-hour days since the last order.")
    away: float | None = Field(
        description="Share of all gaps that last longer, S, 0 to 1; null where fewer than 30 were "
        "seen to."
    )
    at_risk: int = Field(description="Gaps seen to last longer than `days`.")
    return_probability: ReturnProbability | None = Field(
        description="Chance to order within the next `returnWithinDays`; null where that is not "
        "measured."
    )


class Recommendation(ApiModel):
    """Thresholds proposed from the organisation's own gaps between orders.

    A gap is the time from a customer's counted order to the next one, or to now. Gaps of less than
    24 hours are left out: such orders are one purchase.
    """

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read; where unfinished gaps end.")
    thresholds_version: str = Field(description="Names the thresholds in force.")
    total_customers: int = Field(description="Customers with a counted order.")
    customers: int = Field(
        description="Customers whose orders are looked at: all of them, or as many as 5,000 chosen "
        "at random, the same ones every time."
    )
    returning_customers: int = Field(description="Those among them with a gap that ended.")
    returns: int = Field(description="Gaps that ended, with an order.")
    unfinished: int = Field(description="Gaps that go on.")
    horizon_days: int = Field(
        description="The last day up to which at least 30 gaps are followed, at most 365; later "
        "returns are left out of the proposals. 0 where there is none."
    )
    return_within_days: int = Field(description="Days within which a return counts: 90.")
    thresholds: list[ThresholdRecommendation] = Field(
        description="`slipping_minDays`, `atRisk_minDays` and `churned_minDays`, in this order."
    )
    curve: list[CurvePoint] = Field(description="Every 5 days from 0 to 365.")
