"""One definition, one meaning: kept live, found by a full scan, and folded in plain Python."""

from datetime import timedelta
from typing import Any

from google.cloud import firestore
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.customers.scan_store import scan_subjects
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import Settings
from shared.orders.identity import CustomerKeyer
from shared.reconciliation.reclassification import Reclassifier
from shared.reconciliation.reconcile import Reconciler
from shared.reconciliation.stores.reclassification_store import FirestoreReclassifications
from shared.rules.custom_segment_changes import Draft, new_segment
from shared.segments.conditions.parse import parse_definition
from tests.reconciliation.histories import orders as any_order
from tests.segments.segment_strategies import SEGMENT_IDS, definitions
from tests.support.examples import examples
from tests.support.own_data import own_project_id
from tests.support.world import ALIASES, NOW, SECRET, TIME_ZONES, Book, Order, fold

ORG = "org_north"
LATER, EARLIER, REFERRING = SEGMENT_IDS[:3]


@settings(
    max_examples=examples(20),
    deadline=None,
    # Each example is a second of work: what shrinking would take is better spent on reading it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    placed=st.lists(any_order, min_size=1, max_size=8),
    earlier=definitions(max_depth=2),
    later=definitions(max_depth=2),
    referring=definitions((EARLIER,), max_depth=1),
)
def test_live_scanned_and_folded_memberships_agree(
    firestore_emulator: str,
    placed: list[Order],
    earlier: dict[str, Any],
    later: dict[str, Any],
    referring: dict[str, Any],
) -> None:
    client = firestore.Client(project=own_project_id())
    services = build_services(client, Settings(settings_refresh_seconds=0), SECRET)
    client.document(paths.analytics_settings(ORG)).set({"timeZone": TIME_ZONES[ORG]})
    for alias, org_id in ALIASES.items():
        client.document(paths.alias(alias)).set({"org_id": org_id})
    reconciler = Reconciler(
        services.store, services.organizations, CustomerKeyer(SECRET), clock=lambda: NOW
    )
    reclassifier = Reclassifier(
        FirestoreReclassifications(client, services.store),
        services.organizations,
        clock=lambda: NOW,
        settle_after=timedelta(0),
    )

    def define(id: str, definition: dict[str, Any]) -> None:
        draft = Draft(
            name=id, description=None, definition=parse_definition(definition), filters=None
        )
        services.rules(ORG).change_custom_segment(
            id,
            lambda rules, before, at: new_segment(
                id, draft, before, rules.definitions, by="ann", at=at
            ),
        )

    # Some orders before there is a segment, some after: evaluated by pages, and one by one.
    orders = {f"o{number}": order for number, order in enumerate(placed) if order.org_id == ORG}
    define(EARLIER, earlier)
    define(REFERRING, referring)
    for id, order in orders.items():
        client.document(paths.order(id)).set(order.data())
        reconciler.reconcile(id)
    define(LATER, later)
    assert reclassifier.run(ORG, NOW + timedelta(hours=1))

    documents = [s.to_dict() or {} for s in client.collection(paths.customers(ORG)).stream()]
    live = {
        document["customer_key"]: set(document["custom_segments"])
        for document in documents
        if document["has_orders"]
    }
    custom = services.organizations.refreshed(ORG).rules.custom
    trees = {EARLIER: earlier, LATER: later, REFERRING: referring}
    predicates = {id: custom.matches(parse_definition(tree)) for id, tree in trees.items()}
    scanned = {
        customer.customer_key: {id for id, matches in predicates.items() if matches(subject, NOW)}
        for customer, subject in scan_subjects(client, ORG)
    }
    expected = fold(orders, NOW, {ORG: Book(definitions=trees)})
    folded = {id.customer_key: set(values[6]) for id, values in expected.customers.items()}

    assert live == scanned == folded
    client.close()
