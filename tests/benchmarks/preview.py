"""Cost of previews: every customer read and evaluated, against every customer read.

The baseline streams the same customers page by page with the client library, whole documents, and
does nothing with them. A second row compares with a baseline that asks for the same fields as the
preview, and so hides what asking for fewer fields saves.

The emulator goes through a whole collection for every page of it, which Firestore does not, and at
a hundred thousand documents that takes longer than all else. So the customers are in many
collections, gone through one after another.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TypeVar
from zoneinfo import ZoneInfo

from google.cloud import firestore
from google.cloud.firestore_v1 import _helpers as encoding

from shared.customers.scan_store import (
    CANDIDATE_FIELDS,
    SUBJECT_FIELDS,
    scan_candidates,
    scan_subjects,
)
from shared.firestore import paths
from shared.reconciliation.stores.customer_codec import customer_document
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.customer import Moment
from shared.segments.preview import preview_members, preview_thresholds
from shared.segments.rules import SegmentRules
from shared.segments.thresholds import Thresholds
from tests.benchmarks.definitions import definitions
from tests.benchmarks.installation import customer_of, new_client, orders_by_household
from tests.benchmarks.ratio import Ratio
from tests.benchmarks.reconcile import seconds

CUSTOMERS = 100_000
PER_ORGANIZATION = 4_000
CONDITIONS = 20
PAGE_SIZE = 2_000
WRITERS, COMMIT_SIZE = 4, 500
ORGANIZATIONS = [f"org_{number}" for number in range(CUSTOMERS // PER_ORGANIZATION)]
OTHER_THRESHOLDS = Thresholds(slipping_min_days=20, at_risk_min_days=45, vip_min_orders=6)

T = TypeVar("T")


def measure() -> list[Ratio]:
    """One pass over all customers of each, page by page in turns."""
    client = new_client()
    now = datetime.now(UTC)
    write_customers(client, now)
    ratios = []
    for name, preview, fields in (
        ("preview_thresholds", _thresholds, CANDIDATE_FIELDS),
        (f"preview_members of {CONDITIONS} conditions", _members, SUBJECT_FIELDS),
    ):
        turns = _Turns([_pages(client, None), _pages(client, fields)])
        took = seconds([partial(preview, client, now, turns)], workers=1) - sum(turns.took)
        for baseline, base, goal in zip(
            ("reading the same documents", "reading the same fields of them"),
            turns.took,
            ("≤ 1.50", "none"),
            strict=True,
        ):
            ratios.append(
                Ratio(
                    what=f"{name}, {CUSTOMERS:,} customers",
                    baseline=baseline,
                    value=took / base,
                    goal=goal,
                    figures=f"{took:.1f} s / {base:.1f} s",
                )
            )
    return ratios


class _Turns:
    """Lets the baselines read a page each whenever the preview has gone through one.

    Whatever else the machine does then slows all of them alike.
    """

    def __init__(self, others: list[Iterator[int]]) -> None:
        self.took = [0.0] * len(others)
        """Seconds of each baseline."""
        self._others = others

    def between(self, customers: Iterable[T]) -> Iterator[T]:
        """The customers, each page of them followed by one of each baseline."""
        for number, customer in enumerate(customers, start=1):
            yield customer
            if number % PAGE_SIZE == 0:
                for position, pages in enumerate(self._others):
                    started = time.perf_counter()
                    assert next(pages) == PAGE_SIZE
                    self.took[position] += time.perf_counter() - started


def write_customers(client: firestore.Client, now: datetime) -> None:
    """Write customers derived from the demo's households, over and over, each with its own key."""
    moment = Moment(now=now, rules=SegmentRules(), time_zone=ZoneInfo("UTC"))
    households = [customer_of(placed, moment) for placed in orders_by_household()]
    # Encoding is what takes long, so it is done once per household.
    encoded = [
        encoding.pbs_for_set_no_merge(
            client.document(paths.customer(each.id.org_id, each.id.customer_key))._document_path,
            customer_document(each, now),
        )[0]._pb
        for each in households
    ]

    def write(start: int) -> None:
        batch = client.batch()
        for number in range(start, min(start + COMMIT_SIZE, CUSTOMERS)):
            key = hashlib.sha256(str(number).encode()).hexdigest()[:32]
            document = encoded[number % len(encoded)].__class__()
            document.CopyFrom(encoded[number % len(encoded)])
            org_id = ORGANIZATIONS[number // PER_ORGANIZATION]
            document.update.name = client.document(paths.customer(org_id, key))._document_path
            document.update.fields["org_id"].string_value = org_id
            document.update.fields["customer_key"].string_value = key
            batch._add_write_pbs([document])
        batch.commit()

    with ThreadPoolExecutor(max_workers=WRITERS) as executor:
        list(executor.map(write, range(0, CUSTOMERS, COMMIT_SIZE)))


def _thresholds(client: firestore.Client, now: datetime, turns: _Turns) -> None:
    customers = chain.from_iterable(scan_candidates(client, org_id) for org_id in ORGANIZATIONS)
    actual = preview_thresholds(turns.between(customers), OTHER_THRESHOLDS, now)
    assert sum(tally.customers for tally in actual.cells.values()) == CUSTOMERS
    assert 0 < actual.moving.customers < CUSTOMERS


def _members(client: firestore.Client, now: datetime, turns: _Turns) -> None:
    segments = CustomSegments({}, Thresholds(), ZoneInfo("UTC"))
    matches = segments.matches(next(iter(definitions(1, CONDITIONS).values())))
    customers = chain.from_iterable(scan_subjects(client, org_id) for org_id in ORGANIZATIONS)
    actual = preview_members(turns.between(customers), matches, now)
    assert actual.total_customers == CUSTOMERS
    assert 0 < actual.members.customers < CUSTOMERS


def _pages(client: firestore.Client, fields: tuple[str, ...] | None) -> Iterator[int]:
    """Reads a page with every step; gives how many documents it had."""
    for org_id in ORGANIZATIONS:
        query = client.collection(paths.customers(org_id)).order_by("__name__").limit(PAGE_SIZE)
        if fields is not None:
            query = query.select(fields)
        page = list(query.stream())
        while page:
            yield len(page)
            page = list(query.start_after(page[-1]).stream())
