"""The demo of a campaign, through all its steps, with the API of this process."""

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import ORG
from tools import console
from tools.contacts_backfill import run_contacts_backfill
from tools.demo import campaigns
from tools.demo.campaigns import crm_documents, orders_after, run_campaign, show_performance
from tools.demo.orders import DemoOrder
from tools.demo.writes import write_documents

HOUSEHOLDS = 60


class Calls:
    """See `tools.demo.campaigns.Calls`."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard

    def get(self, path: str) -> dict[str, Any]:
        name, _, query = path.partition("?")
        actual: dict[str, Any] = self._dashboard.get(name, query or None)
        return actual

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = self._dashboard.call(path, method="POST", json=body)
        assert response.status_code in (200, 201), response.text
        actual: Any = response.json
        return dict(actual)


def demo_order(number: int) -> DemoOrder:
    at = utc_now() - timedelta(days=5)
    customer = {"name": f"Household {number}", "email": f"household-{number}@example.com"}
    data = {
        "brandId": ORG,
        "userId": f"household-{number}",
        "customer": customer,
        "status": "completed",
        "createdAt": at,
        "items": [],
        "totals": {"total": 10},
    }
    return DemoOrder(f"demo_{number}", at, data)


def test_a_campaign_goes_through_all_its_steps(
    dashboard: Dashboard, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = io.StringIO()
    for module in (campaigns, console):
        monkeypatch.setattr(module, "CONSOLE", Console(file=printed, width=100))
    orders = [demo_order(number) for number in range(HOUSEHOLDS)]

    def count(some: list[DemoOrder]) -> None:
        write_documents(services.client, [(paths.order(each.order_id), each.data) for each in some])
        for each in some:
            services.reconciler.reconcile(each.order_id)

    count(orders)
    write_documents(services.client, crm_documents(orders, ORG))
    run_contacts_backfill(services, ORG)
    now = Calls(dashboard.at(utc_now() + timedelta(minutes=1)))

    campaign_id, emails = run_campaign(now, services.client, "new")
    assert emails
    count(orders_after(orders, emails))
    show_performance(now, campaign_id)
    shown = printed.getvalue()
    for line in ("left out: no consent", "left out: unsubscribed", "left out: test or archived"):
        assert line in shown
    assert "cannot show" in shown
    assert "credited orders" in shown
    answer = now.get(f"/v1/campaigns/{campaign_id}/performance")
    assert answer["credited"]["orders"] == len(emails)
    assert answer["messages"]["sent"] > answer["messages"]["opened"] > 0
    assert "not measured yet" in shown


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        (
            {"reason": None, "total": 12.0, "totalLow": -3.0, "totalHigh": 27.0},
            "Incremental revenue, preliminary: $12.00, from -$3.00 to $27.00.",
        ),
        (
            {"reason": "low_coverage", "total": None},
            "Incremental revenue cannot be measured: low coverage.",
        ),
    ],
)
def test_a_measured_lift_and_one_that_cannot_be_measured(
    revenue: dict[str, Any], expected: str
) -> None:
    assert campaigns._lift({"state": "preliminary", "revenue": revenue}) == expected
