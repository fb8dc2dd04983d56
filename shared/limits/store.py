"""Token buckets that hold across instances: a document each, changed by compare-and-set.

A call takes from the bucket of its account and from that of the organisation that it is about, both
or neither. A document has one field, the instant at which its bucket is full again; after that it
says nothing, and the platform deletes it. Ids are keyed hashes.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot
from shared.firestore.values import plain_instant
from shared.kernel import logs
from shared.kernel.keyed_hash import keyed_hash
from shared.kernel.rate_limit import RateLimit
from shared.kernel.retries import retry_conflicts
from shared.kernel.settings import Settings
from shared.limits.token_bucket import CallKind, Outcome, Scope, take

FULL_AT = "full_at"
MAX_ATTEMPTS = 10
_LONGEST_WAIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bucket:
    scope: Scope
    path: str
    limit: RateLimit


class RateLimiter:
    """Limits the calls of every account and organisation."""

    def __init__(
        self,
        client: firestore.Client,
        secret: bytes,
        settings: Settings,
        *,
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._secret = secret
        self._sleep = sleep
        self._limits = {
            CallKind.SCAN: (settings.scans_per_account, settings.scans_per_organization),
            CallKind.CHANGE: (settings.changes_per_account, settings.changes_per_organization),
            CallKind.REFRESH: (None, settings.refreshes_per_organization),
            CallKind.WORDING: (None, settings.wordings_per_organization),
        }

    def take(
        self, kind: CallKind, *, account: str, org_id: str, now: datetime
    ) -> Mapping[Scope, Outcome]:
        """One call's try at its buckets; without those whose limits are off.

        If any refuses, nothing is taken. Costs one read per bucket, and one write per bucket where
        the call is allowed. Raises ContentionError, or what Firestore raises: then nobody knows
        whether the call is one too many, and it must not be let through.
        """
        buckets = self._buckets(kind, account, org_id)
        if not buckets:
            return {}
        return retry_conflicts(
            lambda: self._take(buckets, now),
            attempts=MAX_ATTEMPTS,
            sleep=self._sleep,
            wait=_wait_seconds,
            what="a rate limit",
        )

    def _take(self, buckets: Sequence[_Bucket], now: datetime) -> Mapping[Scope, Outcome]:
        stored = self._stored(buckets)
        tries = [
            take(_full_at(each, now, bucket.limit), bucket.limit, now)
            for bucket, each in zip(buckets, stored, strict=True)
        ]
        if all(each.allowed for each in tries):
            self._put(stored, tries)
        return {bucket.scope: each for bucket, each in zip(buckets, tries, strict=True)}

    def _buckets(self, kind: CallKind, account: str, org_id: str) -> list[_Bucket]:
        of_account, of_organization = self._limits[kind]
        bucket_paths = (
            (Scope.ACCOUNT, account, of_account),
            (Scope.ORGANIZATION, org_id, of_organization),
        )
        return [
            _Bucket(
                scope=scope,
                path=paths.rate_limit(keyed_hash(self._secret, kind, scope, id)),
                limit=limit,
            )
            for scope, id, limit in bucket_paths
            if limit is not None
        ]

    def _stored(self, buckets: Sequence[_Bucket]) -> list[Snapshot]:
        references = [self._client.document(bucket.path) for bucket in buckets]
        snapshots = {
            each.reference: each for each in self._client.get_all(references, **READ_LIMITS)
        }
        return [snapshots[reference] for reference in references]

    def _put(self, stored: Sequence[Snapshot], tries: Sequence[Outcome]) -> None:
        batch = self._client.batch()
        for snapshot, outcome in zip(stored, tries, strict=True):
            fields = {FULL_AT: outcome.full_at}
            put(batch, snapshot.reference, fields, revision=snapshot.update_time)
        commit_batch(batch, **READ_LIMITS)


def _wait_seconds(attempt: int, took_seconds: float) -> float:
    """Return the delay before the next attempt; short, as a caller waits meanwhile."""
    return random.uniform(0, min(_LONGEST_WAIT_SECONDS, 0.01 * 2**attempt))


def _full_at(stored: Snapshot, now: datetime, limit: RateLimit) -> datetime | None:
    if not stored.exists:
        return None
    full_at = (stored.to_dict() or {}).get(FULL_AT)
    if isinstance(full_at, datetime):
        return plain_instant(full_at)
    # Whoever damaged it must not have opened the gate: empty, which is over by itself.
    logs.rate_limit_unreadable(stored.reference.path)
    return now + limit.burst * limit.interval
