"""Changes of an organisation's rules, each in one atomic commit.

A change reads what it depends on, decides, and writes with preconditions on what it read; the
second of two writers reads again. Every change gives the rules a new revision and asks for the
evaluation of all customers under them, in the same commit: no rule goes unevaluated, and no
evaluation lacks its rules.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from google.cloud import firestore

from shared.firestore import changes, paths
from shared.firestore.commits import commit_batch, put, remove
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.kernel.clock import Clock, utc_now
from shared.kernel.retries import retry_conflicts
from shared.organizations.directory_store import LOYALTY_FIELDS
from shared.organizations.rules_codec import rules_document, stored_rules
from shared.organizations.settings import StoredRules
from shared.predictions.model import PublishedModel
from shared.reconciliation.reclassification import Reclassification, after_change
from shared.reconciliation.stores.reclassification_store import (
    reclassification,
    reclassification_document,
)
from shared.rules.custom_segment_codec import custom_segment, custom_segment_document
from shared.rules.threshold_version_codec import threshold_version, threshold_version_document
from shared.segments.custom_segment import CustomSegment
from shared.segments.threshold_version import ThresholdSource, ThresholdVersion
from shared.segments.thresholds import (
    STORED_MAP,
    STORED_NAMES,
    SettingProblem,
    Thresholds,
    named_thresholds,
    stored_values,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRules:
    """The rules in force as they are stored, whether or not any were ever saved."""

    rules: StoredRules
    saved: bool
    """False if the thresholds are the loyalty settings' or the defaults, under revision 0."""
    pending: Thresholds | None
    """Thresholds in the loyalty settings that are still to be taken over."""


class SegmentRulesStore:
    """Reads and changes the rules of one organisation."""

    def __init__(
        self,
        client: firestore.Client,
        org_id: str,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._org_id = org_id
        self._clock = clock
        self._sleep = sleep
        self._rules = client.document(paths.segment_rules(org_id))
        self._loyalty = client.document(paths.loyalty_settings(org_id))
        self._work = client.document(paths.reclassification(org_id))

    def current(self) -> SavedRules:
        """The rules in force: two reads."""
        snapshots = self._read([])
        return _saved_rules(snapshots[self._rules], snapshots[self._loyalty])

    def versions(self, *, limit: int, before: int | None = None) -> list[ThresholdVersion]:
        """Saved versions of the thresholds, newest first: one query of at most `limit` reads."""
        query = self._client.collection(paths.threshold_versions(self._org_id)).order_by(
            "number", direction=firestore.Query.DESCENDING
        )
        if before is not None:
            query = query.start_after([before])
        return [threshold_version(content(s)) for s in query.limit(limit).stream(**READ_LIMITS)]

    def version(self, number: int) -> ThresholdVersion | None:
        """One saved version: one read."""
        path = paths.threshold_version(self._org_id, number)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return threshold_version(content(snapshot)) if snapshot.exists else None

    def custom_segments(self) -> list[CustomSegment]:
        """All custom segments by name: one read each."""
        collection = self._client.collection(paths.custom_segments(self._org_id))
        segments = [custom_segment(content(s)) for s in collection.stream(**READ_LIMITS)]
        return sorted(segments, key=lambda segment: (segment.name.casefold(), segment.id))

    def custom_segment(self, segment_id: str) -> CustomSegment | None:
        """One custom segment: one read."""
        path = paths.custom_segment(self._org_id, segment_id)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return custom_segment(content(snapshot)) if snapshot.exists else None

    def thresholds_saved_at(self, number: int) -> datetime | None:
        """Return when a version of the thresholds was saved; None for 0. One read, or none."""
        if number == 0:
            return None
        snapshot = self._client.document(paths.threshold_version(self._org_id, number)).get(
            ["saved_at"], **READ_LIMITS
        )
        return plain_instant(snapshot.get("saved_at")) if snapshot.exists else None

    def reclassification(self) -> Reclassification | None:
        """Return the progress of evaluating customers under changed rules; None if they never
        changed: one read."""
        snapshot = self._work.get(**READ_LIMITS)
        return reclassification(content(snapshot)) if snapshot.exists else None

    def save_thresholds(
        self,
        thresholds: Thresholds,
        *,
        by: str | None,
        source: ThresholdSource,
        rolled_back_to: int | None = None,
        check: Callable[[SavedRules], None] = lambda saved: None,
    ) -> StoredRules:
        """Put thresholds in force; returns the rules then in force. Equal ones change nothing.

        `check` sees the rules being replaced and may raise. Nothing is written if it does.
        """

        def change(batch: firestore.WriteBatch, snapshots: Mapping[Any, Snapshot]) -> StoredRules:
            saved_rules = _saved_rules(snapshots[self._rules], snapshots[self._loyalty])
            check(saved_rules)
            before, now = saved_rules.rules, self._clock()
            if (
                saved_rules.saved
                and thresholds == before.thresholds
                and saved_rules.pending is None
            ):
                return before
            after = replace(
                before,
                revision=before.revision + 1,
                thresholds=thresholds,
                thresholds_number=before.thresholds_number + 1,
            )
            # What the dashboard has written over by itself is not known any more.
            if before.thresholds_number == 0 and (saved_rules.saved or source is not _BY_DASHBOARD):
                self._add_version(
                    batch,
                    ThresholdVersion(
                        number=0,
                        thresholds=before.thresholds,
                        saved_at=now,
                        saved_by=None,
                        source=ThresholdSource.INITIAL,
                    ),
                )
            self._add_version(
                batch,
                ThresholdVersion(
                    number=after.thresholds_number,
                    thresholds=thresholds,
                    saved_at=now,
                    saved_by=by,
                    source=source,
                    rolled_back_to=rolled_back_to,
                ),
            )
            _put(
                batch, snapshots[self._loyalty], _loyalty_with(snapshots[self._loyalty], thresholds)
            )
            self._put_in_force(batch, snapshots, after, now)
            return after

        return self._commit([], change)

    def take_over_loyalty_settings(self) -> SettingProblem | None:
        """Put the dashboard's new values of the loyalty settings in force.

        Returns the problem if they are invalid: then nothing changes. Settings without any
        threshold are ignored.
        """
        thresholds = named_thresholds(content(self._read([])[self._loyalty]))
        if isinstance(thresholds, SettingProblem):
            return thresholds
        if thresholds is not None:
            self.save_thresholds(thresholds, by=None, source=ThresholdSource.DASHBOARD)
        return None

    def publish_model(
        self, decide: Callable[[PublishedModel | None], PublishedModel | None]
    ) -> StoredRules:
        """Apply `decide` to the model in force and publish the result; an equal one changes
        nothing.

        All customers are evaluated under it, as under any change of rules: each costs a read and a
        write.
        """

        def change(batch: firestore.WriteBatch, snapshots: Mapping[Any, Snapshot]) -> StoredRules:
            before = _saved_rules(snapshots[self._rules], snapshots[self._loyalty]).rules
            model = decide(before.model)
            if model == before.model:
                return before
            after = replace(before, revision=before.revision + 1, model=model)
            self._put_in_force(batch, snapshots, after, self._clock())
            return after

        return self._commit([], change)

    def change_custom_segment(
        self,
        segment_id: str,
        decide: Callable[[StoredRules, CustomSegment | None, datetime], CustomSegment | None],
    ) -> CustomSegment | None:
        """Apply `decide` to one custom segment and store the result; None deletes it.

        `decide` gets the rules in force, the segment as stored and the instant of the change. It
        may raise, or return its argument: then nothing is written.
        """
        reference = self._client.document(paths.custom_segment(self._org_id, segment_id))

        def change(
            batch: firestore.WriteBatch, snapshots: Mapping[Any, Snapshot]
        ) -> CustomSegment | None:
            rules = _saved_rules(snapshots[self._rules], snapshots[self._loyalty]).rules
            stored, now = snapshots[reference], self._clock()
            before = custom_segment(content(stored)) if stored.exists else None
            after = decide(rules, before, now)
            in_force = after is not None and rules.definitions.get(segment_id) == after.definition
            if after == before and (after is None or in_force):
                return before
            if after and in_force:
                # A name moves nobody.
                _put(batch, stored, custom_segment_document(after, self._org_id))
                return after
            definitions = dict(rules.definitions)
            revision = rules.revision + 1
            if after is None:
                definitions.pop(segment_id, None)
                remove(batch, reference, revision=stored.update_time)
            else:
                after = replace(after, rules_revision=revision)
                definitions[segment_id] = after.definition
                _put(batch, stored, custom_segment_document(after, self._org_id))
            new_rules = replace(rules, revision=revision, definitions=definitions)
            self._put_in_force(batch, snapshots, new_rules, now)
            return after

        return self._commit([reference], change)

    def _put_in_force(
        self,
        batch: firestore.WriteBatch,
        snapshots: Mapping[Any, Snapshot],
        rules: StoredRules,
        now: datetime,
    ) -> None:
        _put(batch, snapshots[self._rules], rules_document(rules, now))
        stored = snapshots[self._work]
        work = reclassification(content(stored)) if stored.exists else None
        work = after_change(work, self._org_id, rules.revision, now)
        _put(batch, stored, reclassification_document(work))
        batch.set(changes.pages(self._client, self._org_id), changes.CHANGE, merge=True)

    def _add_version(self, batch: firestore.WriteBatch, version: ThresholdVersion) -> None:
        path = paths.threshold_version(self._org_id, version.number)
        batch.set(self._client.document(path), threshold_version_document(version))

    def _read(self, others: Sequence[firestore.DocumentReference]) -> dict[Any, Snapshot]:
        own = [self._rules, *others]
        try:
            snapshots = list(self._client.get_all([*own, self._loyalty], **READ_LIMITS))
        except ValueError:
            # The shop keeps more in its settings than thresholds, also what cannot be decoded.
            loyalty = self._loyalty.get(LOYALTY_FIELDS, **READ_LIMITS)
            snapshots = [*self._client.get_all(own, **READ_LIMITS), loyalty]
        return {snapshot.reference: snapshot for snapshot in snapshots}

    def _commit(
        self,
        others: Sequence[firestore.DocumentReference],
        change: Callable[[firestore.WriteBatch, Mapping[Any, Snapshot]], T],
    ) -> T:
        def attempt() -> T:
            batch = self._client.batch()
            result = change(batch, self._read([*others, self._work]))
            if len(batch):
                commit_batch(batch)
            return result

        return retry_conflicts(attempt, sleep=self._sleep, what="a change of rules")


_GONE = firestore.DELETE_FIELD
_BY_DASHBOARD = ThresholdSource.DASHBOARD


def _put(batch: firestore.WriteBatch, stored: Snapshot, fields: dict[str, Any]) -> None:
    """Write fields over a document under its revision."""
    put(batch, stored.reference, fields, revision=stored.update_time)


def _saved_rules(rules: Snapshot, loyalty: Snapshot) -> SavedRules:
    thresholds = named_thresholds(content(loyalty))
    if isinstance(thresholds, SettingProblem):
        thresholds = None
    if not rules.exists:
        initial = StoredRules(
            revision=0,
            thresholds=thresholds or Thresholds(),
            thresholds_number=0,
            definitions={},
        )
        return SavedRules(rules=initial, saved=False, pending=None)
    stored = stored_rules(content(rules))
    pending = thresholds if thresholds is not None and thresholds != stored.thresholds else None
    return SavedRules(rules=stored, saved=True, pending=pending)


def _loyalty_with(loyalty: Snapshot, thresholds: Thresholds) -> dict[str, Any]:
    """The map of thresholds, with other entries left as they are, and no literal dotted fields.

    Those would win over the map.
    """
    settings = content(loyalty)
    stored_map = settings.get(STORED_MAP)
    current = stored_map if isinstance(stored_map, dict) else {}
    fields: dict[str, Any] = {STORED_MAP: {**current, **stored_values(thresholds)}}
    for name in STORED_NAMES:
        if f"{STORED_MAP}.{name}" in settings:
            fields[f"`{STORED_MAP}.{name}`"] = _GONE
    return fields
