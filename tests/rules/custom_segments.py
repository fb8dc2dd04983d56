"""Custom segments over HTTP: created, reclassified and read."""

from datetime import timedelta
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.shop import NOW, ORG

PATH = "/v1/custom-segments"
SPENDERS = {"all": [{"field": "totalSpent", "operator": "at_least", "value": 100}]}


def create(dashboard: Dashboard, definition: Any = None, **more: Any) -> Any:
    """Create one; gives the answer."""
    claims = {name: more.pop(name) for name in ("uid", "orgId", "role") if name in more}
    headers = more.pop("headers", None)
    form = {"definition": definition} if definition is not None else {}
    return dashboard.call(
        PATH, method="POST", json={"name": "Mine", **form, **more}, headers=headers, **claims
    )


def created(dashboard: Dashboard, definition: Any = None, **more: Any) -> str:
    """Create one; gives its id."""
    answer = create(dashboard, definition, **more)
    assert answer.status_code == 201, answer.text
    id: str = answer.json["id"]
    return id


def reclassify(services: Services, org: str = ORG) -> None:
    services.reclassifier().run(org, NOW + timedelta(minutes=5))


def members(client: firestore.Client, segment_id: str, org: str = ORG) -> set[str]:
    query = client.collection(paths.customers(org)).where(
        filter=firestore.FieldFilter("custom_segments", "array_contains", segment_id)
    )
    return {snapshot.id for snapshot in query.stream()}
