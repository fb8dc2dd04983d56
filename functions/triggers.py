"""Functions run by document writes. Modules that only one of them uses are imported inside it."""

from datetime import datetime
from typing import Any

from firebase_functions import firestore_fn
from firebase_functions.core import Change
from google.cloud.firestore import DocumentSnapshot

from functions.deployment import document_written
from functions.services import services
from shared.firestore.changes import touch
from shared.firestore.paths import SettingsDocument
from shared.firestore.values import plain_instant
from shared.kernel import logs
from shared.kernel.clock import utc_now
from shared.kernel.platform import EXPORT_TIMEOUT_SECONDS

DocumentWritten = firestore_fn.Event[Change[DocumentSnapshot[Any] | None]]


@document_written("orders/{orderId}", at_once=100)
def on_order_written(event: DocumentWritten) -> None:
    """Reconcile the order. An error is raised only where a later delivery may succeed.

    An order that still fails at the last deliveries is put on the list of unprocessed orders.
    """
    order_id = event.params["orderId"]
    try:
        outcome = services().reconciler.reconcile(
            order_id, hints=_contents(event), seen_at=event.time
        )
    except Exception as error:
        from shared.reconciliation.unprocessed import claimed_id, is_last_delivery

        if not is_last_delivery(event.time, utc_now()):
            raise
        logs.order_unprocessed(order_id)
        org_id = claimed_id(_contents(event), services().organizations.resolve)
        services().unprocessed.report(order_id, org_id, type(error).__name__, utc_now())
        return
    logs.order_reconciled(
        order_id,
        written=outcome.orders_written,
        transitions=outcome.transitions,
        attempts=outcome.attempts,
    )
    for rejection in filter(None, outcome.rejections.values()):
        logs.order_rejected(order_id, rejection.code.value, rejection.field)
    for code in sorted(outcome.warnings.get(order_id, ())):
        logs.order_warned(order_id, code)


@document_written("tenants/{orgId}/settings/{name}", at_once=20)
def on_settings_written(event: DocumentWritten) -> None:
    """Take over thresholds that the dashboard wrote, and trigger evaluation under new rules.

    A time zone may have changed: the next calls then recompute when the organisation's nights
    begin.
    """
    org_id, name = event.params["orgId"], event.params["name"]
    if name in (SettingsDocument.LOYALTY, SettingsDocument.ANALYTICS):
        touch(services().client, org_id)
    if name == SettingsDocument.ANALYTICS:
        from shared.nightly.nights import look_again

        look_again(services(), org_id, utc_now())
    if name == SettingsDocument.LOYALTY:
        problem = services().rules(org_id).take_over_loyalty_settings()
        if problem is not None:
            logs.setting_invalid(org_id, problem.field)
    if name == SettingsDocument.SEGMENT_RULES:
        from shared.rules.job import begin_reclassification

        begin_reclassification(services(), org_id, _written_at(event))


@document_written("organizations/{orgId}/events/{eventId}", at_once=100)
def on_event_written(event: DocumentWritten) -> None:
    """Count the session that an event of the shop belongs to. A deleted event stays counted."""
    from shared.funnel.recorder_store import RawEvent

    document = event.data.after
    if document is None or not document.exists:
        return
    org_id, event_id = event.params["orgId"], event.params["eventId"]
    raw = RawEvent(
        claimed_id=org_id,
        event_id=event_id,
        data=document.to_dict() or {},
        created_at=plain_instant(document.create_time),
    )
    logs.event_recorded(org_id, event_id, written=services().funnel().record([raw]))


@document_written("customers/{customerId}", at_once=100)
def on_customer_written(event: DocumentWritten) -> None:
    """Update contact points, and the profiles of customers with their addresses.

    Whatever the document holds, nothing is raised.
    """
    from shared.contacts.store import DocumentWrite

    document_write = DocumentWrite(
        before=_content(event.data.before), after=_content(event.data.after), at=_written_at(event)
    )
    outcome = services().contacts().record(event.params["customerId"], document_write)
    profiles = services().profiles().after_write(document_write)
    logs.contacts_recorded(
        outcome.org_id, outcome.document_key, points=outcome.points_written, profiles=profiles
    )


@document_written("order_ledger/{orderId}", at_once=100, timeout_seconds=EXPORT_TIMEOUT_SECONDS)
def on_ledger_written(event: DocumentWritten) -> None:
    """Export the change carried by the event, without reading the database.

    Deliveries that come twice or late do no harm: the warehouse takes the newest change of each
    order. An error is raised where the warehouse does not take the row, for a later delivery.
    """
    from shared.warehouse.changelog import changed_row, document_name

    if not services().settings.export_enabled:
        return
    before = event.data.before
    row = changed_row(
        document_name(event.project, event.document),
        event_id=event.id,
        at=event.time,
        existed=before is not None and before.exists,
        after=_content(event.data.after),
    )
    services().warehouse().append([row])
    logs.change_exported(row.document_id, row.operation)


def _written_at(event: DocumentWritten) -> datetime:
    """To the microsecond where the document is there; the event may be dated to the second."""
    document = event.data.after
    if document is None or not document.exists:
        return event.time
    return plain_instant(document.update_time)


def _contents(event: DocumentWritten) -> list[dict[str, Any]]:
    """The order's content after and before the write, where it existed."""
    contents = (_content(event.data.after), _content(event.data.before))
    return [content for content in contents if content is not None]


def _content(snapshot: DocumentSnapshot[Any] | None) -> dict[str, Any] | None:
    return snapshot.to_dict() if snapshot is not None and snapshot.exists else None
