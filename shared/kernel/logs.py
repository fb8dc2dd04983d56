"""Every log event, by name. Fields never hold personal data, nor anything a customer typed.

One event is one line of JSON on standard output, which the platform parses: `severity`, `message`
(the event's name) and the event's fields; while an HTTP call is answered, also its `request_id`.
"""

import json
import logging
import sys
import traceback
from pathlib import PurePath
from types import TracebackType

from shared.kernel.request_id import current_request_id

_LOGGER = logging.getLogger("segments")


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = current_request_id()
    return True


_LOGGER.addFilter(_add_request_id)


class JsonFormatter(logging.Formatter):
    """One line of JSON per event."""

    def format(self, record: logging.LogRecord) -> str:
        """The event with its fields; an exception is given by type and place, not by its text."""
        event: dict[str, object] = {
            "severity": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if called := getattr(record, "request_id", None):
            event["request_id"] = called
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
            event["at"] = _innermost_frame(record.exc_info[2])
        return json.dumps(event, default=str)


def configure() -> None:
    """Send events to standard output. Called once, where a function or tool starts."""
    if not _LOGGER.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonFormatter())
        _LOGGER.addHandler(handler)
        _LOGGER.setLevel(logging.INFO)
        _LOGGER.propagate = False


def order_reconciled(order_id: str, *, written: int, transitions: int, attempts: int) -> None:
    """An order write was handled; `written` is 0 for a duplicate delivery."""
    _event(
        logging.INFO,
        "order_reconciled",
        order_id=order_id,
        written=written,
        transitions=transitions,
        attempts=attempts,
    )


def change_exported(order_id: str, operation: str) -> None:
    """The warehouse took a change of a ledger entry."""
    _event(logging.INFO, "change_exported", order_id=order_id, operation=operation)


def facts_made(facts: str, *, in_full: bool) -> None:
    """The typed tables of the warehouse were made; `in_full` from every row of the export."""
    _event(logging.INFO, "facts_made", facts=facts, in_full=in_full)


def order_rejected(order_id: str, code: str, field: str) -> None:
    """An order could not be counted; it is reported in the rejected orders."""
    _event(logging.WARNING, "order_rejected", order_id=order_id, code=code, field=field)


def order_unprocessed(order_id: str) -> None:
    """An order still fails and is put on the list; call from the exception handler."""
    _LOGGER.exception("order_unprocessed", extra={"fields": {"order_id": order_id}})


def unprocessed_orders_retried(*, due: int, processed: int, failed: int, complete: bool) -> None:
    """A run through the orders whose events failed to the last ended."""
    _event(
        logging.INFO,
        "unprocessed_orders_retried",
        due=due,
        processed=processed,
        failed=failed,
        complete=complete,
    )


def order_warned(order_id: str, code: str) -> None:
    """A field of an order could not be used; the order is counted without it."""
    _event(logging.WARNING, "order_warned", order_id=order_id, code=code)


def event_recorded(org_id: str, event_id: str, *, written: int) -> None:
    """An event of the shop was handled; `written` is 0 if it contained nothing new."""
    _event(logging.INFO, "event_recorded", org_id=org_id, event_id=event_id, written=written)


def contacts_recorded(org_id: str | None, document_key: str, *, points: int, profiles: int) -> None:
    """A document of the dashboard's customers was handled.

    `points` and `profiles` are written contact points and customers; 0 where it said no news.
    """
    _event(
        logging.INFO,
        "contacts_recorded",
        org_id=org_id,
        document_key=document_key,
        points=points,
        profiles=profiles,
    )


def setting_invalid(org_id: str, field: str) -> None:
    """A stored setting is invalid; the previous value, or the default, stays in force."""
    _event(logging.WARNING, "setting_invalid", org_id=org_id, field=field)


def call_limited(org_id: str, kind: str, scope: str) -> None:
    """A call was refused, since its account or its organisation has made too many of its kind."""
    _event(logging.WARNING, "call_limited", org_id=org_id, kind=kind, scope=scope)


def rate_limit_unreadable(document: str) -> None:
    """A stored rate limit is damaged: calls are refused until it would have been used up."""
    _event(logging.ERROR, "rate_limit_unreadable", document=document)


def alias_invalid() -> None:
    """An entry of the alias table names no usable organisation; it is left out."""
    _event(logging.WARNING, "alias_invalid")


def foreign_documents(collection: str) -> None:
    """A run found documents in a collection of that name outside any organisation."""
    _event(logging.WARNING, "foreign_documents", collection=collection)


def customers_aged(*, due: int, moved: int, conflicts: int, put_off: int, complete: bool) -> None:
    """A run of the ageing job ended; not `complete` if it ran out of time."""
    _event(
        logging.INFO,
        "customers_aged",
        due=due,
        moved=moved,
        conflicts=conflicts,
        put_off=put_off,
        complete=complete,
    )


def customers_enqueued(org_id: str, customers: int) -> None:
    """Overdue customers that were missing from the ageing queue were added to it."""
    _event(logging.WARNING, "customers_enqueued", org_id=org_id, customers=customers)


def due_orders_counted(*, due: int, failed: int, complete: bool) -> None:
    """Orders dated ahead were counted as their time has come; not `complete` if time ran out."""
    _event(logging.INFO, "due_orders_counted", due=due, failed=failed, complete=complete)


def due_order_failed(order_id: str) -> None:
    """An order whose time has come cannot be counted yet; call from the exception handler."""
    _LOGGER.exception("due_order_failed", extra={"fields": {"order_id": order_id}})


def customer_unreadable(document: str) -> None:
    """A customer document is not as this product writes it, so it is left as it is."""
    _event(logging.ERROR, "customer_unreadable", document=document)


def ageing_failed(org_id: str) -> None:
    """Customers of an organisation cannot be moved; call from the exception handler."""
    _LOGGER.exception("ageing_failed", extra={"fields": {"org_id": org_id}})


def customer_not_reclassified(org_id: str, customer_key: str) -> None:
    """A customer cannot be stored under the newest rules, so stays as it is."""
    _event(logging.ERROR, "customer_not_reclassified", org_id=org_id, customer_key=customer_key)


def customers_reclassified(org_id: str, *, settled: bool) -> None:
    """Customers were evaluated under changed rules; not `settled` if there is more to do."""
    _event(logging.INFO, "customers_reclassified", org_id=org_id, settled=settled)


def campaign_worked_on(org_id: str, campaign_id: str, status: str, *, done: int) -> None:
    """A task continued a campaign, up to its status and progress."""
    _event(
        logging.INFO,
        "campaign_worked_on",
        org_id=org_id,
        campaign_id=campaign_id,
        status=status,
        done=done,
    )


def rules_unreadable(document: str) -> None:
    """The rules of an organisation are damaged: its orders wait, and its customers stay."""
    _event(logging.ERROR, "rules_unreadable", document=document)


def products_updated(org_id: str, *, written: int, refused: int, left: int) -> None:
    """Product documents show their sales; `left` are products whose documents kept changing."""
    level = logging.WARNING if left else logging.INFO
    _event(level, "products_updated", org_id=org_id, written=written, refused=refused, left=left)


def product_sales_lost(org_id: str) -> None:
    """The previous sales by product cannot be read, so products without sales now are unknown."""
    _event(logging.WARNING, "product_sales_lost", org_id=org_id)


def product_refused(org_id: str) -> None:
    """A document of the catalogue is full: the sales of its product cannot be written to it."""
    _event(logging.WARNING, "product_refused", org_id=org_id)


def question_failed(question: str) -> None:
    """A scheduled computation failed for some organisation; call from the exception handler."""
    _LOGGER.exception("question_failed", extra={"fields": {"question": question}})


def enrolment_failed(job: str) -> None:
    """The search for new organisations failed; call from the exception handler."""
    _LOGGER.exception("enrolment_failed", extra={"fields": {"job": job}})


def organization_not_asked(org_id: str) -> None:
    """An organisation's settings cannot be read; call from the exception handler."""
    _LOGGER.exception("organization_not_asked", extra={"fields": {"org_id": org_id}})


def campaigns_not_asked(org_id: str) -> None:
    """An organisation's campaigns cannot be read; call from the exception handler."""
    _LOGGER.exception("campaigns_not_asked", extra={"fields": {"org_id": org_id}})


def campaign_members_not_loaded(org_id: str) -> None:
    """The audience of a campaign cannot be loaded; call from the exception handler."""
    _LOGGER.exception("campaign_members_not_loaded", extra={"fields": {"org_id": org_id}})


def job_skipped(job: str) -> None:
    """A scheduled time is done already, or another call is processing it."""
    _event(logging.INFO, "job_skipped", job=job)


def job_switched_off(job: str) -> None:
    """A scheduled job is switched off by configuration."""
    _event(logging.WARNING, "job_switched_off", job=job)


def night_dispatched(job: str, outcome: str) -> None:
    """A call that dispatches the tasks of a night ended."""
    _event(logging.INFO, "night_dispatched", job=job, outcome=outcome)


def tasks_dispatched(queue: str, *, enqueued: int, existing: int, failed: int) -> None:
    """Tasks were handed to a queue; `existing` were there, or had been a short time before."""
    level = logging.ERROR if failed else logging.INFO
    _event(
        level,
        "tasks_dispatched",
        queue=queue,
        enqueued=enqueued,
        existing=existing,
        failed=failed,
    )


def task_not_enqueued(queue: str, org_id: str) -> None:
    """A queue did not take a task; call from the exception handler."""
    _LOGGER.exception("task_not_enqueued", extra={"fields": {"queue": queue, "org_id": org_id}})


def task_malformed(queue: str, field: str) -> None:
    """The data of a task is invalid: the task is dropped."""
    _event(logging.ERROR, "task_malformed", queue=queue, field=field)


def task_without_organization(queue: str, org_id: str) -> None:
    """A task is for an unknown organisation: the task is dropped."""
    _event(logging.WARNING, "task_without_organization", queue=queue, org_id=org_id)


def task_skipped(queue: str, org_id: str) -> None:
    """A task is done, older than the last one, or being processed by another delivery."""
    _event(logging.INFO, "task_skipped", queue=queue, org_id=org_id)


def task_postponed(queue: str, org_id: str) -> None:
    """A task waits for one of an earlier time: the queue delivers it again."""
    _event(logging.INFO, "task_postponed", queue=queue, org_id=org_id)


def task_unfinished(queue: str, org_id: str) -> None:
    """The platform killed the previous attempt."""
    _event(logging.ERROR, "task_unfinished", queue=queue, org_id=org_id)


def task_done(queue: str, org_id: str, *, attempt: int) -> None:
    """A task is done."""
    _event(logging.INFO, "task_done", queue=queue, org_id=org_id, attempt=attempt)


def task_failed(queue: str, org_id: str, attempt: int) -> None:
    """An attempt at a task failed; call from the exception handler."""
    _LOGGER.exception(
        "task_failed", extra={"fields": {"queue": queue, "org_id": org_id, "attempt": attempt}}
    )


def organization_audited(org_id: str, *, drift: int, remaining: int) -> None:
    """An organisation was audited; `remaining` above 0 needs attention."""
    level = logging.ERROR if remaining else logging.WARNING if drift else logging.INFO
    _event(level, "organization_audited", org_id=org_id, drift=drift, remaining=remaining)


def facts_distrusted(org_id: str) -> None:
    """SQL disagrees with the stored values: the next tables are rebuilt in full."""
    _event(logging.ERROR, "facts_distrusted", org_id=org_id)


def audit_failed(org_id: str) -> None:
    """An organisation could not be audited; call from the exception handler."""
    _LOGGER.exception("audit_failed", extra={"fields": {"org_id": org_id}})


def insights_made(
    org_id: str,
    *,
    cards: int,
    written: bool,
    source: str,
    reason: str | None,
    calls: int,
    output_tokens: int,
) -> None:
    """An organisation's insights are up to date; `reason` says why Claude did not word them all."""
    _event(
        logging.INFO,
        "insights_made",
        org_id=org_id,
        cards=cards,
        written=written,
        source=source,
        reason=reason,
        calls=calls,
        output_tokens=output_tokens,
    )


def wording_refused(org_id: str, rules: list[str]) -> None:
    """Texts by Claude made statements reserved for code; these rules refused them."""
    _event(logging.WARNING, "wording_refused", org_id=org_id, rules=rules)


def request_failed(operation: str) -> None:
    """An HTTP call ended in an unexpected error; call from the exception handler."""
    _LOGGER.exception("request_failed", extra={"fields": {"operation": operation}})


def export_failed(org_id: str) -> None:
    """A file broke off while it was sent; call from the exception handler."""
    _LOGGER.exception("export_failed", extra={"fields": {"org_id": org_id}})


def _event(level: int, name: str, **fields: object) -> None:
    _LOGGER.log(level, name, extra={"fields": fields})


def _innermost_frame(trace: TracebackType | None) -> str | None:
    frames = traceback.extract_tb(trace)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None
