"""Campaigns handed over, and what the dashboard has of them."""

from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from tests.support.dashboard import Dashboard

PATH = "/v1/campaigns"
BODY: dict[str, Any] = {"name": "Hello", "segment": "new", "channels": ["email"]}
SIZE = 30


def create(dashboard: Dashboard, **changes: Any) -> str:
    response = dashboard.call(
        PATH, method="POST", json={**BODY, "holdoutShare": 0, **changes}, headers={}
    )
    assert response.status_code == 201, response.text
    return str(response.json["id"])


def hand_over(dashboard: Dashboard, id: str, **claims: Any) -> Any:
    return dashboard.call(f"{PATH}/{id}:handover", method="POST", **claims)


def handed_over(dashboard: Dashboard, id: str) -> dict[str, Any]:
    response = hand_over(dashboard, id)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json
    return content


def root(client: firestore.Client, id: str) -> dict[str, Any] | None:
    actual: dict[str, Any] | None = client.document(paths.dashboard_campaign(id)).get().to_dict()
    return actual


def recipients(client: firestore.Client, id: str) -> dict[str, dict[str, Any]]:
    actual = client.collection(paths.dashboard_recipients(id)).stream()
    documents: list[dict[str, Any]] = [each.to_dict() or {} for each in actual]
    return {each["customerId"]: each for each in documents}


def channel_of(campaign: dict[str, Any], channel: str = "email") -> dict[str, Any]:
    (actual,) = [each for each in campaign["handover"]["channels"] if each["channel"] == channel]
    return dict(actual)


def counted(entries: list[dict[str, Any]]) -> dict[str, int]:
    return {each["reason"]: each["members"] for each in entries}
