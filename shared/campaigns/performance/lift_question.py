"""The nightly question about campaigns, and the resulting measurements. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.campaigns.performance.measurement import (
    ASKED_DAYS,
    BEFORE_DAYS,
    DayTotals,
    Measurement,
    state_at,
)
from shared.campaigns.performance.measurement_fields import measurement_fields
from shared.kernel.errors import UnavailableError
from shared.nightly.question import AskedCampaign, ComputedOrganization, Parameter, Row
from shared.nightly.result import KEY, Result

NAME = "campaign_lift"
MOST_MEMBERS = 100_000
"""Members of a campaign that effects are of: the first by key, where there are more."""
MOST_MEMBERS_A_NIGHT = 500_000
"""Of all campaigns of an organisation, the last sent first; the others keep their figures."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLiftQuestion:
    """Effect of each campaign; see its SQL. One entry per campaign, its key being the id."""

    name: str = NAME
    scan: str = NAME
    sql: str = NAME
    text_columns: Collection[str] = frozenset({"org_id", "campaign_id", "spends", "days"})

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Return the limits on age and members."""
        return {
            "asked_days": ASKED_DAYS,
            "before_days": BEFORE_DAYS,
            "most_members": MOST_MEMBERS,
            "most_members_a_night": MOST_MEMBERS_A_NIGHT,
        }

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """One result, with the campaigns that were measured, as if each were for the first time.

        Loads numpy where there is anything to measure. Raises UnavailableError if the
        campaigns could not be read.
        """
        if organization.campaigns is None:
            raise UnavailableError("The campaigns could not be read.")
        by_campaign = {str(row["campaign_id"]): row for row in rows}
        measured = [
            _measurement(campaign, by_campaign[campaign.id], campaign.sent_at)
            for campaign in organization.campaigns
            if campaign.sent_at is not None and by_campaign.get(campaign.id, {}).get("spends")
        ]
        yield Result(
            name=NAME,
            entries=sorted(map(measurement_fields, measured), key=lambda entry: str(entry[KEY])),
        )


def _measurement(campaign: AskedCampaign, row: Mapping[str, Any], sent_at: datetime) -> Measurement:
    from shared.campaigns.performance.measuring import effects, members_from

    now = _EPOCH + timedelta(microseconds=row["now_micros"])
    members = members_from(row["spends"])
    revenue, orders, segments = effects(members, seed=campaign.id, window_days=campaign.window_days)
    return Measurement(
        campaign_id=campaign.id,
        goal=campaign.goal,
        sent_at=sent_at,
        window_days=campaign.window_days,
        measured_at=now,
        restated_at=None,
        state=state_at(sent_at, campaign.window_days, now),
        is_sample=int(row["members"]) > MOST_MEMBERS,
        treated=members.totals(~members.held_out),
        held_out=members.totals(members.held_out),
        revenue=revenue,
        orders=orders,
        segments=segments,
        days=tuple(map(_day, filter(None, (row["days"] or "").split(";")))),
    )


def _day(entry: str) -> DayTotals:
    day, *numbers = entry.split(",")
    treated_orders, treated_cents, held_out_orders, held_out_cents = map(int, numbers)
    return DayTotals(
        day=date.fromisoformat(day),
        treated_orders=treated_orders,
        treated_cents=treated_cents,
        held_out_orders=held_out_orders,
        held_out_cents=held_out_cents,
    )
