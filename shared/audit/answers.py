"""What the route about the quality of the data answers with."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.audit.findings import FindingKind
from shared.audit.report import Check, Depth
from shared.web.computed import ComputedStatus
from shared.web.models import ApiModel


class QualitySample(ApiModel):
    """One thing that was not as it should be. Holds no personal data."""

    document: str = Field(
        description="What it was about, such as `ledger order_1`, `customer 5f…`, `day 2026-01-31` "
        "or `totals`."
    )
    field: str = Field(description="The field or counter.")
    expected: str | None = Field(
        description="What the orders say, money in cents; null where there should be nothing."
    )
    found: str | None = Field(description="What was stored; null where there was nothing.")


class QualityCheck(ApiModel):
    """One check of an audit."""

    check: Check = Field(
        description="`orders_in_ledger`: every order is counted as it is now, and nothing is "
        "counted for orders that are not there. `export_complete`: the export to the warehouse "
        "holds exactly what is counted. `customers`, `segments`, `counters`: order counts, "
        "lifetime values, first and last orders; segments; and daily, all-time and segment "
        "counters are what SQL computes from the export."
    )
    expected: int = Field(
        description="How many things there should be: orders, exported orders, customers, or "
        "counters other than 0."
    )
    found: int = Field(description="How many there were.")
    drift: int = Field(
        description="How many were missing, superfluous or not as they should be. What was written "
        "in the ten minutes before is not looked at."
    )
    repaired: int = Field(description="How many of these were put right.")
    remaining: int = Field(description="How many were still not right after that.")
    checked_at: AwareDatetime = Field(description="When this was checked.")
    samples: list[QualitySample] = Field(description="Ten of the differences at most.")


class QualityFinding(ApiModel):
    """All orders that are warned of, do not count, or are rejected, for one reason."""

    kind: FindingKind = Field(
        description="`warning`: somebody should look at the order, which was read all the same. "
        "`exclusion`: the order does not count. `rejection`: it is in `rejected_orders`."
    )
    code: str = Field(
        description="What is warned of, such as `document_large`, or a field that could not be "
        "used, such as `items[].price`; why an order is excluded, such as `cancelled`; or why it "
        "is rejected, such as `date_invalid`."
    )
    orders: int = Field(description="How many orders.")
    newest_order_ids: list[str] = Field(description="The newest ten of them at most.")


class BusyCustomer(ApiModel):
    """A customer with more orders on one day than one person places."""

    customer_key: str = Field(description="Who it is: never an e-mail address or phone number.")
    date_: date = Field(alias="date", description="The day, where the organisation is.")
    orders: int = Field(description="Counted orders on that day.")


class UnprocessedOrder(ApiModel):
    """An order that could not be counted for 20 hours, and is tried again every hour."""

    order_id: str = Field(description="The order.")
    error: str = Field(description="What kind of error it was the last time.")
    first_failed_at: AwareDatetime = Field(description="When it was given up at first.")
    last_failed_at: AwareDatetime = Field(description="When it was last tried.")


class Quality(ApiModel):
    """How the stored numbers compare with the orders, as of the last nightly audit."""

    org_id: str = Field(description="The organisation this is about.")
    computed_at: AwareDatetime | None = Field(
        description="When the last audit began; null before the first one."
    )
    status: ComputedStatus = Field(description="How the newest audit ended.")
    stale: bool = Field(
        description="Whether the last audit is older than it should be, or the newest failed."
    )
    last_error: str | None = Field(
        description="Why the newest audit failed; null where it did not."
    )
    source_rows: int | None = Field(description="Orders that were checked.")
    lag_seconds: int | None = Field(description="Seconds from when the audit was due to its begin.")
    depth: Depth | None = Field(
        description="`nightly`: counts and sums of everything, and one by one the orders of the "
        "last two days and a thirtieth of all others. `everything`: an audit that a person ran. "
        "Null before the first audit."
    )
    checks: list[QualityCheck] | None = Field(
        description="What was checked; null before the first audit."
    )
    findings: list[QualityFinding] | None = Field(
        description="What orders were noticed for as of `computedAt`, by kind, the most frequent "
        "first; null before the first audit that looks for it."
    )
    busy_customers: list[BusyCustomer] | None = Field(
        description="Customers with more than 50 counted orders on one day as of `computedAt`, the "
        "busiest 20 such days at most. Often it is what the shop writes on walk-in orders, which "
        "belongs in `placeholders` of `settings/analytics`. Null as `findings` is."
    )
    unprocessed_orders: list[UnprocessedOrder] = Field(
        description="Orders that could not be counted for 20 hours, as of now and 20 at most. Each "
        "is tried again every hour, and goes from here once it is counted."
    )
