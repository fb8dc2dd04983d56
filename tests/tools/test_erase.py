"""`tools.erase`: nothing in the database or the export names the person, whatever runs later."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import typer
from google.cloud import firestore

from shared.audit.audit import Auditor
from shared.audit.export.store import AuditedExport
from shared.audit.store import FirestoreAuditStore
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.firestore.changes import changes
from shared.history.counts_store import SegmentCounts
from shared.installation import build_services
from shared.kernel.clock import utc_now
from shared.kernel.settings import Settings
from shared.reconciliation.ageing import age_segments
from shared.reconciliation.reconcile import Reconciler
from shared.services import Services
from shared.warehouse.changelog import document_json
from shared.warehouse.warehouse import Warehouse
from tests.audit.audited_world import make_tables
from tests.campaigns.crm import People
from tests.support.dashboard import Dashboard
from tests.support.world import KEYER, SECRET, customer_id
from tools.backfill import run_backfill
from tools.erase import run_erase
from tools.rebuild import run_rebuild

ORG = "org_north"
NOW = utc_now()
ADA = customer_id(ORG, "ada.lovelace@example.org")
PERSONAL = ("ada", "lovelace", "5550100123", "555-010-0123")


def order(days: int, **fields: Any) -> dict[str, Any]:
    return {
        "orgId": ORG,
        "customer": {
            "email": "Ada.Lovelace@example.org",
            "name": "Ada Lovelace",
            "phone": "555-010-0123",
        },
        "status": "completed",
        "items": [{"productId": "p1", "name": "Tea", "category": "Other", "qty": 1, "price": 40}],
        "total": 40,
        "createdAt": NOW - timedelta(days=days),
        **fields,
    }


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    return build_services(firestore_client, Settings(), SECRET)


def place(services: Services, id: str, data: dict[str, Any]) -> None:
    services.client.document(paths.order(id)).set(data)
    services.reconciler.reconcile(id, hints=[data])


def everything(client: firestore.Client) -> Iterator[tuple[str, str]]:
    """Every document but the shop's own orders, as text."""
    collections = list(client.collections())
    while collections:
        collection = collections.pop()
        for reference in collection.list_documents():
            collections += reference.collections()
            snapshot = reference.get()
            if snapshot.exists and collection.id != paths.ORDERS:
                yield reference.path, document_json(snapshot.to_dict() or {}).lower()


def personal(client: firestore.Client) -> set[str]:
    """Documents that name the person."""
    return {
        path
        for path, text in everything(client)
        if any(word in path.lower() + text for word in PERSONAL)
    }


def audited(services: Services, warehouse: Warehouse) -> Auditor:
    store = FirestoreAuditStore(services.client, shards=1)
    return Auditor(
        store=store,
        warehouse=AuditedExport(warehouse),
        reconciler=Reconciler(store, services.organizations, KEYER),
        organizations=services.organizations,
        clock=utc_now,
        settle=timedelta(0),
    )


def test_nothing_names_the_person_and_nothing_brings_the_name_back(
    services: Services, warehouse: Warehouse
) -> None:
    client = services.client
    place(services, "o1", order(50))
    place(services, "o2", order(40))
    place(
        services, "other", order(5, email="bob@example.org") | {"customer": {"phone": "5557654321"}}
    )
    audited(services, warehouse).audit(
        ORG, repair=True, facts_made_at=make_tables(client, warehouse)
    )
    customer = paths.customer(ORG, ADA.customer_key)
    assert personal(client) == {customer}
    counts = SegmentCounts(client, ORG)
    before, pages = counts.segment_counts(), changes(client, ORG)

    done = run_erase(services, ORG, ADA.customer_key)

    assert (done.already, done.order_count) == (False, 2)
    assert personal(client) == set()
    assert counts.segment_counts() == before
    assert changes(client, ORG) > pages

    place(services, "later", order(1))
    place(services, "cancelled", order(1, status="canceled"))
    place(services, "o1", order(50, total=30))
    client.document(paths.order("unseen")).set(order(0))
    run_backfill(services, ORG, workers=1)
    report = run_rebuild(services, ORG)
    assert [each.document for each in report.differences if "ledger" in each.document] == []
    first = audited(services, warehouse).audit(
        ORG, repair=True, facts_made_at=make_tables(client, warehouse)
    )
    assert first.checks[0].drift == 0
    assert first.remaining == 0

    assert personal(client) == set()
    state = client.document(customer).get()
    assert (state.get("order_count"), state.get("lifetime_value_cents")) == (2, 70_00)
    assert state.get("erased_at") == done.erased_at
    keys = {
        entry.id: entry.get("customer_key") for entry in client.collection(paths.LEDGER).stream()
    }
    assert {id for id, key in keys.items() if key == ADA.customer_key} == {"o1", "o2"}
    assert {keys[id] for id in ("later", "cancelled", "unseen")} == {None}
    warehouse.refresh_facts()
    rows = AuditedExport(warehouse).exported(ORG)
    exported = {row.order_id: row.data.lower() for row in rows}
    assert exported.keys() == keys.keys()
    assert {id for id, text in exported.items() if ADA.customer_key in text} == {"o1", "o2"}
    assert not any(word in text for text in exported.values() for word in PERSONAL)
    totals = counts.segment_counts().totals
    assert (totals["orders"], totals["customers"]) == (5, 2)

    aged = age_segments(
        services.due_customers,
        services.organizations,
        clock=lambda: NOW + timedelta(days=120),
        stop_at=NOW + timedelta(days=121),
    )
    assert aged.moved == 2
    assert personal(client) == set()
    again = run_erase(services, ORG, ADA.customer_key)
    assert (again.already, again.erased_at) == (True, done.erased_at)


def test_campaigns_keep_a_key_and_an_arm_of_the_person(services: Services, project_id: str) -> None:
    """The recipient that was handed over goes; the rest of what campaigns keep names nobody."""
    client = services.client

    def naming() -> set[str]:
        return {path for path, text in everything(client) if "lovelace" in text}

    email = "Ada.Lovelace@example.org"
    place(services, "o1", order(3))
    profile = People(services).put(email, org=ORG, id="crm_1", firstName="Lovelace")
    dashboard = Dashboard(services, project_id).at(utc_now() + timedelta(minutes=1))
    body = {"name": "Back", "segment": "new", "channels": ["email"], "holdoutShare": 0}
    made = dashboard.call("/v1/campaigns", method="POST", json=body, orgId=ORG).json
    path = f"/v1/campaigns/{made['id']}"
    handed = dashboard.call(f"{path}:handover", method="POST", orgId=ORG)
    assert handed.json["status"] == "handed_over"
    recipient = f"{paths.dashboard_recipients(made['id'])}/{ADA.customer_key}"
    assert naming() == {
        paths.customer(ORG, ADA.customer_key),
        paths.profile(profile),
        recipient,
    }

    run_erase(services, ORG, ADA.customer_key)
    assert naming() == {paths.profile(profile)}
    # The shop deletes its own document, and the trigger follows.
    client.document(paths.profile(profile)).delete()
    services.contacts().record(profile)

    assert naming() == set()
    points = ContactPoints(client, ORG, services.secret)
    key = points.key(Channel.EMAIL, email.lower())
    assert not points.by_key([key])[key].statements
    assert not any(profile in text for at, text in everything(client) if "contact_points" in at)
    (member,) = dashboard.get(f"{path}/members", orgId=ORG)["members"]
    assert (member["customerKey"], member["arm"]) == (ADA.customer_key, "treated")
    answer = dashboard.call(f"{path}/members", {"format": "csv"}, orgId=ORG)
    assert "lovelace" not in answer.text.lower()


@pytest.mark.parametrize("key", ["f" * 32, "", "a/b", "ada.lovelace@example.org"])
def test_an_unknown_customer_ends_the_tool_and_writes_nothing(services: Services, key: str) -> None:
    place(services, "o1", order(50))
    documents = dict(everything(services.client))

    with pytest.raises(typer.BadParameter, match="org_north has no customer"):
        run_erase(services, ORG, key)

    assert dict(everything(services.client)) == documents
