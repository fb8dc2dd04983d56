"""Sales by product word for word as defined, and the results made from them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.cloud import firestore

from shared.firestore import paths
from shared.nightly.question import ComputedOrganization, Row
from shared.nightly.result import attempt_at
from shared.products.product_sales import NAME, ProductSalesQuestion
from shared.products.store import ProductResults
from shared.reconciliation.ports import Organizations
from shared.reconciliation.stores.ledger_codec import ledger_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """One product on one order that counts; below 0 what came back."""

    day: date
    product_id: str
    name: str
    category: str
    quantity_milli: int
    cents: int


def product_rows(lines: Iterable[SoldLine], today: date) -> list[Row]:
    """The rows that the warehouse answers with, in no order."""
    by_product, by_category = defaultdict(list), defaultdict(list)
    for line in lines:
        by_product[line.product_id].append(line)
        by_category[line.category].append(line)
    rows: list[dict[str, Any]] = [
        {
            "product_id": id,
            "category": None,
            "name": _name(sold, today),
            "last_sale_on": _last_sale(sold, today),
            "numbers": _sums(sold, today),
        }
        for id, sold in by_product.items()
    ] + [
        {"product_id": None, "category": category, "numbers": _sums(sold, today)}
        for category, sold in by_category.items()
    ]
    return [row for row in rows if any(row["numbers"][:2])]


def _sums(lines: list[SoldLine], today: date) -> list[int]:
    sums = []
    for days in (None, 7, 30):
        within = [line for line in lines if days is None or 1 <= (today - line.day).days <= days]
        sums += [sum(line.quantity_milli for line in within), sum(line.cents for line in within)]
    return sums


def _sales(lines: list[SoldLine], today: date) -> list[date]:
    units: Counter[date] = Counter()
    for line in lines:
        units[line.day] += line.quantity_milli
    return [day for day, sold in units.items() if sold > 0 and day <= today]


def _last_sale(lines: list[SoldLine], today: date) -> str | None:
    if sum(line.quantity_milli for line in lines) <= 0:
        return None
    last = max(_sales(lines, today), default=None)
    return None if last is None else last.isoformat()


def _name(lines: list[SoldLine], today: date) -> str:
    day = max(_sales(lines, today), default=max(line.day for line in lines))
    return max(line.name for line in lines if line.day == day)


def ledger_lines(client: firestore.Client, org_id: str) -> list[SoldLine]:
    """Return every line of the counted orders from the ledger, which is exported."""
    lines = []
    for snapshot in client.collection(paths.LEDGER).stream():
        fact = ledger_entry(snapshot.id, snapshot.to_dict() or {}).fact
        if fact and fact.counted and fact.org_id == org_id:
            lines += [
                SoldLine(
                    day=fact.local_date,
                    product_id=line.product_id,
                    name=line.name,
                    category=line.category,
                    quantity_milli=line.quantity_milli,
                    cents=line.amount_cents,
                )
                for line in fact.lines
            ]
    return lines


def publish_product_sales(
    client: firestore.Client, organizations: Organizations, org_id: str, now: datetime
) -> None:
    """Run an organisation's task on a night's answer made from its ledger.

    A failure is recorded and raised.
    """
    results = ProductResults(client, organizations, clock=lambda: now)
    organization = ComputedOrganization.of(organizations.refreshed(org_id), now)
    rows = product_rows(ledger_lines(client, org_id), organization.today)
    attempt = attempt_at(now, due_at=now)
    try:
        for result in ProductSalesQuestion().results(organization, rows):
            results.publish(org_id, result, attempt, len(rows))
    except Exception as error:
        results.fail_all(org_id, [NAME], attempt, type(error).__name__)
        raise
    finally:
        results.invalidate(org_id)
