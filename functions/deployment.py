"""Options of every deployed function: region, limits and retry."""

import os
import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import firebase_admin
from cloudevents.http import CloudEvent
from firebase_functions import firestore_fn, options, params, tasks_fn
from google.events.cloud.firestore import DocumentEventData

from shared.kernel import platform
from shared.kernel.settings import ANTHROPIC_API_KEY, CUSTOMER_KEY_SECRET, INSIGHTS_LLM_ENABLED

REGION = options.SupportedRegion(platform.REGION)
SECRET = params.SecretParam(CUSTOMER_KEY_SECRET)
EMULATED = os.environ.get("FUNCTIONS_EMULATOR") == "true"
LOCAL_SECRETS = Path(__file__).parents[1] / ".secret.local"
"""File from which the functions emulator reads secrets."""


def _knows_key_of_claude() -> bool:
    """Whether functions are bound to the key of Claude.

    The Firebase CLI discovers functions with the variables of `.env.<project>` set, and asks for
    every secret that they name: so the key is named only where Claude is switched on. The emulator
    asks Google Cloud for secrets missing from its file: so there only with a key.
    """
    if os.environ.get(INSIGHTS_LLM_ENABLED, "").strip() != "true":
        return False
    if not EMULATED:
        return True
    secrets = LOCAL_SECRETS.read_text("utf-8") if LOCAL_SECRETS.exists() else ""
    return bool(re.search(rf"^[ \t]*{ANTHROPIC_API_KEY}[ \t]*=[ \t]*\S", secrets, re.MULTILINE))


INSIGHTS_SECRETS = [
    SECRET,
    *([params.SecretParam(ANTHROPIC_API_KEY)] if _knows_key_of_claude() else []),
]
"""Secrets of the two functions that call Claude."""

F = TypeVar("F", bound=Callable[..., Any])


def _initialize_app() -> None:
    """Make the default app while the instance starts, which takes no time.

    firebase-functions makes it at the first event, without a lock: of two first events that an
    instance gets at once, one would fail.
    """
    try:
        firebase_admin.get_app()
    except ValueError:
        firebase_admin.initialize_app()


_initialize_app()


def with_decoded_events(function: F) -> F:
    """Wrap a function so that firebase-functions can decode its events.

    It reads the document's path from an HTTP header, where any character outside ASCII arrives
    garbled, and it raises on references into other databases. Both would make an order fail at
    every delivery. The path is in the event's data as well, and references are not needed.
    """

    @wraps(function)
    def deliver(event: CloudEvent) -> Any:
        data = event.get_data()
        if isinstance(data, bytes):
            document_event = DocumentEventData.pb(DocumentEventData.deserialize(data))
            name = document_event.value.name or document_event.old_value.name
            for document in (document_event.value, document_event.old_value):
                _blank_references(document.fields)
            attributes = {**event.get_attributes(), "document": name.partition("/documents/")[2]}
            event = CloudEvent(attributes, document_event.SerializeToString())
        return function(event)

    return cast(F, deliver)


def _blank_references(fields: MutableMapping[str, Any]) -> None:
    for key in fields:
        _blank_reference(fields[key])


def _blank_reference(value: Any) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "reference_value":
        value.null_value = 0
    elif kind == "map_value":
        _blank_references(value.map_value.fields)
    elif kind == "array_value":
        for item in value.array_value.values:
            _blank_reference(item)


def document_written(
    document: str, *, at_once: int, timeout_seconds: int = platform.EVENT_TIMEOUT_SECONDS
) -> Callable[[Callable[..., None]], Any]:
    """Deploy a function for writes of such documents, with at most so many instances.

    The platform delivers a failed event again, for up to 24 hours. firebase-functions offers no
    such option for Firestore events and deploys them with `retry: false`, so that a failing event
    would be dropped.
    """
    deploy = firestore_fn.on_document_written(
        document=document,
        region=REGION,
        secrets=[SECRET],
        timeout_sec=timeout_seconds,
        memory=512,
        cpu=1,
        concurrency=platform.CONCURRENCY,
        max_instances=at_once,
    )

    def deployed(function: Callable[..., None]) -> Any:
        trigger: Any = with_decoded_events(deploy(function))
        trigger.__firebase_endpoint__.eventTrigger["retry"] = True
        return trigger

    return deployed


def task_queue(
    *, at_once: int, memory: int, secrets: Sequence[params.SecretParam] = (SECRET,)
) -> Callable[[Callable[..., None]], Any]:
    """Deploy a function with a queue of its name, which works on so many organisations at once.

    The name of a queue holds letters, digits and hyphens only. `memory` is in MB. A task fails
    where the function raises, and is tried platform.TASK_ATTEMPTS times.
    """
    if EMULATED:
        # The emulator starts a process for each task that runs beside others.
        at_once = 2
    return tasks_fn.on_task_dispatched(
        region=REGION,
        secrets=list(secrets),
        timeout_sec=platform.TASK_TIMEOUT_SECONDS,
        memory=memory,
        cpu=1,
        concurrency=1,
        max_instances=at_once,
        retry_config=options.RetryConfig(
            max_attempts=platform.TASK_ATTEMPTS,
            min_backoff_seconds=1 if EMULATED else platform.TASK_WAIT_SECONDS,
            max_doublings=platform.TASK_ATTEMPTS - 1,
        ),
        rate_limits=options.RateLimits(
            max_concurrent_dispatches=at_once, max_dispatches_per_second=at_once
        ),
    )
