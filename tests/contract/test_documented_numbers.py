"""Numbers in the prose of the documents are those of the code."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions import deployment
from shared.customers import record_store
from shared.customers.store import MAX_PAGE_READS
from shared.history import cell_store as cell_reader
from shared.history import past
from shared.history import routes as routes_history
from shared.installation import LONGEST_EVENT_SECONDS
from shared.kernel import instants, money, platform, retries
from shared.kernel.document_ids import MAX_ID_LENGTH
from shared.kernel.settings import MIN_SECRET_LENGTH, Settings
from shared.orders import lines
from shared.organizations.settings import DEFAULT_TIME_ZONE
from shared.overview import answers as analytics_models
from shared.overview import overview
from shared.products.product_sales import MAX_CATEGORIES
from shared.reconciliation import ageing
from shared.reconciliation.stores import counter_codec, reclassification_store
from shared.rules import recommendation_routes as routes_recommendation
from shared.rules.return_curve import RETURN_DAYS
from shared.rules.threshold_proposal import MIN_RETURNING_CUSTOMERS, MIN_RETURNS, SHARES
from shared.segments.conditions import parse, values
from shared.segments.contact_search import MAX_SEARCH_LENGTH, MIN_SEARCH_LENGTH
from shared.segments.custom_segment import (
    MAX_CUSTOM_SEGMENTS,
)
from shared.segments.history import MAX_BYTES
from shared.suggestions.suggestions import MAX_SUGGESTIONS
from shared.web import bodies, parameters
from tests.contract.documents import (
    API,
    CONFIGURATION,
    COSTS,
    CUSTOM_SEGMENTS,
    DEPLOY,
    LIMITS,
    LOCAL_STACK,
    README,
    RUNBOOK,
    SEGMENTS,
    one_line,
    text,
)
from tools.demo import run as demo
from tools.demo.orders import demo_orders

_SETTLE_SECONDS = LONGEST_EVENT_SECONDS + Settings().settings_refresh_seconds
SETTLED_AFTER = f"{-(-_SETTLE_SECONDS // 60)} to {-(-_SETTLE_SECONDS // 60) + 5}"
"""Minutes, with the wait for the next run."""
MAX_SUGGESTIONS_IN_WORDS = {8: "eight"}[MAX_SUGGESTIONS]

FACTS = {
    LIMITS: (
        f"at most {lines.MAX_PRODUCTS:,} different products",
        f"take at most {lines.MAX_BYTES:,} bytes",
        f"Dates from {instants.EARLIEST.year} to {instants.LATEST.year - 1}",
        f"Amounts up to {money.MAX_CENTS / 100:,.2f}",
        f"at most {MAX_CATEGORIES:,} categories",
        f"within {Settings().settings_refresh_seconds} seconds (`SETTINGS_REFRESH_SECONDS`)",
        f"`{analytics_models.CHURN_RATE}`",
        f"{MAX_CUSTOM_SEGMENTS} per organisation, with {parse.MAX_CONDITIONS} conditions and "
        f"{parse.MAX_DEPTH} levels each",
        f"at most {MAX_BYTES:,} bytes",
        f"at most {routes_history.MAX_DAYS} days",
        f"at most {past.MAX_TRANSITIONS:,} transitions",
        f"follows {SETTLED_AFTER} minutes after `complete`",
    ),
    COSTS: (
        f"up to {routes_recommendation.MAX_CUSTOMERS:,} customers",
        f"that {ageing.COMMIT_SIZE} customers share",
        f"one per order shown (at most {record_store.RECENT_ORDERS})",
        f"one per shard of each of the last {2 * overview.PERIOD_DAYS} days",
        f"every {counter_codec.MAX_INCREMENTS // 2} different categories",
        f"at most {MAX_PAGE_READS:,} a page",
        f"one per customer, at most {routes_recommendation.MAX_CUSTOMERS:,}",
        f"some {cell_reader.MAX_TRANSITIONS:,} |",
    ),
    CONFIGURATION: (
        f"The default is `{DEFAULT_TIME_ZONE}`",
        f"At least {MIN_SECRET_LENGTH} characters",
    ),
    DEPLOY: (f"Everything runs in `{deployment.REGION.value}`",),
    SEGMENTS: (
        "{:g} %, {:g} % and {:g} %".format(*(100 * share for share in SHARES.values())),
        f"order within {RETURN_DAYS} days",
        f"fewer than {MIN_RETURNS} returns by {MIN_RETURNING_CUSTOMERS} customers",
    ),
    API: (
        f"the latest {record_store.RECENT_ORDERS} orders",
        f"`pageSize` is {parameters.DEFAULT_PAGE_SIZE} by default and {parameters.MAX_PAGE_SIZE}",
        f"at most {bodies.MAX_BODY_BYTES:,} bytes",
        f"at most {MAX_PAGE_READS:,} documents",
        f"{MIN_SEARCH_LENGTH} to {MAX_SEARCH_LENGTH} characters",
        f"at most {routes_history.MAX_DAYS}.",
        f"may be {past.MAX_TRANSITIONS:,} transitions",
        f"some {cell_reader.MAX_TRANSITIONS:,} transitions",
    ),
    CUSTOM_SEGMENTS: (
        f"up to {MAX_CUSTOM_SEGMENTS} segments of its own",
        f"at most {MAX_SUGGESTIONS_IN_WORDS} groups",
        f"at most {parse.MAX_VALUES} values",
        f"0 to {values.MAX_TIMES:,} |",
        f"0 to {values.MAX_DAYS:,} |",
        "within five minutes",
    ),
    RUNBOOK: (
        f"More than {lines.MAX_PRODUCTS:,} different products",
        f"take more than {lines.MAX_BYTES:,} bytes",
        f"outside {instants.EARLIEST.year} to {instants.LATEST.year - 1}",
        f"over {money.MAX_CENTS / 100:,.2f} either way",
        f"longer than {MAX_ID_LENGTH} characters",
        f"Gave up after {retries.MAX_ATTEMPTS} conflicts.",
        f"after {platform.SCHEDULE_WORK_SECONDS} seconds",
        f"`SETTINGS_REFRESH_SECONDS` ({Settings().settings_refresh_seconds})",
        f"Gave up on a change of rules after {retries.MAX_ATTEMPTS} conflicts.",
        f"{reclassification_store.PAGE_SIZE} at a time",
        f"any longer, {LONGEST_EVENT_SECONDS // 60} minutes and `SETTINGS_REFRESH_SECONDS` later",
        f"`settled` {SETTLED_AFTER} minutes later",
        f"more than {past.MAX_TRANSITIONS:,} transitions",
    ),
}


@pytest.mark.parametrize(
    ("document", "fact"), [(document, fact) for document in FACTS for fact in FACTS[document]]
)
def test_a_number_that_is_stated_is_the_codes(document: Path, fact: str) -> None:
    assert fact in one_line(document)


def test_the_demo_loads_what_is_stated() -> None:
    orders = demo_orders(datetime.now(UTC), at_most=demo.ORDERS_PER_HOUSEHOLD)
    households = len({order.data["userId"] for order in orders})
    for document in (README, LOCAL_STACK, COSTS):
        assert f"{len(orders):,} " in text(document)
        assert f"{households} households" in one_line(document)
    stack = one_line(LOCAL_STACK)
    assert f"The first {len(orders) - demo.LIVE_ORDERS:,} orders" in stack
    assert f"The last {demo.LIVE_ORDERS} go one by one" in stack
