"""Whether what customers' documents say of campaigns is what the counters say."""

from collections.abc import Sequence
from datetime import datetime

from shared.audit.ports import AuditedState
from shared.audit.report import Check, CheckReport, check_report
from shared.reconciliation.counter_differences import CounterComparison, compare_campaigns
from shared.reconciliation.differences import Difference
from shared.segments.customer import Customer, CustomerId


def campaign_counters(org_id: str, state: AuditedState) -> CounterComparison:
    """The counters of campaigns against what the customers' documents add up to."""
    computed = (
        Customer(id=CustomerId(org_id, key), touches=each.touches, credits=each.credits)
        for key, each in state.customers.items()
        if each.touches or each.credits
    )
    return compare_campaigns(org_id, computed, state)


def audited_campaigns(
    state: AuditedState,
    differing: Sequence[Sequence[Difference]],
    *,
    repaired: bool,
    now: datetime,
) -> CheckReport:
    """The check of campaigns, from what differed in customers and counters."""
    return check_report(
        Check.CAMPAIGNS,
        differing,
        expected=sum(len(each.touches) for each in state.customers.values()),
        found=sum(
            max(events.values(), default=0)
            for campaign in state.campaigns.values()
            for events in campaign.channels.values()
        ),
        repaired=repaired,
        checked_at=now,
    )
