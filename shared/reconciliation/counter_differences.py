"""Differences between stored and expected counters, and the increments that repair them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.reconciliation.counters import (
    CampaignDelta,
    CategoryDelta,
    CounterDeltas,
    DailyDelta,
    SegmentCountsDelta,
)
from shared.reconciliation.differences import Difference
from shared.reconciliation.ports import OrganizationStore, StoredCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterComparison:
    """Differences between stored and expected counters of an organisation."""

    adjustment: CounterDeltas
    """Increments to the counters of days, segments and campaigns, valid whatever is counted
    meanwhile: every commit changes ledger, customers and counters alike."""
    differences: list[Difference]


def compare_counters(
    org_id: str, expected: CounterDeltas, stored: StoredCounters
) -> CounterComparison:
    """Compare stored with expected counters, both as of one instant."""
    differences: list[Difference] = []
    adjustment = CounterDeltas()
    for day in sorted({day for _, day in expected.daily} | stored.days.keys()):
        missing = adjustment.day(org_id, day)
        missing.add(expected.day(org_id, day))
        missing.add(stored.days.get(day, DailyDelta()), -1)
        differences += _day_differences(f"day {day}", missing, stored.days.get(day))
    counts = adjustment.counts(org_id)
    counts.add(expected.counts(org_id))
    counts.add(stored.counts, -1)
    differences += _count_differences(counts, stored.counts)
    return CounterComparison(adjustment=adjustment.without_zeros(), differences=differences)


def compare_campaigns(
    org_id: str, expected: CounterDeltas, stored: StoredCounters
) -> CounterComparison:
    """Compare the counters of campaigns likewise."""
    differences: list[Difference] = []
    adjustment = CounterDeltas()
    for id in sorted({id for _, id in expected.campaigns} | stored.campaigns.keys()):
        missing = adjustment.campaign(org_id, id)
        missing.add(expected.campaign(org_id, id))
        missing.add(stored.campaigns.get(id, CampaignDelta()), -1)
        differences += _campaign_differences(id, missing, stored.campaigns.get(id))
    return CounterComparison(adjustment=adjustment.without_zeros(), differences=differences)


def adjust_counters(
    org_id: str, store: OrganizationStore, comparison: Iterable[CounterComparison]
) -> None:
    """Add the differences to the counters."""
    for each in comparison:
        if each.differences:
            store.adjust(org_id, each.adjustment)


def _day_differences(
    document: str, missing: DailyDelta, stored: DailyDelta | None
) -> list[Difference]:
    current = stored or DailyDelta()
    rows: list[tuple[str, int, int]] = [
        (name, current.counts[name], by) for name, by in missing.counts.items()
    ]
    rows += [(name, current.flows[name], by) for name, by in missing.flows.items()]
    for channel, counts in missing.channels.items():
        have = current.channels.get(channel, Counter())
        rows += [(f"{channel} {name}", have[name], by) for name, by in counts.items()]
    for category, delta in missing.categories.items():
        sales = current.categories.get(category, CategoryDelta())
        for name in ("revenue_cents", "quantity_milli"):
            rows.append((f"{category} {name}", getattr(sales, name), getattr(delta, name)))
    return _rows(document, rows)


def _count_differences(
    missing: SegmentCountsDelta, current: SegmentCountsDelta
) -> list[Difference]:
    differences = _rows(
        "totals", [(name, current.totals[name], by) for name, by in missing.totals.items()]
    )
    differences += _rows(
        "rules", [(name, current.rules[name], by) for name, by in missing.rules.items()]
    )
    for kind, lacking, counters in (
        ("segment", missing.segments, current.segments),
        ("segment", missing.custom, current.custom),
        ("risk", missing.risks, current.risks),
    ):
        for segment, counts in lacking.items():
            have = counters.get(segment, Counter())
            differences += _rows(
                f"{kind} {segment}", [(name, have[name], by) for name, by in counts.items()]
            )
    return differences


def _campaign_differences(
    campaign_id: str, missing: CampaignDelta, stored: CampaignDelta | None
) -> list[Difference]:
    current = stored or CampaignDelta()
    rows = [(name, current.events[name], by) for name, by in missing.events.items()]
    rows += [(name, current.credit[name], by) for name, by in missing.credit.items()]
    for lacking, counters in (
        (missing.channels, current.channels),
        (missing.segments, current.segments),
        (missing.days, current.days),
    ):
        for key, counts in lacking.items():
            have = counters.get(key, Counter())
            rows += [(f"{key} {name}", have[name], by) for name, by in counts.items()]
    return _rows(f"campaign {campaign_id}", rows)


def _rows(document: str, rows: Sequence[tuple[str, int, int]]) -> list[Difference]:
    return [
        Difference(document=document, field=name, found=value, expected=value + by)
        for name, value, by in rows
        if by
    ]
