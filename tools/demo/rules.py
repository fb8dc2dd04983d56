"""The demo of segments that managers shape: each thing as one call and its answer."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from rich.table import Table
from rich.text import Text

from tools.console import CONSOLE
from tools.demo.api import Api, line
from tools.errors import StackError

VIP_VALUE = 300
"""Alternative lifetime value of a VIP, for a preview."""
REGULAR_DAYS = 60
REGULAR_SPEND = 100
HISTORY_DAYS = 180
COHORT_DAYS = 90
"""Age of the cohort whose customers are listed."""
SUGGESTIONS = 3
DAYS_NAMES = {
    "slipping_minDays": "Slipping",
    "atRisk_minDays": "At Risk",
    "churned_minDays": "Churned",
}
PATIENCE_SECONDS = 120


def show_rules(api: Api, category: str) -> str:
    """Create a custom segment of those who buy a category, and print what managers are offered.

    Returns the id of the segment once every customer is evaluated. Raises StackError if that takes
    too long.
    """
    segment = _create_segment(api, category)
    in_force = api.get("/v1/settings/thresholds")["thresholds"]["vip_minLifetimeValue"]
    preview = api.post("/v1/settings/thresholds:preview", _other_thresholds(api))
    suggested = api.get("/v1/segments/suggestions")["suggestions"][:SUGGESTIONS]
    groups = Table(title="Segments that managers shape")
    groups.add_column("group")
    groups.add_column("customers", justify="right")
    groups.add_column("lifetime value", justify="right")
    meanings = [
        f"{segment['name']}: {category} twice or more in {REGULAR_DAYS} days, "
        f"${REGULAR_SPEND} or more in all",
        f"would move: to another segment, if VIP began at ${VIP_VALUE} instead of ${in_force:g}",
        *(f"{each['name']}: {each['description']}" for each in suggested),
    ]
    for what, customers, lifetime_value in (
        (f"custom: {segment['name']}", segment["customerCount"], segment["lifetimeValue"]),
        (
            f"preview: would move with VIP from ${VIP_VALUE}",
            preview["movingCustomers"],
            preview["movingLifetimeValue"],
        ),
        *(
            (f"suggested: {each['name']}", each["estimatedCount"], each["lifetimeValue"])
            for each in suggested
        ),
    ):
        groups.add_row(what, f"{customers:,}", f"${lifetime_value:,.2f}")
    CONSOLE.print(groups)
    CONSOLE.print(Text("\n".join(meanings), "dim"))
    recommended = api.get("/v1/settings/thresholds/recommendation")["thresholds"]
    days = Table(title="Days without an order that make a segment")
    days.add_column("segment")
    days.add_column("in force", justify="right")
    days.add_column("recommended", justify="right")
    for each in recommended:
        proposed, reason = each["proposed"], each["reason"]
        days.add_row(
            DAYS_NAMES[each["threshold"]],
            f"{each['inForce']['days']}",
            f"{proposed['days']}" if proposed else f"– ({reason.replace('_', ' ')})",
        )
    CONSOLE.print(days)
    details = {each["reason"]: each["detail"] for each in recommended if each["reason"]}
    for reason, detail in details.items():
        CONSOLE.print(Text(f"{reason.replace('_', ' ')}: {detail}", "dim"))
    return str(segment["id"])


def calls(api: Api, segment_id: str, category: str) -> list[str]:
    """Lines to paste into a shell that has been set up: every route of numbers, and some others."""
    page = api.get(f"/v1/customers?segment={segment_id}&sort=totalSpent&pageSize=1")
    today = datetime.fromisoformat(page["asOf"]).date()
    window = _window(today)
    cohort = f"{today - timedelta(days=COHORT_DAYS):%Y-%m}"
    customer = page["customers"][0]["customerKey"] if page["customers"] else None
    return [
        *map(
            line,
            (
                "/v1/segments",
                "/v1/segments/suggestions",
                f"/v1/segments/history?{window}&interval=month",
                "/v1/customers?segment=at_risk&sort=totalSpent&pageSize=3",
                f"/v1/customers?segment={segment_id}&sort=totalSpent&pageSize=3",
                f"/v1/customers?segment={segment_id}&format=csv",
                *([f"/v1/customers/{customer}/timeline?pageSize=5"] if customer else []),
                f"/v1/custom-segments/{segment_id}",
                "/v1/settings/thresholds/recommendation",
                "/v1/analytics/overview",
                "/v1/analytics/cohorts?granularity=month",
                f"/v1/analytics/cohorts/{cohort}/customers?period=1&pageSize=3",
                "/v1/analytics/affinity?limit=5",
                "/v1/analytics/churn?days=90&by=segment",
                "/v1/analytics/churn/prediction",
                "/v1/analytics/forecast?months=6",
                f"/v1/analytics/transitions?{window}",
                f"/v1/analytics/transitions/customers?{window}&fromSegment=new&toSegment=churned",
                "/v1/analytics/transitions/months",
                "/v1/analytics/rfm",
                f"/v1/analytics/products?category={quote(category)}&pageSize=3",
                "/v1/analytics/funnel",
                "/v1/analytics/quality",
            ),
        ),
        line("/v1/settings/thresholds:preview", _other_thresholds(api)),
    ]


def _create_segment(api: Api, category: str) -> dict[str, Any]:
    segment = api.post(
        "/v1/custom-segments",
        {
            "name": f"{category} regulars",
            "definition": {
                "all": [
                    {
                        "event": "ordered",
                        "category": category,
                        "atLeastTimes": 2,
                        "when": {"inTheLastDays": REGULAR_DAYS},
                    },
                    {"field": "totalSpent", "operator": "at_least", "value": REGULAR_SPEND},
                ]
            },
        },
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    with CONSOLE.status("Evaluating all customers under a new custom segment"):
        while segment["evaluation"]["status"] != "complete":
            if time.monotonic() > deadline:
                raise StackError(
                    f"A custom segment was not evaluated in {PATIENCE_SECONDS} seconds; "
                    "the log of the functions is in .emulators."
                )
            time.sleep(0.3)
            segment = api.get(f"/v1/custom-segments/{segment['id']}")
    return segment


def _other_thresholds(api: Api) -> dict[str, Any]:
    thresholds = api.get("/v1/settings/thresholds")["thresholds"]
    return {"thresholds": {**thresholds, "vip_minLifetimeValue": VIP_VALUE}}


def _window(today: date) -> str:
    return f"from={today - timedelta(days=HISTORY_DAYS)}&to={today}"
