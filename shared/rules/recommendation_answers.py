"""Answers of the threshold recommendation. See `shared.customers.answers` for units."""

from pydantic import AwareDatetime, Field

from shared.rules.threshold_proposal import DaysThreshold, NoProposal
from shared.web.models import ApiModel


class ReturnProbability(ApiModel):
    """The measured probability that a customer who has stayed away returns."""

    value: float = Field(
        description="Share of absences of those days that were followed by an order within the "
        "next `returnWithinDays`, 0 to 1. Kaplan–Meier estimate: "
        "1 - S(days + returnWithinDays) ÷ S(days), where S is `away`, so that open "
        "gaps count for as long as they have been observed."
    )
    low: float | None = Field(
        description="Lower end of its 95 % interval, by Greenwood's variance on the log(-log) "
        "scale; null if `value` is 0 or 1. Treats the gaps of one customer as "
        "independent: if a few customers order much more often than others, the true "
        "interval is wider, up to twice as wide right after an order."
    )
    high: float | None = Field(description="Upper end of the interval; null if `low` is.")


class MeasuredDays(ApiModel):
    """Days since the last order, with statistics on customers who stay away that long."""

    days: int = Field(description="Whole 24-hour days since the last order.")
    returned: float | None = Field(
        description="Share of the returns within `horizonDays` that have happened by then, 0 to 1,"
        " corrected for ongoing absences; null beyond `horizonDays`, or "
        "without returns."
    )
    return_probability: ReturnProbability | None = Field(
        description="Chance of those still away then to order within `returnWithinDays`; null if "
        "it is not measured: fewer than 30 gaps lasted so long, or fewer than 10 of "
        "them could be followed to the end."
    )
    at_risk: int = Field(description="Gaps observed to last longer than `days`.")


class ThresholdRecommendation(ApiModel):
    """One threshold: the proposal and the value in force."""

    threshold: DaysThreshold = Field(description="Stored name of the threshold.")
    share: float = Field(
        description="The rule: the first whole day by which this share of the returns within "
        "`horizonDays` has happened. For `churned_minDays`, advanced to the first "
        "such day at which `returnProbability` is below 0.5, so that no customer "
        "who will more likely than not return counts as churned. Each proposal is "
        "at least one day more than the previous one."
    )
    proposed: MeasuredDays | None = Field(
        description="The proposal; null if there is none. Never a guess."
    )
    reason: NoProposal | None = Field(
        description="Reason for not proposing a value: `too_few_returns` for fewer than 200 "
        "returns or 50 customers with one, `history_too_short` if the return "
        "probability at that day is not measured, `still_returning` if even "
        "customers away for the longest measured time return more often than not. "
        "Null if there is a proposal."
    )
    detail: str | None = Field(description="The reason in one sentence; null if `reason` is.")
    in_force: MeasuredDays = Field(description="The threshold in force, measured in the same way.")


class CurvePoint(ApiModel):
    """Return statistics after some days without an order."""

    days: int = Field(description="Whole 24-hour days since the last order.")
    away: float | None = Field(
        description="Share of all gaps that last longer, S, 0 to 1; null if fewer than 30 were "
        "seen to."
    )
    at_risk: int = Field(description="Gaps observed to last longer than `days`.")
    return_probability: ReturnProbability | None = Field(
        description="Probability of an order within the next `returnWithinDays`; null if not "
        "measured."
    )


class Recommendation(ApiModel):
    """Thresholds proposed from the organisation's own gaps between orders.

    A gap is the time from a customer's counted order to the next one, or to now. Gaps of less than
    24 hours are left out: such orders are one purchase.
    """

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(
        description=("When this was read; open gaps are measured up to then.")
    )
    thresholds_version: str = Field(description="Identifies the thresholds in force.")
    total_customers: int = Field(description="Customers with a counted order.")
    customers: int = Field(
        description="Customers whose orders are examined: all, or 5,000 chosen at random, always "
        "the same ones."
    )
    returning_customers: int = Field(description="Customers with at least one closed gap.")
    returns: int = Field(description="Gaps closed by an order.")
    unfinished: int = Field(description="Gaps still open.")
    horizon_days: int = Field(
        description="The last day up to which at least 30 gaps are followed, at most 365; later "
        "returns are ignored. 0 if there is none."
    )
    return_within_days: int = Field(description="Days within which a return counts: 90.")
    thresholds: list[ThresholdRecommendation] = Field(
        description="`slipping_minDays`, `atRisk_minDays` and `churned_minDays`, in this order."
    )
    curve: list[CurvePoint] = Field(description="Every 5 days from 0 to 365.")
