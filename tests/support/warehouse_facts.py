"""Rows of the export, written by hand, and the answers to questions about them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.nightly.asking import Night
from shared.nightly.compute import compute_organization
from shared.nightly.question import AskedQuestion, ComputedOrganization, Question
from shared.nightly.result import Attempt, Result, attempt_at
from shared.segments.thresholds import Thresholds
from shared.warehouse.answers import NightAnswers, NightTables
from shared.warehouse.changelog import ChangelogRow
from shared.warehouse.warehouse import Warehouse

Line = tuple[str, str, str, int, int]
"""Product id, name, category, quantity in thousandths, amount in cents."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fact_row(
    order_id: str,
    *,
    org_id: str = "org",
    customer: str | None = "c1",
    ordered_at: datetime,
    local_date: date | None = None,
    amount_cents: int = 1000,
    lines: Sequence[Line] = (),
    channel: str = "web",
    campaign_id: str | None = None,
    counted: bool = True,
    operation: str = "CREATE",
    timestamp: datetime | None = None,
    event_id: str | None = None,
) -> ChangelogRow:
    """A change of one ledger entry; `local_date` is the day in UTC where left out."""
    day = local_date or ordered_at.astimezone(UTC).date()
    data = {
        "org_id": org_id,
        "source_version": _timestamp(timestamp or ordered_at),
        "order_exists": True,
        "counted": counted,
        "exclusion": None if counted else "cancelled",
        "rejection": None,
        "customer_key": customer,
        "ordered_at": _timestamp(ordered_at),
        "local_date": day.isoformat(),
        "amount_cents": amount_cents,
        "channel": channel,
        "campaign_id": campaign_id,
        "coupon_code": None,
        "lines": [
            {
                "product_id": product_id,
                "name": name,
                "category": category,
                "quantity_milli": quantity_milli,
                "amount_cents": cents,
            }
            for product_id, name, category, quantity_milli, cents in lines
        ],
        "warnings": [],
        "recorded_at": _timestamp(timestamp or ordered_at),
    }
    return ChangelogRow(
        timestamp=EPOCH if operation == "IMPORT" else timestamp or ordered_at,
        event_id=f"event-{order_id}" if event_id is None else event_id,
        document_name=f"projects/p/databases/(default)/documents/order_ledger/{order_id}",
        operation=operation,
        data=None if operation == "DELETE" else json.dumps(data),
        document_id=order_id,
        path_params=None,
    )


def organization(
    org_id: str = "org",
    time_zone: str = "UTC",
    *,
    today: date,
    thresholds: Thresholds | None = None,
) -> ComputedOrganization:
    """An organisation as a run sees it."""
    return ComputedOrganization(
        org_id=org_id,
        time_zone=ZoneInfo(time_zone),
        today=today,
        thresholds=thresholds or Thresholds(),
    )


@dataclass(slots=True)
class KeptResults:
    """Results by organisation and name."""

    by_organization: dict[str, dict[str, Result]]

    def outdated(self, org_id: str, names: Iterable[str], attempt: Attempt) -> list[str]:
        """All of them."""
        return list(names)

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Keep it."""
        keys = [entry["key"] for entry in result.entries]
        assert keys == sorted(set(keys)), f"keys of {result.name} are not ascending"
        self.by_organization.setdefault(org_id, {})[result.name] = result

    def fail_all(self, org_id: str, names: Iterable[str], attempt: Attempt, error: str) -> None:
        """Tests of answers have no failures."""
        raise AssertionError(f"{list(names)} of {org_id}: {error}")

    def invalidate(self, org_id: str) -> None:
        """Nobody looks."""


def answers(
    warehouse: Warehouse,
    questions: Question | Sequence[Question],
    organizations: Sequence[ComputedOrganization],
    now: datetime,
) -> Mapping[str, Mapping[str, Result]]:
    """Results by organisation and name, from the rows that the warehouse holds.

    The typed tables are made once for all questions.
    """
    asked = questions if isinstance(questions, Sequence) else [questions]
    night = asked_night(warehouse, asked, organizations, now)
    kept = KeptResults({})
    for organization in organizations:
        compute_organization(
            NightAnswers(warehouse, night.facts or ""),
            kept,
            organization.org_id,
            asked,
            attempt_at(now, due_at=now),
            failures=night.failed,
            settings=str,
        )
    return kept.by_organization


def asked_night(
    warehouse: Warehouse,
    questions: Sequence[AskedQuestion],
    organizations: Sequence[ComputedOrganization],
    now: datetime,
) -> Night:
    """A night all of whose questions are answered."""
    night, tables = Night(), NightTables(warehouse)
    night.make_facts(tables, organizations, now)
    assert night.ask(tables, questions, clock=lambda: now, stop_at=now + timedelta(minutes=5))
    assert not night.failed
    night.combine(tables)
    return night


def order_counts(warehouse: Warehouse) -> dict[str, int]:
    """Counted orders in the typed tables, by organisation."""
    found = warehouse.run(
        "SELECT org_id, COUNT(*) AS orders FROM order_facts WHERE NOT is_return GROUP BY org_id", {}
    )
    return {row["org_id"]: row["orders"] for row in found}


def _timestamp(value: datetime) -> dict[str, int]:
    since = value - EPOCH
    return {
        "_seconds": since // timedelta(seconds=1),
        "_nanoseconds": since % timedelta(seconds=1) // timedelta(microseconds=1) * 1000,
    }
