"""Days that make a customer slipping, at risk and churned, proposed from a shop's own gaps.

The rule, for gaps as `shared.rules.return_curve` measures them:

* A customer is slipping, at risk or churned from the first whole day by which 75 %, 90 % or 97.5 %
  of the returns within the horizon have happened. So of all customers who are going to return, one
  in four is called slipping before, one in ten at risk, and one in forty churned.
* Nobody is called churned who is more likely than not to return: the day of churn is moved on to
  the first one at which fewer than half return within the next 90 days. Where people buy often,
  nearly all returns are early, and yet most of those who are away for longer come back as well.
* Each day is at least one more than the one before.
* Nothing is proposed without `MIN_RETURNS` gaps that ended, so that five of them are beyond the
  97.5 %, from `MIN_RETURNING_CUSTOMERS` customers; nor a day at which the chance to return is not
  measured, which also takes 90 days of history behind that day.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.rules.return_curve import CURVE_DAYS, RETURN_DAYS, ReturnCurve
from shared.rules.survival import Share
from shared.segments.thresholds import Thresholds

MIN_RETURNS = 200
MIN_RETURNING_CUSTOMERS = 50
LOST_BELOW = 0.5
"""Probability of returning from which on no customer is called churned."""


class DaysThreshold(StrEnum):
    """A threshold of days since the last order, under the dashboard's name."""

    SLIPPING = "slipping_minDays"
    AT_RISK = "atRisk_minDays"
    CHURNED = "churned_minDays"


SHARES = {DaysThreshold.SLIPPING: 0.75, DaysThreshold.AT_RISK: 0.9, DaysThreshold.CHURNED: 0.975}
"""The share of the returns that has happened by each of them."""


class NoProposal(StrEnum):
    """Reason why no threshold is proposed."""

    TOO_FEW_RETURNS = "too_few_returns"
    HISTORY_TOO_SHORT = "history_too_short"
    STILL_RETURNING = "still_returning"

    @property
    def sentence(self) -> str:
        """The reason for people."""
        return _SENTENCES[self]


_SENTENCES = {
    NoProposal.TOO_FEW_RETURNS: (
        f"A proposal takes {MIN_RETURNS} returns after a day or more, by at least "
        f"{MIN_RETURNING_CUSTOMERS} customers."
    ),
    NoProposal.HISTORY_TOO_SHORT: (
        f"Too few customers could be followed for {RETURN_DAYS} days beyond the proposal, so their "
        "chance to return is not known."
    ),
    NoProposal.STILL_RETURNING: (
        f"Customers away for as long as can be measured still return within {RETURN_DAYS} days "
        "more often than not, so none can be called lost."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDays:
    """Measurements for a number of days since the last order."""

    days: int
    returned: float | None
    """Share of the returns within the horizon that has happened by then; None beyond it."""
    returning: Share | None
    """The chance of those still away to return; None if it is not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdProposal:
    """Proposal for one threshold, beside the value in force."""

    threshold: DaysThreshold
    proposed: MeasuredDays | None
    """None exactly if `reason` is set."""
    reason: NoProposal | None
    in_force: MeasuredDays


def threshold_proposals(curve: ReturnCurve, thresholds: Thresholds) -> list[ThresholdProposal]:
    """Proposals for the three thresholds of days; the rule is that of this module."""
    in_force = {
        DaysThreshold.SLIPPING: thresholds.slipping_min_days,
        DaysThreshold.AT_RISK: thresholds.at_risk_min_days,
        DaysThreshold.CHURNED: thresholds.churned_min_days,
    }
    proposals = []
    earliest = 1
    for threshold in DaysThreshold:
        proposal = _proposed(curve, threshold, earliest)
        if isinstance(proposal, MeasuredDays):
            earliest = proposal.days + 1
        proposals.append(
            ThresholdProposal(
                threshold=threshold,
                proposed=proposal if isinstance(proposal, MeasuredDays) else None,
                reason=proposal if isinstance(proposal, NoProposal) else None,
                in_force=_measure(curve, in_force[threshold]),
            )
        )
    return proposals


def _proposed(
    curve: ReturnCurve, threshold: DaysThreshold, earliest: int
) -> MeasuredDays | NoProposal:
    if curve.returns < MIN_RETURNS or curve.returning_customers < MIN_RETURNING_CUSTOMERS:
        return NoProposal.TOO_FEW_RETURNS
    usual = curve.days_by_which(SHARES[threshold])
    if usual is None:
        return NoProposal.HISTORY_TOO_SHORT
    measurement = _measure(curve, max(usual, earliest))
    if measurement.returning is None:
        return NoProposal.HISTORY_TOO_SHORT
    if threshold is not DaysThreshold.CHURNED:
        return measurement
    for days in range(measurement.days, CURVE_DAYS + 1):
        measurement = _measure(curve, days)
        if measurement.returning is not None and measurement.returning.value < LOST_BELOW:
            return measurement
    return NoProposal.STILL_RETURNING


def _measure(curve: ReturnCurve, days: int) -> MeasuredDays:
    return MeasuredDays(days=days, returned=curve.returned(days), returning=curve.returning(days))
