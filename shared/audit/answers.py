"""Answers of the routes about the quality of the data."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.audit.findings import FindingKind
from shared.audit.report import Check, Depth
from shared.web.computed import ComputedAnswer
from shared.web.models import ApiModel


class QualitySample(ApiModel):
    """One difference. Contains no personal data."""

    document: str = Field(
        description="Place, such as `ledger order_1`, `customer 5f…`, `day 2026-01-31` or `totals`."
    )
    field: str = Field(description="The field or counter.")
    expected: str | None = Field(
        description="The value implied by the orders, money in cents; null if there should be none."
    )
    found: str | None = Field(description="The stored value; null if there was none.")


class QualityCheck(ApiModel):
    """One check of an audit."""

    check: Check = Field(
        description="`orders_in_ledger`: every order is counted in its current state, and no "
        "missing order is counted. `export_complete`: the export to the warehouse "
        "holds exactly what is counted. `customers`, `segments`, `counters`: order "
        "counts, lifetime values, first and last orders; segments; and daily, "
        "all-time and segment counters equal what SQL computes from the export. "
        "`predictions`: levels of risk and predicted values equal what the model in force says."
    )
    expected: int = Field(
        description="Expected number: of orders, exported orders, customers, or counters other "
        "than 0."
    )
    found: int = Field(description="Number found.")
    drift: int = Field(
        description="Number missing, superfluous or different. Anything written in the ten "
        "minutes before is ignored."
    )
    repaired: int = Field(description="Number of these that were repaired.")
    remaining: int = Field(description="Number that still differed afterwards.")
    checked_at: AwareDatetime = Field(description="Time of the check.")
    samples: list[QualitySample] = Field(description="Up to ten of the differences.")


class QualityFinding(ApiModel):
    """All orders with a warning, exclusion or rejection for the same reason."""

    kind: FindingKind = Field(
        description="`warning`: the order deserves a look but was counted. `exclusion`: the "
        "order does not count. `rejection`: it is in `rejected_orders`."
    )
    code: str = Field(
        description="The warning, such as `document_large` or an unusable field such as "
        "`items[].price`; the exclusion, such as `cancelled`; or the rejection, such "
        "as `date_invalid`."
    )
    orders: int = Field(description="Number of orders.")
    newest_order_ids: list[str] = Field(description="Up to ten of the newest.")


class BusyCustomer(ApiModel):
    """A customer with implausibly many orders on one day."""

    customer_key: str = Field(
        description=("The customer's key, never an e-mail address or phone number.")
    )
    date_: date = Field(alias="date", description="The day, in the organisation's time zone.")
    orders: int = Field(description="Counted orders on that day.")


class UnprocessedOrder(ApiModel):
    """An order that could not be counted within 20 hours and is retried every hour."""

    order_id: str = Field(description="The order.")
    error: str = Field(description="Type of the latest error.")
    first_failed_at: AwareDatetime = Field(description="When it was first given up.")
    last_failed_at: AwareDatetime = Field(description="When it was last tried.")


class Quality(ComputedAnswer):
    """Comparison of stored numbers with the orders by the audit that began at `computedAt`."""

    depth: Depth | None = Field(
        description="`nightly`: counts and sums of everything, and one by one the orders of the "
        "last two days and a thirtieth of all others. `everything`: an audit that a person ran. "
        "Null before the first audit."
    )
    checks: list[QualityCheck] | None = Field(
        description="The checks; null before the first audit."
    )
    findings: list[QualityFinding] | None = Field(
        description="Findings on orders as of `computedAt`, by kind, the most frequent "
        "first; null before the first audit with findings."
    )
    busy_customers: list[BusyCustomer] | None = Field(
        description="Customers with more than 50 counted orders on one day as of `computedAt`,"
        " the busiest 20 such days at most. Often it is a value that the shop "
        "writes on walk-in orders, which belongs in `placeholders` of "
        "`settings/analytics`. Null as `findings` is."
    )
    unprocessed_orders: list[UnprocessedOrder] = Field(
        description="Orders that could not be counted for 20 hours, as of now and 20 at most. Each "
        "is tried again every hour, and goes from here once it is counted."
    )
