"""A shop's writes and the dashboard's calls, on the whole local stack."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from google.cloud import firestore

from shared.firestore import paths
from tools.stack.local_stack import FirebaseEmulators

PATIENCE_SECONDS = 60
AGING = {"role": "brand", "orgId": "org_e2e"}
"""Claims of the staff whose only customer is about to age."""
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """The API's answer."""

    status: int
    json: dict[str, Any]
    etag: str | None


def send(
    emulators: FirebaseEmulators,
    path: str,
    token: str | None = None,
    *,
    body: Any = None,
    function: str = "api",
    **headers: str,
) -> Answer:
    """GET, or with a body POST, or with If_Match as well PUT."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None:
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(
        emulators.http_url(function) + path,
        None if body is None else json.dumps(body).encode(),
        sent,
        method="PUT" if "If-Match" in sent else None,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return Answer(response.status, json.load(response), response.headers["ETag"])
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.load(error), None)


def call(
    emulators: FirebaseEmulators, path: str, token: str | None = None
) -> tuple[int, dict[str, Any]]:
    answer = send(emulators, path, token)
    return answer.status, answer.json


def get(
    emulators: FirebaseEmulators, path: str, token: str, *, function: str = "api"
) -> dict[str, Any]:
    answer = send(emulators, path, token, function=function)
    assert answer.status == 200, answer.json
    return answer.json


def eventually(read: Callable[[], T], expected: T) -> None:
    """The trigger runs some time after the write."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (actual := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    assert actual == expected


def order(
    ordered_at: datetime, total: float, org: str = "org_e2e", email: str = "ada@example.org"
) -> dict[str, Any]:
    return {
        "brandId": org,
        "customer": {"email": email, "name": "Ada"},
        "items": [
            {
                "productId": "p1",
                "name": "Gummies",
                "category": "edible",
                "qty": 2,
                "price": total / 2,
            }
        ],
        "totals": {"total": total},
        "status": "completed",
        "createdAt": ordered_at,
    }


def counts_of(segments: dict[str, Any]) -> dict[str, int]:
    """Customers by segment, of those that have any."""
    return {row["id"]: row["count"] for row in segments["segments"] if row["count"]}


def place_orders(
    emulators: FirebaseEmulators, shop: firestore.Client, org: str, token: str
) -> None:
    """Ada spent $40 on edibles and Bob $150, in two orders each, and both are counted."""
    now = datetime.now(UTC)
    for name, total in (("ada", 20.0), ("bob", 75.0)):
        for number, days in enumerate((40, 5)):
            shop.document(paths.order(f"{org} {name} {number}")).set(
                order(now - timedelta(days=days), total, org, f"{name}@example.org")
            )
    eventually(
        lambda: get(emulators, "/v1/analytics/overview", token)["totalOrders"],
        4,
    )
