"""The alias table and the organisations' settings, cached for a short time."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from google.cloud import firestore
from google.cloud.firestore_v1.field_path import FieldPath

from shared import logs
from shared.clock import Clock, utc_now
from shared.errors import DefinitionError, UnreadableRulesError
from shared.organizations.ids import valid_organization_id
from shared.organizations.settings import OrganizationSettings, organization_settings
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import STORED_MAP, STORED_NAMES
from shared.storage import paths
from shared.storage.page_reads import READ_LIMITS
from shared.storage.rules_codec import stored_rules
from shared.storage.snapshots import Snapshot, content, decodable

T = TypeVar("T")

MAX_ENTRIES = 20_000
MAX_RULES = 500
"""Rules at work may take megabytes."""
LOYALTY_FIELDS = (
    STORED_MAP,
    *(FieldPath(f"{STORED_MAP}.{name}").to_api_repr() for name in STORED_NAMES),
)
ANALYTICS_FIELDS = ("timeZone", "placeholders", "maxOrderAmount", "webOrdersCount")
UNREADABLE = object()
"""Stands for a setting that cannot be decoded: a value of no type that a setting has."""


class OrganizationDirectory:
    """See `shared.reconciliation.ports.Organizations`.

    Raises UnreadableRulesError where the rules of an organisation are damaged.

    Costs one read per id and three per organisation and refresh interval; nothing in between.
    """

    def __init__(
        self, client: firestore.Client, *, refresh_seconds: float, clock: Clock = utc_now
    ) -> None:
        self._client = client
        keep = timedelta(seconds=refresh_seconds)
        self._aliases: _Cache[str] = _Cache(self._load_alias, keep, clock)
        self._settings: _Cache[OrganizationSettings] = _Cache(self._load_settings, keep, clock)
        self._rules: dict[str, tuple[object, SegmentRules]] = {}

    def resolve(self, claimed_id: str) -> str:
        """The organisation behind an id found on an order; the id itself where it is no alias."""
        return self._aliases.get(claimed_id)

    def settings(self, org_id: str) -> OrganizationSettings:
        """Settings in force; at most as old as the refresh interval."""
        return self._settings.get(org_id)

    def refreshed(self, org_id: str) -> OrganizationSettings:
        """Settings in force, read now and kept from then on."""
        return self._settings.load(org_id)

    def _load_alias(self, claimed_id: str) -> str:
        reference = self._client.document(paths.alias(claimed_id))
        alias = decodable(self._client, [reference], ["org_id"]).get(reference)
        if alias is not None and not alias.exists:
            return claimed_id
        org_id = content(alias).get("org_id") if alias else None
        if not isinstance(org_id, str) or not valid_organization_id(org_id):
            logs.alias_invalid()
            return claimed_id
        return org_id

    def _load_settings(self, org_id: str) -> OrganizationSettings:
        loyalty = self._client.document(paths.loyalty_settings(org_id))
        analytics = self._client.document(paths.analytics_settings(org_id))
        rules = self._client.document(paths.segment_rules(org_id))
        found = decodable(self._client, [loyalty, analytics, rules], **READ_LIMITS)
        if rules not in found:
            logs.rules_unreadable(rules.path)
            raise UnreadableRulesError("The stored rules cannot be decoded.")
        settings = organization_settings(
            org_id,
            self._stored(found.get(loyalty), loyalty, LOYALTY_FIELDS),
            self._stored(found.get(analytics), analytics, ANALYTICS_FIELDS),
            partial(self._rules_at_work, found[rules]) if found[rules].exists else None,
        )
        for problem in settings.problems:
            logs.setting_invalid(org_id, problem.field)
        return settings

    def _stored(
        self,
        snapshot: Snapshot | None,
        reference: firestore.DocumentReference,
        fields: Sequence[str],
    ) -> Mapping[str, object] | None:
        """Settings as stored. Of a document that cannot be decoded, these fields."""
        if snapshot is not None:
            return snapshot.to_dict()
        stored = decodable(self._client, [reference], fields, **READ_LIMITS).get(reference)
        return stored.to_dict() if stored else dict.fromkeys(fields, UNREADABLE)

    def _rules_at_work(self, stored: Snapshot, time_zone: ZoneInfo) -> SegmentRules:
        """Made once for each version of the document."""
        path = stored.reference.path
        version, rules = self._rules.get(path, (None, None))
        if rules is None or version != (stored.update_time, time_zone.key):
            rules = self._readable_rules(stored, time_zone)
            if len(self._rules) >= MAX_RULES:
                self._rules.clear()
            self._rules[path] = (stored.update_time, time_zone.key), rules
        return rules

    def _readable_rules(self, stored: Snapshot, time_zone: ZoneInfo) -> SegmentRules:
        try:
            return stored_rules(content(stored)).at_work(time_zone)
        except (DefinitionError, KeyError, TypeError, ValueError, zlib.error) as error:
            logs.rules_unreadable(stored.reference.path)
            raise UnreadableRulesError("The stored rules are damaged.") from error


class _Cache(Generic[T]):
    """Values by key, loaded again after `keep`; emptied when it grows past `MAX_ENTRIES`."""

    def __init__(self, load: Callable[[str], T], keep: timedelta, clock: Clock) -> None:
        self._load = load
        self._keep = keep
        self._clock = clock
        self._entries: dict[str, tuple[datetime, T]] = {}
        self._lock = Lock()

    def get(self, key: str) -> T:
        now = self._clock()
        entry = self._entries.get(key)
        if entry is not None and now - entry[0] < self._keep:
            return entry[1]
        return self.load(key)

    def load(self, key: str) -> T:
        """The value anew, whatever is kept."""
        now = self._clock()
        value = self._load(key)
        with self._lock:
            if len(self._entries) >= MAX_ENTRIES:
                self._entries.clear()
            self._entries[key] = (now, value)
        return value
