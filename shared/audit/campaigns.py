"""Checks that campaigns in customers' documents agree with the counters."""

from collections.abc import Sequence
from datetime import datetime

from shared.audit.ports import AuditedState
from shared.audit.report import Check, CheckReport, check_report
from shared.reconciliation.differences import Difference


def audited_campaigns(
    state: AuditedState,
    touches: int,
    differing: Sequence[Sequence[Difference]],
    *,
    repaired: bool,
    now: datetime,
) -> CheckReport:
    """Return the check of campaigns from the differences in customers and counters.

    `touches` is how many all customers have.
    """
    return check_report(
        Check.CAMPAIGNS,
        differing,
        expected=touches,
        found=sum(
            max(events.values(), default=0)
            for campaign in state.campaigns.values()
            for events in campaign.channels.values()
        ),
        repaired=repaired,
        checked_at=now,
    )
