"""The dashboard's listener over a connection that comes late."""

import json

import pytest

from tests.dashboard.npm import npm
from tests.support.shop import ORG, Shop


@pytest.mark.parametrize(("organization", "customers"), [(ORG, {"new": 1}), ("org_new", {})])
def test_counts_are_live_once_a_late_connection_is_there(
    shop: Shop,
    project_id: str,
    firestore_emulator: str,
    organization: str,
    customers: dict[str, int],
) -> None:
    """The SDK begins with its empty cache, and where the server has the same, changes no more than
    the snapshot's metadata: the page was never live.
    """
    shop.order(total=600)
    host, _, port = firestore_emulator.rpartition(":")
    listen = {
        "project": project_id,
        "host": host,
        "port": int(port),
        "organization": organization,
        "claims": {"role": "brand", "orgId": organization},
    }
    segments = json.loads(npm("late", LISTEN=json.dumps(listen)))
    assert {segment: counts["customers"] for segment, counts in segments.items()} == customers
