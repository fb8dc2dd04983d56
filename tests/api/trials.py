"""One call of every route that could expose or change another organisation's data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contacts.keyer import ContactKeyer
from shared.contacts.profile import Channel
from shared.segments.thresholds import Thresholds, stored_values
from tests.support.shop import NOW, OTHER, SECRET, key_of

MINE = "org_green"
CANARIES = {
    "org": OTHER,
    "email": "canary@feathers.example",
    "name": "Canary Featherstone",
    "phone": "5559991234",
    "domain": "risk.canary.example",
    "at stake": "62,222",
    "product": "canary_product",
    "product name": "Canary Seed Deluxe",
    "category": "Canary Category",
    "order": "canary_order",
    "key": key_of("canary@feathers.example", OTHER),
    "amount": "98765.43",
    "custom segment": "cs_ca7a81e5ca7a",
    "campaign": "sc_ca7a81e5ca7a",
    "campaign name": "Canary Campaign",
    "profile": "canary_profile",
    "tag": "Canary Tag",
    "segment name": "Canary Club",
    "account": "canary_account",
    "session": "canary_session",
}
"""Strings that only the other organisation's documents hold."""

CAMPAIGN = CANARIES["campaign"]
MY_CUSTOMER = key_of("mine@example.org", MINE)
MY_CAMPAIGN = "sc_0123456789ab"
THEIR_POINT = ContactKeyer(SECRET).point(OTHER, Channel.EMAIL, CANARIES["email"])

BASES = ("recorded", "restated")
WINDOW = {"from": "2026-04-01", "to": "2026-11-23"}

TRIALS: dict[str, list[tuple[str, list[dict[str, str]]]]] = {
    "/v1/health": [("/v1/health", [{}])],
    "/v1/openapi.json": [("/v1/openapi.json", [{}])],
    "/v1/me": [("/v1/me", [{}])],
    "/v1/segments": [
        ("/v1/segments", [{}, *({"at": "2026-11-01", "basis": basis} for basis in BASES)])
    ],
    "/v1/segments/history": [
        ("/v1/segments/history", [{**WINDOW, "basis": basis} for basis in BASES])
    ],
    "/v1/insights": [("/v1/insights", [{}])],
    "/v1/segments/suggestions": [("/v1/segments/suggestions", [{}])],
    "/v1/settings/thresholds": [("/v1/settings/thresholds", [{}])],
    "/v1/settings/thresholds/recommendation": [("/v1/settings/thresholds/recommendation", [{}])],
    "/v1/settings/thresholds/status": [("/v1/settings/thresholds/status", [{}])],
    "/v1/settings/thresholds/versions": [
        ("/v1/settings/thresholds/versions", [{}, {"pageToken": "canary"}])
    ],
    "/v1/custom-segments": [("/v1/custom-segments", [{}])],
    "/v1/custom-segments/fields": [("/v1/custom-segments/fields", [{}])],
    "/v1/custom-segments/{id}": [
        (f"/v1/custom-segments/{id}", [{}])
        for id in (CANARIES["custom segment"], CANARIES["key"], "..")
    ],
    "/v1/customers": [
        (
            "/v1/customers",
            [
                {},
                {"segment": "vip"},
                {"sort": "totalSpent", "order": "desc"},
                {"pageSize": "200"},
                {"pageToken": "canary"},
                {"segment": CANARIES["custom segment"]},
                {"search": "Canary Featherstone"},
                {"tag": CANARIES["tag"]},
                {"tier": "gold", "emailConsent": "granted"},
                {"search": CANARIES["phone"], "sort": "displayName"},
                {"minTotalSpent": CANARIES["amount"], "lastOrderFrom": "2026-01-01"},
                {"format": "csv"},
            ],
        )
    ],
    "/v1/customers/stats": [("/v1/customers/stats", [{}])],
    "/v1/customers:export": [
        ("/v1/customers:export", [{}, {"search": "Canary Featherstone"}, {"segment": "vip"}])
    ],
    "/v1/customers/{customerKey}": [
        (f"/v1/customers/{key}", [{}])
        for key in (MY_CUSTOMER, CANARIES["key"], CANARIES["order"], "..")
    ],
    "/v1/customers/{customerKey}/timeline": [
        (f"/v1/customers/{key}/timeline", [{}, {"pageToken": "canary"}])
        for key in (MY_CUSTOMER, CANARIES["key"], CANARIES["order"], "..")
    ],
    "/v1/analytics/overview": [("/v1/analytics/overview", [{}])],
    "/v1/analytics/products": [
        (
            "/v1/analytics/products",
            [
                {},
                {"sort": "lastSale", "order": "asc", "pageSize": "200"},
                {"search": CANARIES["product"]},
                {"search": CANARIES["product name"], "trending": "false"},
                {"category": CANARIES["category"]},
                {"pageToken": "canary"},
            ],
        )
    ],
    "/v1/analytics/affinity": [
        (
            "/v1/analytics/affinity",
            [
                {},
                {"relation": "nextOrder", "limit": "500"},
                {"product": CANARIES["product"]},
                {"category": CANARIES["category"], "sort": "pValue"},
            ],
        )
    ],
    "/v1/analytics/funnel": [("/v1/analytics/funnel", [{}, {"days": "365"}])],
    "/v1/analytics/churn": [("/v1/analytics/churn", [{}, {"days": "365", "by": "segment"}])],
    "/v1/analytics/churn/prediction": [("/v1/analytics/churn/prediction", [{}])],
    "/v1/analytics/forecast": [("/v1/analytics/forecast", [{}, {"months": "3"}])],
    "/v1/analytics/rfm": [("/v1/analytics/rfm", [{}])],
    "/v1/analytics/transitions/months": [("/v1/analytics/transitions/months", [{}])],
    "/v1/analytics/cohorts": [
        (
            "/v1/analytics/cohorts",
            [
                {},
                {"granularity": "week", "mode": "onOrAfter"},
                {"breakdown": "category"},
                {"breakdown": "category", "value": CANARIES["category"]},
                {"breakdown": "category", "format": "csv"},
                {"pageToken": "canary"},
            ],
        )
    ],
    "/v1/analytics/cohorts:export": [
        (
            "/v1/analytics/cohorts:export",
            [{}, {"breakdown": "category", "value": CANARIES["category"]}],
        )
    ],
    "/v1/analytics/cohorts/{cohort}/customers": [
        (
            f"/v1/analytics/cohorts/{cohort}/customers",
            [
                {"period": "0"},
                {"period": "0", "returned": "false"},
                {"period": "1", "mode": "onOrAfter"},
            ],
        )
        for cohort in ("2026-11", "2026-10", CANARIES["key"])
    ],
    "/v1/analytics/quality": [("/v1/analytics/quality", [{}])],
    "/v1/analytics/transitions": [
        ("/v1/analytics/transitions", [{**WINDOW, "basis": basis} for basis in BASES])
    ],
    "/v1/analytics/transitions/customers": [
        (
            "/v1/analytics/transitions/customers",
            [
                {**WINDOW, "fromSegment": "none", "toSegment": "new"},
                {**WINDOW, "fromSegment": "vip", "toSegment": "vip"},
                {**WINDOW, "fromSegment": "none", "toSegment": "vip"},
            ],
        )
    ],
    "/v1/campaigns": [("/v1/campaigns", [{}, {"pageToken": "canary"}])],
    "/v1/campaigns/stats": [("/v1/campaigns/stats", [{}])],
    "/v1/campaigns/{id}/performance": [(f"/v1/campaigns/{CAMPAIGN}/performance", [{}])],
    "/v1/campaigns/{id}": [(f"/v1/campaigns/{CAMPAIGN}", [{}])],
    "/v1/campaigns/{id}/members": [
        (f"/v1/campaigns/{CAMPAIGN}/members", [{}, {"kind": "treated"}, {"format": "csv"}])
    ],
    "/v1/campaigns:prefill": [
        (
            "/v1/campaigns:prefill",
            [
                {"segment": "vip"},
                {"segment": "new", "channels": "email,sms"},
                {**WINDOW, "fromSegment": "none", "toSegment": "new"},
            ],
        )
    ],
}
"""By route: paths and queries to try. Each is tried with every way of naming an organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One call that changes something, or tries to."""

    path: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


ANY = {"If-Match": "*"}
THRESHOLDS = stored_values(Thresholds())
ALL = {"field": "totalSpent", "operator": "at_least", "value": 0}
THEIRS = {"field": "customSegment", "operator": "equals", "value": CANARIES["custom segment"]}

WRITES: dict[tuple[str, str], list[Write]] = {
    ("PUT", "/v1/settings/thresholds"): [
        Write(path="/v1/settings/thresholds", body={"thresholds": THRESHOLDS}, headers=ANY)
    ],
    ("POST", "/v1/settings/thresholds:preview"): [
        Write(path="/v1/settings/thresholds:preview", body={"thresholds": THRESHOLDS})
    ],
    ("POST", "/v1/settings/thresholds:rollback"): [
        Write(path="/v1/settings/thresholds:rollback", body={"version": 1}, headers=ANY)
    ],
    ("POST", "/v1/insights:refresh"): [Write(path="/v1/insights:refresh")],
    ("POST", "/v1/insights/{id}/feedback"): [
        Write(path=f"/v1/insights/{id}/feedback", body={"rating": "up"})
        for id in ("churn-risk", "bundle", OTHER)
    ],
    ("POST", "/v1/custom-segments"): [
        Write(path="/v1/custom-segments", body={"name": "Mine", "definition": ALL}),
        Write(path="/v1/custom-segments", body={"name": "Mine", "definition": THEIRS}),
    ],
    ("POST", "/v1/customers:search"): [
        Write(path="/v1/customers:search", body=body)
        for body in (
            {},
            {"search": "Canary Featherstone"},
            {"search": CANARIES["phone"], "sort": "displayName"},
            {"segment": CANARIES["custom segment"]},
            {"pageToken": "canary"},
        )
    ],
    ("POST", "/v1/customers:export"): [
        Write(path="/v1/customers:export", body=body)
        for body in ({}, {"search": "Canary Featherstone"}, {"segment": "vip"})
    ],
    ("POST", "/v1/custom-segments:preview"): [
        Write(path="/v1/custom-segments:preview", body={"definition": ALL}),
        Write(path="/v1/custom-segments:preview", body={"definition": THEIRS}),
    ],
    ("POST", "/v1/campaigns"): [
        Write(path="/v1/campaigns", body={"name": "Mine", "segment": "new", "channels": ["email"]})
    ],
    ("POST", "/v1/campaigns/{id}:handover"): [
        Write(path=f"/v1/campaigns/{campaign}:handover") for campaign in (CAMPAIGN, MY_CAMPAIGN)
    ],
    ("POST", "/v1/campaigns/{id}/events"): [
        Write(
            path=f"/v1/campaigns/{campaign}/events",
            body={"events": [{"id": "e", "type": type, "at": NOW.isoformat(), **named}]},
        )
        for campaign in (CAMPAIGN, MY_CAMPAIGN)
        for type in ("sent", "unsubscribed")
        for named in (
            {"customerKey": CANARIES["key"]},
            {"contactPoint": THEIR_POINT},
            {"customerId": CANARIES["profile"]},
        )
    ],
    ("PUT", "/v1/campaigns/{id}"): [
        Write(
            path=f"/v1/campaigns/{CAMPAIGN}",
            body={"name": "Mine", "status": "cancelled"},
            headers=ANY,
        )
    ],
    ("PUT", "/v1/custom-segments/{id}"): [
        Write(
            path=f"/v1/custom-segments/{CANARIES['custom segment']}",
            body={"name": "Mine", "definition": ALL},
            headers=ANY,
        )
    ],
    ("DELETE", "/v1/custom-segments/{id}"): [
        Write(path=f"/v1/custom-segments/{CANARIES['custom segment']}", headers=ANY)
    ],
}
"""By method and route: what to try. Each is tried with every way of naming an organisation."""

NAMED: list[dict[str, str]] = [
    {},
    {"org": MINE},
    {"org": OTHER},
    {"org": f"{MINE}/customer_segments/x/../../../{OTHER}"},
    {"org": f"../{OTHER}"},
    {"orgId": OTHER},
    {"brandId": OTHER},
]

STAFF: list[dict[str, Any]] = [
    {"role": "brand_admin", "orgId": MINE},
    {"role": "dispensary_staff", "orgId": MINE, "brandId": OTHER, "currentOrgId": OTHER},
    {"role": "budtender", "orgId": None, "brandId": MINE, "locationId": OTHER, "tenantId": OTHER},
    {"role": "brand", "orgId": None, "currentOrgId": MINE, "orgIds": [MINE, OTHER]},
    {"role": "brand", "orgId": None, "uid": MINE},
]
"""Accounts that belong to my organisation, some with claims that name the other one too."""
