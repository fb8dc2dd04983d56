"""The demo of a campaign: drafted, frozen, handed over, sent by a made-up sender, and measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from google.cloud import firestore
from rich.console import Group
from rich.table import Table
from rich.text import Text

from shared.campaigns.handover.dashboard_store import DashboardCampaigns
from shared.firestore import paths
from tools.console import CONSOLE
from tools.demo.orders import DemoOrder
from tools.demo.writes import Document

CAMPAIGNS = "/v1/campaigns"
EVENTS_PER_CALL = 500
OPENED, CLICKED, ORDERED = 3, 6, 12
"""One in this many recipients does."""


class Calls(Protocol):
    """Calls the API as an account of the organisation."""

    def get(self, path: str) -> dict[str, Any]:
        """Return the API's answer."""
        ...

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the API's answer to a body."""
        ...


def crm_documents(orders: Iterable[DemoOrder], org_id: str) -> list[Document]:
    """Return the dashboard's documents of an organisation's households: most agreed to e-mail."""
    people = {
        order.data["userId"]: order.data["customer"]
        for order in orders
        if order.data["brandId"] == org_id
    }
    return [
        (paths.profile(f"{org_id}_{user_id}"), _profile(number, customer, org_id))
        for number, (user_id, customer) in enumerate(sorted(people.items()))
    ]


def _profile(number: int, customer: Mapping[str, Any], org_id: str) -> dict[str, Any]:
    consent: dict[str, Any] = {"emailConsent": True}
    if number % 10 == 3:
        consent = {"emailConsent": False}
    elif number % 10 == 6:
        consent = {}
    elif number % 20 == 7:
        consent["emailUnsubscribedAt"] = datetime.now(UTC)
    elif number % 50 == 8:
        consent["archived"] = True
    elif number % 50 == 9:
        consent["isTestAccount"] = True
    first, _, last = str(customer["name"]).partition(" ")
    return {
        "orgId": org_id,
        "email": customer["email"],
        "firstName": first,
        "lastName": last,
        "createdAt": datetime.now(UTC) - timedelta(days=400),
        **consent,
    }


def run_campaign(api: Calls, client: firestore.Client, segment: str) -> tuple[str, list[str]]:
    """Draft, create, hand over and send a campaign; returns its id, and addresses of orderers.

    Prints who is left out and why, and what the audience cannot show.
    """
    draft = api.get(f"{CAMPAIGNS}:prefill?segment={segment}")
    campaign = api.post(
        CAMPAIGNS,
        {
            "name": draft["name"],
            "segment": segment,
            "channels": draft["channels"],
            "holdoutShare": 0.2,
            "cost": 25,
            "margin": 0.3,
        },
    )
    handed_over = api.post(f"{CAMPAIGNS}/{campaign['id']}:handover", {})
    CONSOLE.print(drafted(draft, handed_over))
    everybody = ("0", "g")
    dashboard = DashboardCampaigns(client, draft["orgId"])
    recipients = sorted(dashboard.recipient_keys(campaign["id"], *everybody))
    events = _events(recipients, datetime.now(UTC))
    for start in range(0, len(events), EVENTS_PER_CALL):
        part = events[start : start + EVENTS_PER_CALL]
        api.post(f"{CAMPAIGNS}/{campaign['id']}/events", {"events": part})
    folder = client.collection(paths.dashboard_recipients(campaign["id"]))
    some = client.get_all([folder.document(key) for key in recipients[::ORDERED]], ["email"])
    return campaign["id"], sorted(str(each.get("email")) for each in some)


def _events(recipient_ids: list[str], at: datetime) -> list[dict[str, str]]:
    """Return the events that a sender reports of its messages."""
    events = []
    for number, recipient in enumerate(recipient_ids):
        kinds = ["sent", "delivered"]
        kinds += ["opened"] * (number % OPENED == 0) + ["clicked"] * (number % CLICKED == 0)
        kinds += ["unsubscribed"] * (number == len(recipient_ids) - 1)
        events += [
            {
                "id": f"{recipient}-{kind}",
                "type": kind,
                "at": at.isoformat(),
                "recipientId": recipient,
            }
            for kind in kinds
        ]
    return events


def orders_after(orders: Iterable[DemoOrder], emails: Iterable[str]) -> list[DemoOrder]:
    """An order now by each of these people, of what they ordered last."""
    addresses = set(emails)
    last = {order.data["customer"]["email"]: order for order in orders}
    now = datetime.now(UTC)
    return [
        DemoOrder(f"{order.order_id}_again", now, {**order.data, "createdAt": now})
        for email, order in last.items()
        if email in addresses
    ]


def show_performance(api: Calls, campaign_id: str) -> None:
    """Print the results of the campaign."""
    CONSOLE.print(performed(api.get(f"{CAMPAIGNS}/{campaign_id}/performance")))


def drafted(draft: Mapping[str, Any], campaign: Mapping[str, Any]) -> Group:
    """Return a table of the campaign's audience, the reasons of those left out, and its limits."""
    table = Table(title=f"Campaign “{campaign['name']}”", show_header=False)
    table.add_column("who")
    table.add_column("customers", justify="right")
    reach = campaign["reach"]
    rows = [
        ("the group", reach["customers"]),
        *((f"left out: {_words(each)}", each["customers"]) for each in reach["leftOut"]),
        ("held out, to compare with", campaign["heldOut"]),
        ("to be written to", campaign["treated"]),
    ]
    for channel in campaign["handover"]["channels"]:
        rows.append((f"handed over, {channel['channel']}", channel["inDashboard"]))
        rows += [(f"by file: {_words(each)}", each["members"]) for each in channel["byFile"]]
        rows += [(f"dropped: {_words(each)}", each["members"]) for each in channel["dropped"]]
    for name, number in rows:
        table.add_row(Text(name), f"{number:,}")
    return Group(table, Text(draft["cannotDetect"], "italic"), "")


def performed(answer: Mapping[str, Any]) -> Group:
    """Messages, credit, and what the holdout says, or why it says nothing."""
    table = Table(title="Outcome", show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    messages, credit = answer["messages"], answer["credited"]
    for name in ("sent", "delivered", "opened", "clicked", "unsubscribed"):
        table.add_row(name, f"{messages[name]:,}")
    table.add_row("credited orders", f"{credit['orders']:,}")
    table.add_row("credited revenue", _money(credit["revenue"]))
    return Group(table, Text(_lift(answer["incremental"]), "italic"), "")


def _lift(incremental: Mapping[str, Any] | None) -> str:
    if incremental is None:
        return "Incremental revenue: not measured yet. The night after the send does it."
    revenue = incremental["revenue"]
    if revenue["reason"] is not None or revenue["total"] is None:
        return f"Incremental revenue cannot be measured: {_plain(str(revenue['reason']))}."
    return (
        f"Incremental revenue, {_plain(incremental['state'])}: {_money(revenue['total'])}, from "
        f"{_money(revenue['totalLow'])} to {_money(revenue['totalHigh'])}."
    )


def _money(amount: float) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _words(each: Mapping[str, Any]) -> str:
    return _plain(each["reason"])


def _plain(code: str) -> str:
    return code.replace("_", " ")
