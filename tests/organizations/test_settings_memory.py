"""Memory of the organisations' settings in an instance."""

import json
import tracemalloc
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.clock import utc_now
from shared.organizations import directory_store as organization_directory
from shared.organizations.directory_store import (
    BYTES_PER_CHARACTER,
    MAX_SETTINGS_BYTES,
    SETTINGS_BYTES,
    OrganizationDirectory,
)
from shared.organizations.rules_codec import definitions_length, rules_document
from shared.organizations.settings import StoredRules
from shared.segments.conditions.nodes import Node
from shared.segments.conditions.parse import definition_json, parse_definition
from shared.segments.thresholds import Thresholds
from tests.benchmarks.definitions import definitions


def twenty() -> Mapping[str, Node]:
    return definitions(20, 5)


def rules(custom: Mapping[str, Node] | None = None) -> StoredRules:
    return StoredRules(
        revision=1,
        thresholds=Thresholds(),
        thresholds_number=1,
        definitions=twenty() if custom is None else custom,
    )


def test_compiled_rules_are_bounded_by_what_they_take_not_by_how_many_there_are(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules of 20,000 organisations were kept: 579 MB at 4,000 with 20 segments each."""
    document = rules_document(rules(), utc_now())
    each = SETTINGS_BYTES + BYTES_PER_CHARACTER * definitions_length(document)
    monkeypatch.setattr(organization_directory, "MAX_SETTINGS_BYTES", 5 * each)
    directory = OrganizationDirectory(firestore_client, refresh_seconds=3600)
    orgs = [f"org_{number}" for number in range(12)]
    for org in orgs:
        firestore_client.document(paths.segment_rules(org)).set(document)
        assert directory.settings(org).rules.custom.ids == tuple(sorted(twenty()))

    kept = directory._settings
    assert len(kept) == 5
    assert kept.total_cost == 5 * each
    assert [org for org in orgs if kept.peek(org)] == orgs[-5:]


def test_settings_without_rules_are_bounded_by_their_number() -> None:
    assert MAX_SETTINGS_BYTES // SETTINGS_BYTES == 20_000


def test_rules_are_put_to_work_once_for_each_version(firestore_client: firestore.Client) -> None:
    reference = firestore_client.document(paths.segment_rules("org_north"))
    reference.set(rules_document(rules(), utc_now()))
    directory = OrganizationDirectory(firestore_client, refresh_seconds=0)
    first = directory.settings("org_north").rules

    assert directory.settings("org_north").rules is first
    firestore_client.document(paths.analytics_settings("org_north")).set({"timeZone": "Asia/Tokyo"})
    in_tokyo = directory.settings("org_north").rules
    assert in_tokyo is not first
    reference.set(rules_document(rules({}), utc_now()))
    assert directory.settings("org_north").rules is not in_tokyo


def many_values() -> Mapping[str, Node]:
    values = {"field": "product", "operator": "in", "value": [f"p{n}" for n in range(90)]}
    return {f"cs_{number}": parse_definition(values) for number in range(20)}


@pytest.mark.parametrize(
    "custom",
    [lambda: definitions(20, 1), twenty, lambda: definitions(20, 40), many_values],
    ids=["short", "ordinary", "long", "values"],
)
def test_compiled_rules_take_no_more_than_estimated(
    custom: Callable[[], Mapping[str, Node]],
) -> None:
    trees = json.dumps({id: definition_json(node) for id, node in custom().items()})

    def compiled() -> object:
        parsed = {id: parse_definition(tree) for id, tree in json.loads(trees).items()}
        return rules(parsed).compiled(ZoneInfo("UTC"))

    compiled()  # whatever is made once, whoever asks
    tracemalloc.start()
    try:
        kept = [compiled() for _ in range(5)]
        taken = tracemalloc.get_traced_memory()[0] / len(kept)
    finally:
        tracemalloc.stop()

    estimated = SETTINGS_BYTES + BYTES_PER_CHARACTER * len(trees)
    assert estimated / 6 < taken < estimated
