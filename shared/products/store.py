"""The shop's own product documents, and the sales fields that this product maintains on them.

A product may have a document in the organisation's catalogue, one in the root collection, both or
none. Only the fields of `sales_fields`, and when they were computed, are ever written, and only on
existing documents with other values. They are written before the result is published: after a task
is killed in between, the next one repeats the pass and finds them written.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from google.api_core import exceptions
from google.cloud import firestore

from shared.firestore import paths
from shared.firestore.commits import commit_batch, put
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.kernel import logs
from shared.kernel.clock import Clock
from shared.kernel.days import start_of
from shared.kernel.document_ids import is_document_id
from shared.kernel.errors import ConflictError, UnavailableError
from shared.kernel.organization_ids import valid_organization_id
from shared.kernel.parts import parts
from shared.nightly.result import KEY, Attempt, Result
from shared.nightly.result_store import ResultReader, ResultWriter
from shared.orders.category import canonical_category
from shared.orders.text import clean_text
from shared.products.product_sales import (
    NAME,
    NOTHING,
    ProductSales,
    stored_product,
)
from shared.reconciliation.ports import Organizations

PRODUCTS_PER_COMMIT = 200
"""Each may have two documents: at most 400 writes."""
MAX_ATTEMPTS = 5
"""Of writing one product, before it is left to the next night."""
MOST_LEFT = 1_000
"""Maximum number of skipped products without sales that are remembered; all others are checked
anyway."""

OWNER = "orgId"
CATEGORY = "category"
UPDATED_AT = "updatedAt"
COMPUTED_AT = "salesComputedAt"
"""Field of a product document: as of when its numbers were computed that have not changed since."""
LEFT = "products_left"
"""Field of the summary: ids of products without sales whose documents kept changing."""

SalesFields = Mapping[str, Any]
"""Fields of a product document, under the names that the dashboard reads."""


def sales_fields(product: ProductSales, time_zone: tzinfo) -> SalesFields:
    """Return the sales fields of a product's document. The last sale is the beginning of its local
    day."""
    last_sale_on = product.last_sale_on
    return {
        "salesCount": units(product.all_time.quantity_milli),
        "salesLast7Days": units(product.last_7_days.quantity_milli),
        "salesLast30Days": units(product.last_30_days.quantity_milli),
        "salesVelocity": product.velocity,
        "lastSaleAt": None if last_sale_on is None else start_of(last_sale_on, time_zone),
        "trending": product.trending,
    }


def nothing_sold(product_id: str) -> ProductSales:
    """A product of which every sale has been taken back."""
    return ProductSales(
        product_id=product_id,
        name=product_id,
        all_time=NOTHING,
        last_7_days=NOTHING,
        last_30_days=NOTHING,
        last_sale_on=None,
    )


def units(quantity_milli: int) -> int | float:
    """A quantity in units, whole ones as integers."""
    whole, rest = divmod(quantity_milli, 1000)
    return quantity_milli / 1000 if rest else whole


class ProductResults:
    """Publishes results as `ResultWriter` does, those of product sales on product documents, too.

    See `shared.nightly.compute.Results`.
    """

    def __init__(
        self, client: firestore.Client, organizations: Organizations, *, clock: Clock
    ) -> None:
        self._client = client
        self._organizations = organizations
        self._clock = clock
        self._writer = ResultWriter(client)
        self.outdated = self._writer.outdated
        self.state = self._writer.state
        self.fail_all = self._writer.fail_all
        self.invalidate = self._writer.invalidate

    def publish(self, org_id: str, result: Result, attempt: Attempt, source_rows: int) -> None:
        """Replace an organisation's result, after bringing the products it is about up to date.

        For product sales, costs a read per chunk of the last result, two per product, and a write
        per document that differs.
        """
        if result.name == NAME:
            result = self._on_products(org_id, result, attempt)
        self._writer.publish(org_id, result, attempt, source_rows)

    def _on_products(self, org_id: str, result: Result, attempt: Attempt) -> Result:
        """The result with the products' categories."""
        time_zone = ZoneInfo(result.summary["time_zone"])
        sold_ids = {entry[KEY] for entry in result.entries}
        unsold = self._products_with_sales(org_id) - sold_ids
        products = chain(map(stored_product, result.entries), map(nothing_sold, sorted(unsold)))
        run = Catalogue(self._client, org_id, self._organizations).update(
            ((product.product_id, sales_fields(product, time_zone)) for product in products),
            computed_at=attempt.computed_at,
            now=self._clock(),
        )
        logs.products_updated(
            org_id, written=run.written, refused=run.refused, left=len(run.contended)
        )
        return replace(
            result,
            entries=[
                {**entry, "category": run.categories.get(entry[KEY])} for entry in result.entries
            ],
            summary={**result.summary, LEFT: sorted(run.contended & unsold)[:MOST_LEFT]},
        )

    def _products_with_sales(self, org_id: str) -> set[str]:
        """Products whose documents may show sales: those of the last result."""
        try:
            state = self._writer.state(org_id, NAME)
            if state is None or state.computed_at is None:
                return set()
            keys = ResultReader(self._client, org_id).keys(state)
            return {*state.summary.get(LEFT, ()), *keys}
        except (KeyError, TypeError, ValueError, UnavailableError):
            logs.product_sales_lost(org_id)
            return set()


SALES_FIELDS = tuple(sales_fields(nothing_sold(""), UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRun:
    """Result of a pass over product documents."""

    categories: Mapping[str, str]
    """By product id: of the products whose documents name one."""
    written: int
    """Documents."""
    refused: int
    """Documents that cannot be written, because they are full."""
    contended: frozenset[str]
    """Products whose documents kept changing, to be retried."""


class Catalogue:
    """The product documents of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str, organizations: Organizations) -> None:
        self._client = client
        self._org_id = org_id
        self._organizations = organizations

    def update(
        self,
        sales: Iterable[tuple[str, SalesFields]],
        *,
        computed_at: datetime,
        now: datetime,
    ) -> CatalogueRun:
        """Write fields, by product id, wherever a product's documents say otherwise.

        Two reads per product, and a write per document that differs. Doing it again writes nothing
        more, so a killed pass is simply repeated. Documents that change meanwhile are read again,
        in halves, so that constant writes of a shop delay only the documents they touch.
        """
        categories: dict[str, str] = {}
        documents_written = documents_refused = 0
        contended: set[str] = set()
        for fields in map(dict, parts(sales, PRODUCTS_PER_COMMIT)):
            attempts: Counter[str] = Counter()
            waiting = deque([list(fields)])
            while waiting:
                part = waiting.popleft()
                documents = self._documents(part)
                for id, snapshots in documents.items():
                    if (category := _category(snapshots)) is not None:
                        categories[id] = category
                differing = [
                    (document, fields[id])
                    for id, snapshots in documents.items()
                    for document in snapshots
                    if any(content(document).get(k) != value for k, value in fields[id].items())
                ]
                try:
                    refused_now = self._write(
                        differing, {COMPUTED_AT: computed_at, UPDATED_AT: now}
                    )
                except ConflictError:
                    if len(part) > 1:
                        half = len(part) // 2
                        waiting += [part[:half], part[half:]]
                        continue
                    attempts.update(part)
                    if attempts[part[0]] < MAX_ATTEMPTS:
                        waiting.append(part)
                    else:
                        contended.update(part)
                    continue
                documents_written += len(differing) - refused_now
                documents_refused += refused_now
        return CatalogueRun(
            categories=categories,
            written=documents_written,
            refused=documents_refused,
            contended=frozenset(contended),
        )

    def _documents(self, ids: Sequence[str]) -> dict[str, list[Snapshot]]:
        """Return the existing documents of each product, the organisation's own first."""
        product_of: dict[firestore.DocumentReference, str] = {}
        for id in ids:
            product_of[self._client.document(paths.catalogue_item(self._org_id, id))] = id
            if is_document_id(id):
                product_of[self._client.document(paths.root_product(id))] = id
        fields = {OWNER, CATEGORY, *SALES_FIELDS}
        documents: dict[str, list[Snapshot]] = {id: [] for id in ids}
        snapshots = decodable(self._client, [*product_of], sorted(fields))
        for reference, id in product_of.items():
            snapshot = snapshots.get(reference) or self._readable(reference, fields)
            # Items lie below the organisation; a root product says whose it is.
            root = reference.parent.id == paths.PRODUCTS
            if snapshot.exists and (not root or self._owns(snapshot)):
                documents[id].append(snapshot)
        return documents

    def _readable(self, reference: firestore.DocumentReference, fields: set[str]) -> Snapshot:
        """Return a document that cannot be decoded, with its readable fields."""
        for names in (fields - {CATEGORY}, {OWNER}):
            snapshots = decodable(self._client, [reference], sorted(names))
            if snapshots:
                return snapshots[reference]
        return reference.get(["__name__"])

    def _owns(self, product: Snapshot) -> bool:
        owner = content(product).get(OWNER)
        if not isinstance(owner, str) or not valid_organization_id(owner.strip()):
            return False
        return self._organizations.resolve(owner.strip()) == self._org_id

    def _write(self, differing: Sequence[tuple[Snapshot, SalesFields]], when: SalesFields) -> int:
        """Write all in one commit, else each by itself; returns how many were refused."""
        if not differing:
            return 0
        try:
            self._commit(differing, when)
        except exceptions.InvalidArgument:
            documents_refused = 0
            for one in differing:
                try:
                    self._commit([one], when)
                except exceptions.InvalidArgument:
                    documents_refused += 1
                    logs.product_refused(self._org_id)
            return documents_refused
        return 0

    def _commit(self, differing: Sequence[tuple[Snapshot, SalesFields]], when: SalesFields) -> None:
        batch = self._client.batch()
        for document, fields in differing:
            # Whose it is was read: it must still be theirs.
            put(batch, document.reference, {**fields, **when}, revision=document.update_time)
        commit_batch(batch)


def _category(documents: Sequence[Snapshot]) -> str | None:
    """Return the first category named, in the spelling that orders are counted under."""
    for document in documents:
        if (category := clean_text(content(document).get(CATEGORY))) is not None:
            return canonical_category(category)
    return None
