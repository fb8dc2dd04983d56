"""Calls that are limited, and how tests make them."""

from dataclasses import replace
from typing import Any

from google.cloud import firestore
from werkzeug.test import TestResponse

from shared.kernel.rate_limit import RateLimit
from shared.kernel.settings import Settings
from shared.limits.store import RateLimiter
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import SECRET

LIMITS = Settings(
    scans_per_account=RateLimit(burst=3, interval_seconds=10),
    scans_per_organization=RateLimit(burst=5, interval_seconds=4),
    changes_per_account=RateLimit(burst=2, interval_seconds=60),
    changes_per_organization=RateLimit(burst=3, interval_seconds=30),
    refreshes_per_organization=RateLimit(burst=2, interval_seconds=900),
)
RESTATED = {"basis": "restated"}
WINDOW = {"from": "2026-11-01", "to": "2026-11-23"}
CONDITION = {"field": "totalSpent", "operator": "at_least", "value": 1}
THRESHOLDS: dict[str, Any] = {"thresholds": {}}
ANY = {"If-Match": "*"}

Call = tuple[str, str, dict[str, Any]]
SCANS: list[Call] = [
    ("/v1/segments", "GET", {"query": {"at": "2026-11-01", **RESTATED}}),
    ("/v1/segments/history", "GET", {"query": WINDOW | RESTATED}),
    ("/v1/analytics/transitions", "GET", {"query": WINDOW | RESTATED}),
    ("/v1/customers", "GET", {"query": {"format": "csv"}}),
    ("/v1/customers:export", "GET", {}),
    ("/v1/customers:export", "POST", {"json": {}}),
    ("/v1/settings/thresholds/recommendation", "GET", {}),
    ("/v1/campaigns:prefill", "GET", {"query": {"segment": "new"}}),
    ("/v1/settings/thresholds:preview", "POST", {"json": THRESHOLDS}),
    ("/v1/custom-segments:preview", "POST", {"json": {"definition": CONDITION}}),
]
CHANGES: list[Call] = [
    ("/v1/settings/thresholds", "PUT", {"json": THRESHOLDS, "headers": ANY}),
    ("/v1/settings/thresholds:rollback", "POST", {"json": {"version": 0}, "headers": ANY}),
    ("/v1/custom-segments", "POST", {"json": {"name": "Mine", "definition": CONDITION}}),
    (
        "/v1/custom-segments/cs_000000000000",
        "PUT",
        {"json": {"name": "Mine", "definition": CONDITION}, "headers": ANY},
    ),
    ("/v1/custom-segments/cs_000000000000", "DELETE", {"headers": ANY}),
]
PREVIEW = SCANS[-1]
CREATE = CHANGES[2]


def limited(services: Services, client: firestore.Client, settings: Settings = LIMITS) -> Services:
    limiter = RateLimiter(client, SECRET, settings, sleep=lambda seconds: None)
    return replace(services, limiter=limiter)


def call(dashboard: Dashboard, what: Call, **claims: Any) -> TestResponse:
    path, method, arguments = what
    return dashboard.call(path, method=method, **arguments, **claims)
