"""Buckets that cannot be read, are damaged, or are kept from browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from shared.firestore import paths
from shared.limits.store import MAX_ATTEMPTS
from shared.services import Services
from tests.contract.documents import ROOT
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.metered import Before, failing, metered
from tests.support.shop import NOW, Shop
from tests.web.limits.limited_calls import CREATE, PREVIEW, Call, call, limited


@contextmanager
def broken(client: firestore.Client, method: str) -> Iterator[None]:
    def plan(called: str, number: int) -> Before | None:
        return Before(exceptions.ServiceUnavailable("away")) if called == method else None

    with failing(client, plan):
        yield


@pytest.mark.parametrize("method", ["batch_get_documents", "commit"])
@pytest.mark.parametrize("what", [PREVIEW, CREATE], ids=["scan", "change"])
def test_limits_that_cannot_be_read_or_written_let_nobody_through(
    services: Services, shop: Shop, firestore_client: firestore.Client, method: str, what: Call
) -> None:
    shop.order()
    limiters = firestore.Client(project=firestore_client.project)
    dashboard = Dashboard(limited(services, limiters), firestore_client.project)

    with broken(limiters, method), metered(firestore_client) as meter:
        refused = call(dashboard, what)

    assert_problem(refused, 503, "temporarily-unavailable")
    assert refused.headers["Retry-After"] == "10"
    assert meter.documents_written == 0
    assert not [query for query in meter.queries if query.collection == paths.CUSTOMERS]
    limiters.close()


def test_a_bucket_that_others_keep_changing_is_given_up(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    tries = []

    def conflict(method: str, number: int) -> Before | None:
        if method != "commit":
            return None
        tries.append(number)
        return Before(exceptions.FailedPrecondition("changed"))

    with failing(firestore_client, conflict):
        assert_problem(call(dashboard, PREVIEW), 503, "temporarily-unavailable")
    assert len(tries) == MAX_ATTEMPTS


@pytest.mark.parametrize("damage", ["soon", None, 5, {"a": 1}])
def test_a_damaged_bucket_is_closed_for_a_while_and_logged(
    dashboard: Dashboard,
    firestore_client: firestore.Client,
    caplog: pytest.LogCaptureFixture,
    damage: Any,
) -> None:
    call(dashboard, PREVIEW)
    for stored in firestore_client.collection(paths.RATE_LIMITS).stream():
        stored.reference.set({"full_at": damage})

    with caplog.at_level("ERROR", "segments"):
        assert call(dashboard, PREVIEW).status_code == 429
    assert "rate_limit_unreadable" in caplog.text


def test_a_bucket_that_is_said_to_be_full_in_the_far_future_opens_as_any_other(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    call(dashboard, PREVIEW)
    for stored in firestore_client.collection(paths.RATE_LIMITS).stream():
        stored.reference.set({"full_at": datetime(3000, 1, 1, tzinfo=NOW.tzinfo)})
    assert call(dashboard, PREVIEW).headers["Retry-After"] == "10"


def test_no_browser_reads_or_writes_a_bucket() -> None:
    assert paths.RATE_LIMITS not in (ROOT / "firestore.rules").read_text()
