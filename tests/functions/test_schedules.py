"""Scheduled functions through their real entry points: once per time, switched off, reported."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from google.cloud import firestore
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from functions import schedules
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.nightly.job_run import JobStatus
from shared.nightly.job_store import FirestoreJobs
from shared.reconciliation import ageing
from shared.services import Services
from tests.support.metered import metered

SECRET = b"a secret of at least thirty-two bytes"
DUE = datetime(2026, 3, 1, 3, tzinfo=UTC)


@pytest.fixture
def services(firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> Services:
    built = build_services(firestore_client, Settings(), SECRET)
    monkeypatch.setattr(schedules, "services", lambda: built)
    return built


def tick(function: Callable[..., Any], at: datetime) -> int:
    """Call as the scheduler does; gives the status of the answer."""
    environ = EnvironBuilder(method="POST").get_environ()
    environ["HTTP_X_CLOUDSCHEDULER_SCHEDULETIME"] = at.isoformat()
    with Flask(__name__).app_context():
        response = function(Request(environ))
    return int(response.status_code)


def status(services: Services, name: str) -> tuple[JobStatus, datetime, str | None]:
    state, _ = FirestoreJobs(services.client).load(name)
    assert state is not None
    return state.status, state.due_at, state.last_error


@pytest.fixture(params=["age_segments", "reclassify_segments", "resume_campaigns"])
def job(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_runs_once_per_scheduled_time_and_says_so(services: Services, job: str) -> None:
    function = getattr(schedules, job)
    assert tick(function, DUE) == 200
    assert status(services, job) == (JobStatus.COMPLETE, DUE, None)
    with metered(services.client) as meter:
        assert tick(function, DUE) == 200
    assert (meter.documents_read, meter.documents_written) == (1, 0)
    assert tick(function, DUE + timedelta(hours=1)) == 200
    assert status(services, job)[1] == DUE + timedelta(hours=1)


def test_a_failure_is_reported_and_tried_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("in secret detail")

    with monkeypatch.context() as patched:
        patched.setattr(ageing, "age_segments", broken)
        assert tick(schedules.age_segments, DUE) == 500
    assert status(services, "age_segments") == (JobStatus.FAILED, DUE, "ConnectionError")
    assert tick(schedules.age_segments, DUE) == 200
    assert status(services, "age_segments") == (JobStatus.COMPLETE, DUE, None)


@pytest.fixture
def switched_off(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], None]]:
    def switch(name: str) -> None:
        off = replace(services, settings=Settings.from_environment({name: "false"}))
        monkeypatch.setattr(schedules, "services", lambda: off)

    yield switch


@pytest.mark.parametrize(
    ("switch", "job", "other"),
    [
        ("COMPUTE_ENABLED", "compute_analytics", "age_segments"),
        ("COMPUTE_ENABLED", "audit", "age_segments"),
    ],
)
def test_a_job_that_is_switched_off_does_nothing_and_the_rest_goes_on(
    services: Services,
    switched_off: Callable[[str], None],
    switch: str,
    job: str,
    other: str,
) -> None:
    switched_off(switch)
    with metered(services.client) as meter:
        assert tick(getattr(schedules, job), DUE) == 200
    assert (meter.documents_read, meter.documents_written) == (0, 0)
    assert not services.client.document(paths.job(job)).get().exists
    assert tick(getattr(schedules, other), DUE) == 200
    assert status(services, other)[0] is JobStatus.COMPLETE
