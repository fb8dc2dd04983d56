"""Whether what customers' documents say of campaigns is what the counters say."""

from collections.abc import Sequence
from datetime import datetime

from shared.audit.ports import AuditedState
from shared.audit.report import Check, CheckReport, check_report
from shared.reconciliation.differences import Difference
from shared.reconciliation.rebuild_counters import compare_campaigns
from shared.segments.customer import Customer, CustomerId


def audited_campaigns(
    org_id: str,
    state: AuditedState,
    credits: Sequence[Sequence[Difference]],
    *,
    repaired: bool,
    now: datetime,
) -> tuple[CheckReport, bool]:
    """The check of campaigns, and whether any of their counters is wrong.

    `credits` are the customers whose credit was not what their touches and orders make.
    """
    kept = (
        Customer(id=CustomerId(org_id, key), touches=each.touches, credits=each.credits)
        for key, each in state.customers.items()
        if each.touches or each.credits
    )
    wrong = compare_campaigns(org_id, kept, state).differences
    report = check_report(
        Check.CAMPAIGNS,
        [*credits, *([each] for each in wrong)],
        expected=sum(len(each.touches) for each in state.customers.values()),
        found=sum(
            max(events.values(), default=0)
            for campaign in state.campaigns.values()
            for events in campaign.channels.values()
        ),
        repaired=repaired,
        checked_at=now,
    )
    return report, bool(wrong)
