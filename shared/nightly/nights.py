"""Selection of the organisations for which a nightly job is due, each by its own clock."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.nightly.dispatch import DispatchOutcome
from shared.nightly.job_run import JobRun, JobStatus, claim, is_over, newest_due
from shared.nightly.job_store import FirestoreJobs
from shared.nightly.local_night import LocalNight, due_night, next_due_at
from shared.nightly.night import NOTHING_DUE, dispatch_once
from shared.nightly.night_store import BookedNight, NightBook
from shared.organizations.settings import DEFAULT_TIME_ZONE, OrganizationSettings
from shared.services import Services

AUDIT, COMPUTATION = "audit", "compute_analytics"
"""Names of the jobs."""
SETTINGS_AT_ONCE = 16
"""Organisations whose settings are read at the same time."""
ENROLMENT = time(0, tzinfo=UTC)
"""Time of day at which new organisations are enrolled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOrganization:
    """An organisation with its due night."""

    booked: BookedNight
    night: LocalNight
    settings: OrganizationSettings | None
    """None if they cannot be read. The time zone is UTC then."""

    @property
    def org_id(self) -> str:
        """The organisation."""
        return self.booked.org_id


Dispatching = Callable[[JobRun, Sequence[DueOrganization]], DispatchOutcome]
"""Enqueues the tasks of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyJob:
    """Work that is done once per organisation and night.

    A *run* is for all organisations that are due at its instant. The next call continues an
    incomplete run, and leaves organisations that become due meanwhile to the next run.
    """

    name: str
    hour: time
    """Local time of each organisation at which its night begins."""
    organizations: Callable[[Services], Collection[str]]
    """Lists them all."""
    max_failures: int | None = None
    """Calls of a run that may fail, before its organisations wait for their next night."""

    def dispatch(
        self, services: Services, now: datetime, dispatching: Dispatching, *, clock: Clock
    ) -> str:
        """Dispatch due nights; returns the outcome in a word, as `dispatch_once` does.

        Three reads where nothing is due. Otherwise, per organisation that is due, one read, three
        for its settings, and one write; and once a day two reads for every organisation.
        """
        jobs = FirestoreJobs(services.client)
        self._enrol(services, jobs, now, clock)
        state, _ = jobs.load(self.name)
        as_of = now
        if state is not None and state.status is not JobStatus.COMPLETE:
            if state.lease_until is not None and now < state.lease_until:
                return NOTHING_DUE
            if is_over(state, self.max_failures):
                self._book(services, self._due(services, state.due_at))
            else:
                as_of = state.due_at
        due = self._due(services, as_of)
        if not due and as_of != now:
            as_of, due = now, self._due(services, now)
        if not due:
            return NOTHING_DUE

        def run(run: JobRun) -> DispatchOutcome:
            outcome = dispatching(run, due)
            if outcome.complete:
                self._book(services, due)
            return outcome

        return dispatch_once(
            jobs, self.name, as_of, run, clock=clock, max_failures=self.max_failures
        )

    def _enrol(self, services: Services, jobs: FirestoreJobs, now: datetime, clock: Clock) -> None:
        run = claim(jobs, f"{self.name}_enrolment", newest_due(ENROLMENT, now), clock=clock)
        if run is None:
            return
        try:
            self._nights(services).enrol(self.organizations(services), now)
        except Exception as error:
            # Those who are in the book are not held up.
            logs.enrolment_failed(self.name)
            run.fail(type(error).__name__)
        else:
            run.complete()

    def _due(self, services: Services, as_of: datetime) -> list[DueOrganization]:
        """Return the organisations due at an instant, in the order of their ids."""
        booked = self._nights(services).due(as_of)
        settings = readable_settings(services, [each.org_id for each in booked])
        due, rescheduled = [], []
        for each, own in zip(booked, settings, strict=True):
            night = due_night(self.hour, _zone(own), as_of, each.done)
            if night is not None:
                due.append(DueOrganization(booked=each, night=night, settings=own))
            elif each.done is not None:
                rescheduled.append((each, each.done, next_due_at(self.hour, _zone(own), each.done)))
        self._nights(services).save(rescheduled)
        return sorted(due, key=lambda each: each.org_id)

    def _book(self, services: Services, due: Iterable[DueOrganization]) -> None:
        self._nights(services).save(
            (each.booked, each.night, next_due_at(self.hour, _zone(each.settings), each.night))
            for each in due
        )

    def _nights(self, services: Services) -> NightBook:
        return NightBook(services.client, self.name)


def look_again(services: Services, org_id: str, now: datetime) -> None:
    """Have the next calls check an organisation whose time zone may have changed: two writes."""
    for name in (AUDIT, COMPUTATION):
        NightBook(services.client, name).look_again(org_id, now)


def readable_settings(
    services: Services, org_ids: Iterable[str]
) -> list[OrganizationSettings | None]:
    """Return the current settings of each organisation; None if they cannot be read.

    Damaged settings of one organisation do not affect others; its own task reports them.
    """

    def read(org_id: str) -> OrganizationSettings | None:
        try:
            return services.organizations.refreshed(org_id)
        except Exception:
            logs.organization_not_asked(org_id)
            return None

    with ThreadPoolExecutor(SETTINGS_AT_ONCE) as pool:
        return list(pool.map(read, org_ids))


def _zone(settings: OrganizationSettings | None) -> ZoneInfo:
    return settings.time_zone if settings else ZoneInfo(DEFAULT_TIME_ZONE)
