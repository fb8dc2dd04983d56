"""Measurements of campaigns: what a night is asked about, and what it found, kept and read."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.campaigns.campaign import CampaignStatus
from shared.campaigns.performance.lift_question import NAME
from shared.campaigns.performance.measurement import (
    ASKED_DAYS,
    MOST_CAMPAIGNS,
    RESTATED_DAYS,
    Measurement,
    MeasurementState,
    followed,
)
from shared.campaigns.performance.measurement_fields import measurement_fields, measurement_from
from shared.campaigns.performance.members_store import LOADED
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.firestore.values import optional_instant
from shared.kernel import logs
from shared.nightly.compute import Results
from shared.nightly.question import AskedCampaign
from shared.nightly.result import Attempt, Result, ResultState
from shared.nightly.result_store import ResultReader

MOST_KEPT = 1_000
"""Measurements that a result keeps: those of the campaigns sent last."""


def asked_campaigns(
    client: firestore.Client, org_id: str, now: datetime
) -> tuple[AskedCampaign, ...] | None:
    """Campaigns that were sent and that a night asks about; None if they cannot be read.

    Those created in the last ASKED_DAYS days and sent in the last RESTATED_DAYS. One read for each
    of the first kind, and at least one.
    """
    try:
        query = (
            client.collection(paths.campaigns(org_id))
            .where(filter=FieldFilter("created_at", ">=", now - timedelta(days=ASKED_DAYS)))
            .order_by("created_at", direction=firestore.Query.DESCENDING)
            .limit(MOST_CAMPAIGNS)
        )
        campaigns = []
        for snapshot in query.stream(**READ_LIMITS):
            document = content(snapshot)
            sent_at = optional_instant(document["sent_at"])
            if document["status"] != CampaignStatus.SENT.value or sent_at is None:
                continue
            if sent_at < now - timedelta(days=RESTATED_DAYS):
                continue
            campaigns.append(
                AskedCampaign(
                    id=snapshot.id,
                    generation=document["generation"],
                    goal=document["goal"],
                    window_days=document["window_days"],
                    sent_at=sent_at,
                    members_loaded=document.get(LOADED) == document["generation"],
                )
            )
    except Exception:
        # A damaged campaign does not block other results of the organisation.
        logs.campaigns_not_asked(org_id)
        return None
    return tuple(campaigns)


class LiftResults:
    """Publishes results as another does, those of campaigns together with what is kept of them.

    See `shared.nightly.compute.Results`.
    """

    def __init__(
        self,
        client: firestore.Client,
        results: Results,
        state: Callable[[str, str], ResultState | None],
    ) -> None:
        self._client = client
        self._results = results
        self._state = state
        self.outdated = results.outdated
        self.fail_all = results.fail_all
        self.invalidate = results.invalidate

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result; of campaigns, costs a read per chunk of the last."""
        if result.name == NAME:
            result = self._followed(org_id, result)
        self._results.publish(org_id, result, attempt, source_rows)

    def _followed(self, org_id: str, result: Result) -> Result:
        by_campaign = {each.campaign_id: each for each in self._before(org_id)}
        for entry in result.entries:
            now = measurement_from(entry)
            before = by_campaign.get(now.campaign_id)
            by_campaign[now.campaign_id] = now if before is None else followed(before, now)
        latest = sorted(by_campaign.values(), key=lambda each: each.sent_at, reverse=True)[
            :MOST_KEPT
        ]
        return replace(
            result,
            entries=[
                measurement_fields(each)
                for each in sorted(latest, key=lambda each: each.campaign_id)
            ],
        )

    def _before(self, org_id: str) -> Iterable[Measurement]:
        state = self._state(org_id, NAME)
        if state is None or state.computed_at is None:
            return []
        return map(measurement_from, ResultReader(self._client, org_id).entries(state))


class Measurements:
    """Reads the measurements of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._results = ResultReader(client, org_id)

    def state(self) -> ResultState | None:
        """Return the state of the result of all campaigns: one read."""
        return self._results.state(NAME)

    def one(self, state: ResultState | None, campaign_id: str) -> Measurement | None:
        """The measurement of a campaign: at most one read."""
        measurements = self._of(state, campaign_id, campaign_id)
        return measurements[0] if measurements else None

    def all(self, state: ResultState | None) -> list[Measurement]:
        """All of them, by id of the campaign: one read per 600 kB."""
        return self._of(state, None, None)

    def of_goal(self, goal: str) -> list[Measurement]:
        """Final ones of measurable campaigns for a goal: one read, and one per 600 kB."""
        return [
            each
            for each in self.all(self.state())
            if each.goal == goal
            and each.state is MeasurementState.FINAL
            and each.revenue.reason is None
        ]

    def _of(
        self, state: ResultState | None, first: str | None, last: str | None
    ) -> list[Measurement]:
        if state is None or state.computed_at is None:
            return []
        entries = self._results.entries(state, first_key=first, last_key=last)
        return list(map(measurement_from, entries))
