"""Count sessions from the shop's events: immediately, once each, in any order of events.

An event is merged into its session, and one commit writes that and adds the difference to the
organisation's counters (see `shared.funnel.funnel`). A repeated delivery merges to the same and
writes nothing. Of two events of one session at the same time, one finds the session changed at its
commit, and merges again. Where a commit took effect although its caller got an error, the next
attempt finds no difference.

Costs one document read per event, and two writes per event with news: a session has at most a
handful of those, however many events it has.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.changes import CHANGE
from shared.firestore.commits import commit_batch, put
from shared.firestore.keys import shard_for
from shared.firestore.snapshots import Snapshot, content
from shared.funnel.codec import month_increments, session_document, stored_session
from shared.funnel.funnel import (
    FunnelDelta,
    Session,
    is_counted_at,
    is_of_the_funnel,
    shop_event,
)
from shared.kernel.clock import Clock, utc_now
from shared.kernel.keyed_hash import keyed_hash
from shared.kernel.organization_ids import valid_organization_id
from shared.kernel.retries import paced, retry_conflicts
from shared.reconciliation.ports import Organizations

MAX_WAIT_SECONDS = 2.0
"""With this many attempts still within the time that an event may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEvent:
    """An event as the shop wrote it."""

    claimed_id: str
    """The organisation, or an alias of it, that its path names."""
    event_id: str
    data: Mapping[str, object]
    created_at: datetime
    """Creation time of its document."""


class FunnelRecorder:
    """Merges events into sessions, and counts them."""

    def __init__(
        self,
        client: firestore.Client,
        organizations: Organizations,
        secret: bytes,
        *,
        shards: int,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`shards` spread the counters of each month; `secret` makes the keys of sessions."""
        self._client = client
        self._organizations = organizations
        self._secret = secret
        self._shards = shards
        self._clock = clock
        self._sleep = sleep

    def record(self, events: Iterable[RawEvent]) -> int:
        """Count events, few enough for one commit: 100; returns how many sessions were written.

        Events that are not about shopping, too old or dated ahead are skipped. Raises
        ContentionError after too many conflicts, UnreadableRulesError where the settings of the
        organisation cannot be read, and whatever Firestore raises.
        """
        by_organization: dict[str, dict[str, Session]] = {}
        now = self._clock()
        for raw in events:
            if not valid_organization_id(raw.claimed_id) or not is_of_the_funnel(raw.data):
                continue
            org_id = self._organizations.resolve(raw.claimed_id)
            settings = self._organizations.settings(org_id)
            event = shop_event(
                raw.data,
                raw.created_at,
                time_zone=settings.time_zone,
                placeholders=settings.placeholders,
            )
            if event is None or not is_counted_at(event, now):
                continue
            key = self._key(org_id, event.identity, raw)
            sessions = by_organization.setdefault(org_id, {})
            session = sessions.get(key)
            sessions[key] = session.merged(event.session) if session else event.session
        return sum(
            self._with_retries(org_id, sessions) for org_id, sessions in by_organization.items()
        )

    def _key(self, org_id: str, identity: str | None, raw: RawEvent) -> str:
        if identity is None:
            return keyed_hash(self._secret, org_id, "event", raw.claimed_id, raw.event_id)
        return keyed_hash(self._secret, org_id, "session", identity)

    def _with_retries(self, org_id: str, sessions: Mapping[str, Session]) -> int:
        return retry_conflicts(
            lambda: self._merge(org_id, sessions), sleep=self._sleep, wait=paced(MAX_WAIT_SECONDS)
        )

    def _merge(self, org_id: str, sessions: Mapping[str, Session]) -> int:
        """One read of all sessions, and one commit where any of them changes."""
        references = {
            self._client.document(paths.funnel_session(org_id, key)): key for key in sessions
        }
        batch = self._client.batch()
        delta = FunnelDelta()
        sessions_written = 0
        for snapshot in self._client.get_all(list(references)):
            news = sessions[references[snapshot.reference]]
            document = self._merged(org_id, snapshot, news, delta)
            if document is None:
                continue
            sessions_written += 1
            put(batch, snapshot.reference, document, revision=snapshot.update_time)
        if not sessions_written:
            return 0
        shard = shard_for(min(sessions), self._shards)
        for month, increments in month_increments(delta.without_zeros()):
            reference = self._client.document(paths.funnel_month_shard(org_id, month, shard))
            batch.set(reference, increments | CHANGE, merge=True)
        commit_batch(batch)
        return sessions_written

    def _merged(
        self, org_id: str, snapshot: Snapshot, news: Session, delta: FunnelDelta
    ) -> dict[str, Any] | None:
        """Return the session to write, None if it is unchanged; adds the difference to `delta`."""
        before: Session | None = None
        day: date | None = None
        if snapshot.exists:
            before, day = stored_session(content(snapshot))
            delta.add(before, day, -1)
        after = before.merged(news) if before else news
        # A change of the time zone moves nothing that is counted already.
        if after.began_at is not None and (before is None or after.began_at != before.began_at):
            day = after.began_at.astimezone(self._time_zone(org_id)).date()
        delta.add(after, day, 1)
        return None if after == before else session_document(after, day)

    def _time_zone(self, org_id: str) -> ZoneInfo:
        return self._organizations.settings(org_id).time_zone
