"""The alias table and the organisations' settings, cached for a short time."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from google.cloud import firestore
from google.cloud.firestore_v1.field_path import FieldPath

from shared.firestore import paths
from shared.firestore.document_size import stored_bytes
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.kernel import logs
from shared.kernel.clock import Clock, utc_now
from shared.kernel.errors import DefinitionError, UnreadableRulesError
from shared.kernel.organization_ids import valid_organization_id
from shared.kernel.timed_cache import TimedCache
from shared.organizations.rules_codec import definitions_length, stored_rules
from shared.organizations.settings import (
    BUDTENDERS_MAY_READ_ALL,
    CHURN_HORIZON_DAYS,
    CLAUDE_WORDING,
    EMAIL_CONSENT,
    OrganizationSettings,
    organization_settings,
)
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import STORED_MAP, STORED_NAMES

MAX_ALIASES = 20_000
MAX_SETTINGS_BYTES = 100_000_000
"""Memory limit for cached settings with their compiled rules: an instance has 512 MB."""
SETTINGS_BYTES = 5_000
"""Least memory of an organisation's settings: so at most 20,000 are cached."""
BYTES_PER_CHARACTER = 22
"""Most memory of compiled definitions per character of their JSON."""
LOYALTY_FIELDS = (
    STORED_MAP,
    *(FieldPath(f"{STORED_MAP}.{name}").to_api_repr() for name in STORED_NAMES),
)
ANALYTICS_FIELDS = (
    "timeZone",
    "placeholders",
    "maxOrderAmount",
    "webOrdersCount",
    BUDTENDERS_MAY_READ_ALL,
    "currency",
    CLAUDE_WORDING,
    CHURN_HORIZON_DAYS,
    EMAIL_CONSENT,
)
UNREADABLE = object()
"""Placeholder for a setting that cannot be decoded: a value of no valid type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _CacheEntry:
    settings: OrganizationSettings
    rules_version: object
    """Time of the last write of the rules; None if there are none."""
    bytes: int
    """About what all this takes in memory."""


class OrganizationDirectory:
    """See `shared.reconciliation.ports.Organizations`.

    Raises UnreadableRulesError if the rules of an organisation are damaged.

    Costs one read per id and three per organisation and refresh interval; nothing in between.
    """

    def __init__(
        self, client: firestore.Client, *, refresh_seconds: float, clock: Clock = utc_now
    ) -> None:
        self._client = client
        keep = timedelta(seconds=refresh_seconds)
        self._aliases = TimedCache(self._load_alias, keep, clock, max_cost=MAX_ALIASES)
        self._settings = TimedCache(
            self._load_settings,
            keep,
            clock,
            max_cost=MAX_SETTINGS_BYTES,
            cost=lambda loaded: loaded.bytes,
        )

    def resolve(self, claimed_id: str) -> str:
        """Return the organisation of an id on an order; the id itself if it is no alias."""
        return self._aliases.get(claimed_id)

    def settings(self, org_id: str) -> OrganizationSettings:
        """Settings in force; at most as old as the refresh interval."""
        return self._settings.get(org_id).settings

    def refreshed(self, org_id: str) -> OrganizationSettings:
        """Settings in force, read now and kept from then on."""
        return self._settings.load(org_id).settings

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

    def _load_settings(self, org_id: str) -> _CacheEntry:
        loyalty = self._client.document(paths.loyalty_settings(org_id))
        analytics = self._client.document(paths.analytics_settings(org_id))
        rules = self._client.document(paths.segment_rules(org_id))
        snapshots = decodable(self._client, [loyalty, analytics, rules], **READ_LIMITS)
        if rules not in snapshots:
            logs.rules_unreadable(rules.path)
            raise UnreadableRulesError("The stored rules cannot be decoded.")
        stored = snapshots[rules]
        analytics_fields = self._stored(snapshots.get(analytics), analytics, ANALYTICS_FIELDS)
        settings = organization_settings(
            org_id,
            self._stored(snapshots.get(loyalty), loyalty, LOYALTY_FIELDS),
            analytics_fields,
            partial(self._compiled_rules, stored, self._settings.peek(org_id))
            if stored.exists
            else None,
        )
        for problem in settings.problems:
            logs.setting_invalid(org_id, problem.field)
        placeholders = (analytics_fields or {}).get("placeholders")
        characters = stored_bytes(placeholders) if placeholders else 0
        if stored.exists:
            characters += definitions_length(content(stored))
        return _CacheEntry(
            settings=settings,
            rules_version=stored.update_time,
            bytes=SETTINGS_BYTES + BYTES_PER_CHARACTER * characters,
        )

    def _stored(
        self,
        snapshot: Snapshot | None,
        reference: firestore.DocumentReference,
        fields: Sequence[str],
    ) -> Mapping[str, object] | None:
        """Return the stored settings; of an undecodable document, its fields one by one."""
        if snapshot is not None:
            return snapshot.to_dict()
        stored: dict[str, object] = {}
        for field in fields:
            part = decodable(self._client, [reference], [field], **READ_LIMITS).get(reference)
            stored |= content(part) if part else {field: UNREADABLE}
        return stored

    def _compiled_rules(
        self, stored: Snapshot, cached_entry: _CacheEntry | None, time_zone: ZoneInfo
    ) -> SegmentRules:
        """Return the compiled rules, made once per version of the document while cached."""
        if (
            cached_entry
            and cached_entry.rules_version == stored.update_time
            and cached_entry.settings.time_zone.key == time_zone.key
        ):
            return cached_entry.settings.rules
        return self._readable_rules(stored, time_zone)

    def _readable_rules(self, stored: Snapshot, time_zone: ZoneInfo) -> SegmentRules:
        try:
            return stored_rules(content(stored)).compiled(time_zone)
        except (DefinitionError, KeyError, TypeError, ValueError, zlib.error) as error:
            logs.rules_unreadable(stored.reference.path)
            raise UnreadableRulesError("The stored rules are damaged.") from error
