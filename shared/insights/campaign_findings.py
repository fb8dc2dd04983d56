"""Results of campaigns: those that paid, and those that cannot be judged. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.campaigns.performance.measurement import Measurement, MeasurementState
from shared.kernel.facts import SMALLEST_GROUP

REPORTED_DAYS = 30
"""Days after its window has closed in which there is a card for a campaign."""
MOST_CAMPAIGNS = 10
"""Maximum number of campaigns considered: those sent last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCampaign:
    """A campaign whose window has closed."""

    name: str
    treated: int
    held_out: int
    cost_cents: int | None
    margin: float | None
    measurement: Measurement

    @property
    def gain_cents(self) -> int | None:
        """Incremental revenue of all treated customers; None if it is not measurable."""
        return self._total(self.measurement.revenue.difference)

    @property
    def least_gain_cents(self) -> int | None:
        """The lower end of its 95 % interval."""
        return self._total(self.measurement.revenue.low)

    @property
    def paid(self) -> bool:
        """Whether even the lower end of the gain is positive, and its profit exceeds the cost.

        An unknown margin is taken as 1, an unknown cost as 0.
        """
        least = self.least_gain_cents
        if least is None:
            return False
        margin = 1.0 if self.margin is None else self.margin
        return least * margin > (self.cost_cents or 0)

    def _total(self, per_customer: float | None) -> int | None:
        return None if per_customer is None else round(per_customer * self.treated)


def reportable(measurements: Iterable[Measurement], now: datetime) -> list[Measurement]:
    """Those whose window closed in the last REPORTED_DAYS days, the last sent first."""
    recent = [
        each
        for each in measurements
        if each.state is MeasurementState.FINAL
        and now - timedelta(days=REPORTED_DAYS + each.window_days) < each.sent_at
    ]
    return sorted(recent, key=lambda each: (each.sent_at, each.campaign_id), reverse=True)[
        :MOST_CAMPAIGNS
    ]


def best_paid(campaigns: Sequence[MeasuredCampaign]) -> MeasuredCampaign | None:
    """Return the campaign with the largest certain gain."""
    return max(
        (each for each in campaigns if each.paid and _is_large(each)),
        key=lambda each: (each.least_gain_cents or 0, each.measurement.campaign_id),
        default=None,
    )


def latest_unclear(campaigns: Sequence[MeasuredCampaign]) -> MeasuredCampaign | None:
    """The last sent whose revenue could not be measured."""
    return max(
        (
            each
            for each in campaigns
            if each.measurement.revenue.reason is not None and _is_large(each)
        ),
        key=lambda each: (each.measurement.sent_at, each.measurement.campaign_id),
        default=None,
    )


def _is_large(campaign: MeasuredCampaign) -> bool:
    return campaign.treated >= SMALLEST_GROUP
