"""The pages whose responses are cached, and how tests ask for them."""

from typing import Any

from werkzeug.test import TestResponse

from tests.support.dashboard import Dashboard
from tests.support.shop import Shop

SEGMENTS = "/v1/segments"
OVERVIEW = "/v1/analytics/overview"
FUNNEL = "/v1/analytics/funnel"
PAGES = [SEGMENTS, OVERVIEW, FUNNEL]
KEPT_READS = 2


def ask(dashboard: Dashboard, path: str, etag: str | None = None, **call: Any) -> TestResponse:
    headers = {} if etag is None else {"If-None-Match": etag}
    return dashboard.call(path, headers=headers, **call)


def etag_of(dashboard: Dashboard, path: str, **claims: Any) -> str:
    response = ask(dashboard, path, **claims)
    assert response.status_code == 200
    return response.headers["ETag"]


def new_order(shop: Shop) -> None:
    shop.order("bob@example.org", 5)
