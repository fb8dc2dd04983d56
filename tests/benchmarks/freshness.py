"""Freshness of a dashboard: an order's way through the trigger to a listener in a browser.

The baseline is the same listener notified of a plain write, which goes through no trigger. The two
take turns. Both go through the emulators, whose dispatch of events is not that of production.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from google.cloud import firestore

from shared.firestore import paths
from tests.benchmarks.ratio import Ratio
from tests.browser.listening import Browser, Documents, listening, signed_in
from tools.stack.local_stack import PROJECT, firebase_emulators
from tools.stack.ports import HOST, Ports, free_ports

ORG = "org_fresh"
COUNTS = paths.segment_counts(ORG)
WARM_UP = 10
ORDERS = 60


def measure() -> list[Ratio]:
    """Orders of as many customers, one after the other, on a stack of its own."""
    functions, firestore_port, auth, bigquery = free_ports(4)
    ports = Ports(functions=functions, firestore=firestore_port, auth=auth, bigquery=bigquery)
    with (
        tempfile.TemporaryDirectory() as folder,
        firebase_emulators(ports, log_folder=Path(folder)) as emulators,
        patch.dict(os.environ, emulators.environment),
        listening(
            [COUNTS],
            project=PROJECT,
            emulator=f"{HOST}:{firestore_port}",
            person=signed_in(emulators, {"role": "brand", "orgId": ORG}),
        ) as browser,
    ):
        client = firestore.Client(project=PROJECT)
        rounds = [_round(client, browser, number) for number in range(1, WARM_UP + ORDERS + 1)]
        client.close()
    ours, plain = (sorted(times) for times in zip(*rounds[WARM_UP:], strict=True))
    return [
        Ratio(
            what=f"order to listener, {name} of {ORDERS}",
            baseline="plain write to the same listener",
            value=of(ours) / of(plain),
            goal="≤ 3.00",
            figures=f"{of(ours) * 1000:.0f} ms / {of(plain) * 1000:.0f} ms",
        )
        for name, of in (("p50", statistics.median), ("p95", _p95))
    ]


def _round(client: firestore.Client, browser: Browser, number: int) -> tuple[float, float]:
    """Seconds from a write to the listener, of an order and of a plain document."""
    order = {
        "orgId": ORG,
        "status": "completed",
        "createdAt": datetime.now(UTC),
        "customer": {"email": f"customer{number}@example.com"},
        "totals": {"total": 40},
        "items": [{"productId": "p1", "name": "Gummies", "category": "edible", "price": 40}],
    }
    ours = _seconds(
        client,
        paths.order(f"fresh {number}"),
        order,
        browser,
        lambda shards: _customers(shards) >= number,
    )
    plain = _seconds(
        client,
        f"{COUNTS}/plain",
        {"number": number},
        browser,
        lambda shards: shards.get("plain") == {"number": number},
    )
    return ours, plain


def _seconds(
    client: firestore.Client,
    path: str,
    document: dict[str, Any],
    browser: Browser,
    arrived: Callable[[Documents], bool],
) -> float:
    started = time.perf_counter()
    client.document(path).set(document)
    return browser.until(COUNTS, arrived).received_at - started


def _customers(shards: Documents) -> int:
    return sum(
        counts.get("customers", 0)
        for shard in shards.values()
        for counts in shard.get("segments", {}).values()
    )


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]
