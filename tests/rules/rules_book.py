"""Rules that change while orders are delivered, seen by instances that keep old ones in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from shared.organizations.settings import (
    OrganizationSettings,
    StoredRules,
    organization_settings,
)
from shared.predictions.model import PublishedModel
from shared.segments.conditions.nodes import Node
from shared.segments.conditions.parse import parse_definition
from shared.segments.thresholds import Thresholds
from tests.support.memory_store import MemoryStore
from tests.support.world import ALIASES, NOW, TIME_ZONES

Definition = Mapping[str, Any]


class RulesBook:
    """The rules of every organisation, as stored."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.thresholds = dict.fromkeys(TIME_ZONES, Thresholds())
        self.definitions: dict[str, dict[str, Definition]] = {org: {} for org in TIME_ZONES}
        self.models: dict[str, PublishedModel | None] = dict.fromkeys(TIME_ZONES)
        self._settings = {org: self._load(org, 0) for org in TIME_ZONES}

    def current(self, org_id: str) -> OrganizationSettings:
        """Return the stored settings."""
        return self._settings[org_id]

    def change(
        self,
        org_id: str,
        *,
        thresholds: Thresholds | None = None,
        definitions: Mapping[str, Definition] | None = None,
        model: PublishedModel | None = None,
    ) -> None:
        """Store other rules, and start the reclassification in the same commit."""
        if thresholds is not None:
            self.thresholds[org_id] = thresholds
        if definitions is not None:
            self.definitions[org_id] = dict(definitions)
        if model is not None:
            self.models[org_id] = model
        revision = self._settings[org_id].rules.revision + 1
        self._settings[org_id] = self._load(org_id, revision)
        self._store.start_reclassification(org_id, revision, NOW)

    def _load(self, org_id: str, revision: int) -> OrganizationSettings:
        definitions: dict[str, Node] = {
            id: parse_definition(tree) for id, tree in self.definitions[org_id].items()
        }
        return organization_settings(
            org_id,
            None,
            {"timeZone": TIME_ZONES[org_id]},
            StoredRules(
                revision=revision,
                thresholds=self.thresholds[org_id],
                thresholds_number=revision,
                definitions=definitions,
                model=self.models[org_id],
            ).compiled,
        )


class Instance:
    """One instance's view: it keeps what it has read, and only sometimes looks again by itself."""

    def __init__(self, book: RulesBook, random: Random) -> None:
        self._book = book
        self._random = random
        self._kept: dict[str, OrganizationSettings] = {}

    def resolve(self, claimed_id: str) -> str:
        return ALIASES.get(claimed_id, claimed_id)

    def settings(self, org_id: str) -> OrganizationSettings:
        if org_id not in self._kept or self._random.random() < 0.1:
            return self.refreshed(org_id)
        return self._kept[org_id]

    def forget(self) -> None:
        """Drop the cache, as if it had expired."""
        self._kept.clear()

    def refreshed(self, org_id: str) -> OrganizationSettings:
        self._kept[org_id] = self._book.current(org_id)
        return self._kept[org_id]


THRESHOLDS: Sequence[Thresholds] = (
    Thresholds(),
    replace(Thresholds(), slipping_min_days=10, at_risk_min_days=20, churned_min_days=45),
    replace(Thresholds(), vip_min_lifetime_value_cents=50_00, new_max_days=1),
    replace(Thresholds(), loyal_min_orders=3, frequent_min_orders=2, churned_min_days=365),
)
"""To choose from."""
