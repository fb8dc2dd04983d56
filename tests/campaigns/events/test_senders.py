"""Senders that sign their events, and whoever else may send some."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.services import Services
from shared.web.signatures import HEADER, signature, signing_key
from tests.campaigns.events.sent import counted, event, statuses
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import NOW, ORG, OTHER, Shop


def signed(
    dashboard: Dashboard,
    services: Services,
    campaign: dict[str, Any],
    body: dict[str, Any],
    *,
    key_org: str = ORG,
    org: str | None = ORG,
    at: datetime = NOW,
    changed: bytes = b"",
) -> Any:
    path = f"/v1/campaigns/{campaign['id']}/events"
    data = json.dumps(body).encode()
    header = signature(signing_key(services.secret, key_org), path, data, at)
    return dashboard.app.test_client().post(
        path,
        query_string={"org": org} if org else None,
        data=data + changed,
        content_type="application/json",
        headers={HEADER: header},
    )


def test_a_sender_signs_for_its_own_organisation_and_for_no_other(
    dashboard: Dashboard,
    services: Services,
    shop: Shop,
    campaign: dict[str, Any],
    treated: list[str],
) -> None:
    body = {"events": [event("sent", customerKey=treated[0])]}
    shop.order(org=OTHER)
    not_there = []
    for wrong in (
        {"key_org": OTHER},
        {"key_org": OTHER, "org": OTHER},
        {"org": OTHER},
        {"org": "no/organisation"},
        {"org": None},
        {"changed": b" "},
    ):
        response = signed(dashboard, services, campaign, body, **wrong)
        not_there.append(assert_problem(response, 404, "not-found")["detail"])
    assert set(not_there) == {"There is no such campaign."}
    for minutes in (-6, 6):
        at = NOW + timedelta(minutes=minutes)
        response = signed(dashboard, services, campaign, body, at=at)
        assert "5 minutes" in assert_problem(response, 401, "not-signed-in")["detail"]
    assert counted(services, campaign) == {}

    response = signed(dashboard, services, campaign, body)
    assert (response.status_code, statuses(response.json)) == (200, ["recorded"])
    response = signed(dashboard, services, campaign, body, at=NOW - timedelta(minutes=4))
    assert statuses(response.json) == ["duplicate"]


def test_a_signature_opens_no_other_route(
    dashboard: Dashboard, services: Services, campaign: dict[str, Any]
) -> None:
    path = f"/v1/campaigns/{campaign['id']}"
    header = signature(signing_key(services.secret, ORG), path, b"", NOW)
    response = dashboard.app.test_client().get(
        path, query_string={"org": ORG}, headers={HEADER: header}
    )
    assert response.status_code == 401


@pytest.mark.parametrize("header", ["", "t=1", "v1=00", "t=x,v1=" + "0" * 64, "t=1,v1=" + "G" * 64])
def test_a_signature_of_another_form_is_no_signature(
    dashboard: Dashboard, campaign: dict[str, Any], header: str
) -> None:
    response = dashboard.app.test_client().post(
        f"/v1/campaigns/{campaign['id']}/events",
        query_string={"org": ORG},
        json={"events": []},
        headers={HEADER: header},
    )
    assert_problem(response, 401, "not-signed-in")


def test_a_budtender_records_nothing(dashboard: Dashboard, campaign: dict[str, Any]) -> None:
    response = dashboard.call(
        f"/v1/campaigns/{campaign['id']}/events",
        method="POST",
        json={"events": [event("sent", customerKey="x")]},
        role="budtender",
    )
    assert_problem(response, 403, "changes-not-allowed")
