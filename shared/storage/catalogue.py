"""The shop's own product documents, and the sales numbers that this product keeps on them.

A product may have a document in the organisation's catalogue, one in the root collection, both or
none. Only the fields of `sales_fields` are ever written, and only on documents that there are.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from google.api_core import exceptions
from google.cloud import firestore

from shared import logs
from shared.analytics.product_sales import NOTHING, ProductSales
from shared.analytics.segment_history import start_of
from shared.document_ids import is_document_id
from shared.orders.category import canonical_category
from shared.orders.text import clean_text
from shared.organizations.ids import valid_organization_id
from shared.reconciliation.ports import Organizations
from shared.storage import paths
from shared.storage.firestore_ledger_store import CONFLICTS
from shared.storage.snapshots import Snapshot, content, decodable

PRODUCTS_PER_COMMIT = 200
"""Each may have two documents: at most 400 writes."""
MAX_ATTEMPTS = 5
"""Of writing one product, before it is left to the next pass."""

OWNER = "orgId"
CATEGORY = "category"
UPDATED_AT = "updatedAt"

SalesFields = Mapping[str, Any]
"""Fields of a product document, under the names that the dashboard reads."""


def sales_fields(product: ProductSales, time_zone: tzinfo) -> SalesFields:
    """What a product's document is to say. The last sale is the beginning of its local day."""
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
        earlier=NOTHING,
        last_sale_on=None,
    )


def units(quantity_milli: int) -> int | float:
    """A quantity in units, whole ones as integers."""
    whole, rest = divmod(quantity_milli, 1000)
    return quantity_milli / 1000 if rest else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRun:
    """What a pass over product documents did."""

    categories: Mapping[str, str | None]
    """By product id: of the products looked at. None where no document names one."""
    written: int
    """Documents."""
    refused: int
    """Documents that cannot be written, because they are full."""
    left: frozenset[str]
    """Products whose documents kept changing meanwhile, and are to be looked at again."""
    complete: bool
    """False if the time allowed ended first."""


class Catalogue:
    """The product documents of one organisation."""

    def __init__(self, client: firestore.Client, org_id: str, organizations: Organizations) -> None:
        self._client = client
        self._org_id = org_id
        self._organizations = organizations

    def update(
        self, wanted: Mapping[str, SalesFields], *, now: datetime, out_of_time: Callable[[], bool]
    ) -> CatalogueRun:
        """Write fields, by product id, wherever a product's documents say otherwise.

        Two reads per product, and a write per document that differs. Doing it again writes nothing
        more, so a pass that ended early is simply repeated. Where documents change meanwhile, they
        are read again, in halves, so that a shop that writes all the time holds up only what it is
        writing at that moment.
        """
        categories: dict[str, str | None] = {}
        written = refused = 0
        left: set[str] = set()
        attempts: Counter[str] = Counter()
        ids = list(wanted)
        waiting = deque(
            ids[start : start + PRODUCTS_PER_COMMIT]
            for start in range(0, len(ids), PRODUCTS_PER_COMMIT)
        )
        while waiting and not out_of_time():
            part = waiting.popleft()
            documents = self._documents(part, wanted)
            categories |= {id: _category(found) for id, found in documents.items()}
            differing = [
                (document, wanted[id])
                for id, found in documents.items()
                for document in found
                if any(content(document).get(k) != value for k, value in wanted[id].items())
            ]
            try:
                refused_now = self._write(differing, now)
            except CONFLICTS:
                if len(part) > 1:
                    half = len(part) // 2
                    waiting += [part[:half], part[half:]]
                    continue
                attempts.update(part)
                if attempts[part[0]] < MAX_ATTEMPTS:
                    waiting.append(part)
                else:
                    left.update(part)
                continue
            written += len(differing) - refused_now
            refused += refused_now
        return CatalogueRun(
            categories=categories,
            written=written,
            refused=refused,
            left=frozenset(left),
            complete=not waiting,
        )

    def _documents(
        self, ids: Sequence[str], wanted: Mapping[str, SalesFields]
    ) -> dict[str, list[Snapshot]]:
        """The documents that there are of each product, those of the organisation's own first."""
        product_of: dict[firestore.DocumentReference, str] = {}
        for id in ids:
            product_of[self._client.document(paths.catalogue_item(self._org_id, id))] = id
            if is_document_id(id):
                product_of[self._client.document(paths.root_product(id))] = id
        fields = {OWNER, CATEGORY, *(name for id in ids for name in wanted[id])}
        found: dict[str, list[Snapshot]] = {id: [] for id in ids}
        snapshots = decodable(self._client, [*product_of], sorted(fields))
        for reference, id in product_of.items():
            snapshot = snapshots.get(reference) or self._readable(reference, fields)
            # Items lie below the organisation; a root product says whose it is.
            root = reference.parent.id == paths.PRODUCTS
            if snapshot.exists and (not root or self._owns(snapshot)):
                found[id].append(snapshot)
        return found

    def _readable(self, reference: firestore.DocumentReference, fields: set[str]) -> Snapshot:
        """A document that cannot be decoded, with as many of its fields as can."""
        for names in (fields - {CATEGORY}, {OWNER}):
            found = decodable(self._client, [reference], sorted(names))
            if found:
                return found[reference]
        return reference.get(["__name__"])

    def _owns(self, product: Snapshot) -> bool:
        owner = content(product).get(OWNER)
        if not isinstance(owner, str) or not valid_organization_id(owner.strip()):
            return False
        return self._organizations.resolve(owner.strip()) == self._org_id

    def _write(self, differing: Sequence[tuple[Snapshot, SalesFields]], now: datetime) -> int:
        """All in one commit, else each by itself; how many were refused."""
        if not differing:
            return 0
        try:
            self._commit(differing, now)
        except exceptions.InvalidArgument:
            refused = 0
            for one in differing:
                try:
                    self._commit([one], now)
                except exceptions.InvalidArgument:
                    refused += 1
                    logs.product_refused(self._org_id)
            return refused
        return 0

    def _commit(self, differing: Sequence[tuple[Snapshot, SalesFields]], now: datetime) -> None:
        batch = self._client.batch()
        for document, fields in differing:
            # Whose it is was read: it must still be theirs.
            unchanged = self._client.write_option(last_update_time=document.update_time)
            batch.update(document.reference, {**fields, UPDATED_AT: now}, option=unchanged)
        batch.commit()


def _category(documents: Sequence[Snapshot]) -> str | None:
    """The first that is named, in the spelling that orders are counted under."""
    for document in documents:
        if (named := clean_text(content(document).get(CATEGORY))) is not None:
            return canonical_category(named)
    return None
