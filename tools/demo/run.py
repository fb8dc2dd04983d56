"""The whole product on real orders: `python -m tools.demo.run`, or `make demo`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from google.cloud import firestore
from rich.panel import Panel
from rich.table import Table

from shared.audit import job as auditing
from shared.computation import job as computing
from shared.firestore import paths
from shared.insights import job as generating
from shared.nightly.job_store import FirestoreJobs
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from shared.warehouse.client import bigquery_client
from shared.warehouse.tables import CHANGELOG
from tools.accounts import demo_account, signed_in_token
from tools.backfill import run_backfill
from tools.connection import connect
from tools.console import CONSOLE, progress, run
from tools.contacts_backfill import run_contacts_backfill
from tools.demo.analytics import share_of, show_analytics, show_audit, show_lately
from tools.demo.api import Api
from tools.demo.campaigns import crm_documents, orders_after, run_campaign, show_performance
from tools.demo.events import demo_events, write_events
from tools.demo.insights import show_insights
from tools.demo.orders import ORGANIZATIONS, DemoOrder, demo_orders, demo_products
from tools.demo.predictions import show_predictions
from tools.demo.rules import calls, show_rules
from tools.demo.writes import write_documents
from tools.errors import StackError
from tools.export_backfill import run_export_backfill
from tools.stack.dashboard_server import dashboard_server, require_dashboard
from tools.stack.firebase_cli import ROOT
from tools.stack.local_stack import PROJECT, FirebaseEmulators, firebase_emulators
from tools.stack.ports import DASHBOARD, HOST, port_from_environment

ORDERS_PER_HOUSEHOLD = 12
LIVE_ORDERS = 200
CAMPAIGN_SEGMENT = "churned"
PRODUCTS = 200
"""Product documents of the shop: of its best sellers."""
WORKERS = 4
PATIENCE_SECONDS = 120


def main(
    wait: Annotated[bool, typer.Option(help="Stay up until Ctrl-C.")] = True,
) -> None:
    """Start the local stack, load a year of real orders, and show what the dashboard would."""
    with CONSOLE.status("Reading a year of grocery orders"):
        orders = demo_orders(datetime.now(UTC), at_most=ORDERS_PER_HOUSEHOLD)
    with ExitStack() as stack:
        require_dashboard(port_from_environment(DASHBOARD))
        with CONSOLE.status("Starting the emulators"):
            emulators = stack.enter_context(firebase_emulators())
        dashboard = stack.enter_context(dashboard_server(emulators, emulators.ports.dashboard))
        _show(emulators, orders, dashboard)
        if wait:
            CONSOLE.print("The stack runs until Ctrl-C.")
            with suppress(KeyboardInterrupt):
                emulators.wait()
            CONSOLE.print("Stopping. The data goes with the emulators; the report stays.")


def _show(emulators: FirebaseEmulators, orders: Sequence[DemoOrder], dashboard: str) -> None:
    os.environ.update(emulators.environment)
    services = connect(None)
    org_id = ORGANIZATIONS[0]
    history, live = orders[:-LIVE_ORDERS], orders[-LIVE_ORDERS:]
    products = demo_products(orders, org_id, at_most=PRODUCTS)
    token = signed_in_token(emulators, {"role": "brand_admin", "orgId": org_id})
    api = Api(url=emulators.http_url("api"), token=token)
    with emulators.triggers_paused():
        documents = [
            *((paths.order(order.order_id), order.data) for order in history),
            *((paths.catalogue_item(org_id, id), data) for id, data in products.items()),
            *crm_documents(orders, org_id),
        ]
        with progress("Writing the history", len(documents)) as show:
            write_documents(services.client, documents, show)
        run_backfill(services, None, WORKERS)
        run_export_backfill(services, None)
        run_contacts_backfill(services, org_id)
    _write_live(services.client, live)
    campaign_id, emails = run_campaign(api, services.client, CAMPAIGN_SEGMENT)
    afterwards = orders_after(orders, emails)
    _write_live(services.client, afterwards)
    write_events(services.client, api, demo_events(orders, org_id, orders[-1].ordered_at))
    _wait_for_export(services, len(orders) + len(afterwards))
    for function in ("age_segments", "compute_analytics", "audit"):
        with CONSOLE.status(f"Running the scheduled function {function} once"):
            emulators.run_schedule(function)
    _wait_for_tasks(services, computing.QUEUE, "Organisations computed")
    _wait_for_tasks(services, auditing.QUEUE, "Organisations audited")
    _wait_for_tasks(services, computing.PREDICT, "Organisations predicted")
    with CONSOLE.status("Running the scheduled function generate_insights once"):
        emulators.run_schedule("generate_insights")
    _wait_for_tasks(services, generating.QUEUE, "Insights made")
    largest_category = _print_dashboard(api)
    segment_id = show_rules(api, largest_category)
    show_lately(api, largest_category)
    page = show_analytics(api, org_id)
    show_predictions(api)
    show_performance(api, campaign_id)
    show_audit(api)
    show_insights(replace(api, url=emulators.http_url("insights")))
    account = demo_account(emulators, org_id)
    _print_next_steps(emulators, api, segment_id, largest_category, page)
    CONSOLE.print(
        Panel(
            f"{dashboard}\nE-mail address  {account.email}\nPassword        {account.password}",
            title="Dashboard",
        )
    )


def _write_live(client: firestore.Client, orders: Sequence[DemoOrder]) -> None:
    """Write orders as a shop does, and wait until the trigger has counted every one."""
    ledger = [client.document(paths.ledger_entry(order.order_id)) for order in orders]
    with progress("Orders through the live trigger", len(orders)) as show:
        for order in orders:
            client.document(paths.order(order.order_id)).set(order.data)
        deadline = time.monotonic() + PATIENCE_SECONDS
        orders_counted = 0
        while orders_counted < len(orders):
            if time.monotonic() > deadline:
                raise StackError(
                    f"The trigger counted {orders_counted} of {len(orders)} orders in "
                    f"{PATIENCE_SECONDS} seconds; its log is in .emulators."
                )
            orders_counted = sum(entry.exists for entry in client.get_all(ledger))
            show(orders_counted)
            time.sleep(0.3)


def _wait_for_export(services: Services, orders: int) -> None:
    """Wait until BigQuery has received that many orders."""
    client = bigquery_client(services.client.project)
    table = f"{services.settings.bigquery_dataset}.{CHANGELOG}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    with progress("Orders exported to BigQuery", orders) as show:
        while True:
            job = client.query(f"SELECT COUNT(DISTINCT document_id) AS exported FROM {table}")
            (rows_exported,) = (row.exported for row in job.result())
            show(rows_exported)
            if rows_exported >= orders:
                break
            if time.monotonic() > deadline:
                raise StackError(
                    f"The trigger exported {rows_exported} of {orders} orders in "
                    f"{PATIENCE_SECONDS} seconds; its log is in .emulators."
                )
            time.sleep(0.5)
    client.close()


def _wait_for_tasks(services: Services, queue: str, title: str) -> None:
    """Until a queue's tasks of the night are done."""
    org_ids = organization_ids(services.client)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with progress(title, len(org_ids)) as show:
        while True:
            states = [FirestoreJobs(services.client, org_id).load(queue)[0] for org_id in org_ids]
            count = sum(state is not None and state.computed_at is not None for state in states)
            show(count)
            if count == len(org_ids):
                return
            if time.monotonic() > deadline:
                raise StackError(
                    f"{title}: {count} of {len(org_ids)} in {PATIENCE_SECONDS} seconds; the log is "
                    "in .emulators."
                )
            time.sleep(0.5)


def _print_dashboard(api: Api) -> str:
    """Print where the dashboard is; returns the category that sells most."""
    segments = api.get("/v1/segments")
    overview = api.get("/v1/analytics/overview")
    largest_category = str(overview["salesByCategory"][0]["category"])
    rows = sorted(segments["segments"], key=lambda row: -row["count"])
    table = Table(title=f"Segments of {segments['orgId']}", show_footer=True)
    table.add_column("segment", footer="all")
    for name, total in (
        ("customers", f"{sum(row['count'] for row in rows):,}"),
        ("share", "100%"),
        ("lifetime value", f"${sum(row['lifetimeValue'] for row in rows):,.2f}"),
        ("average order", ""),
    ):
        table.add_column(name, total, justify="right")
    for row in rows:
        table.add_row(
            row["label"],
            f"{row['count']:,}",
            share_of(row["share"]),
            f"${row['lifetimeValue']:,.2f}",
            _or_dash(row["averageOrderValue"], "${:,.2f}"),
        )
    CONSOLE.print(table)
    numbers = Table(title="Key figures", show_header=False)
    numbers.add_column("figure")
    numbers.add_column("value", justify="right")
    for name, value in (
        ("revenue", f"${overview['totalRevenue']:,.2f}"),
        ("orders", f"{overview['totalOrders']:,}"),
        ("average order", _or_dash(overview["averageOrderValue"], "${:,.2f}")),
        ("customers", f"{overview['uniqueCustomerCount']:,}"),
        ("repeat purchase rate", _or_dash(overview["repeatCustomerRate"], "{:.1%}")),
        ("revenue, last 30 days", f"${overview['last30DaysRevenue']:,.2f}"),
        ("revenue, 30 days before", f"${overview['prev30DaysRevenue']:,.2f}"),
        ("best seller by revenue", overview["salesByProduct"][0]["productName"]),
        ("largest category by revenue", largest_category),
    ):
        numbers.add_row(name, value)
    CONSOLE.print(numbers)
    return largest_category


def _print_next_steps(
    emulators: FirebaseEmulators, api: Api, segment_id: str, category: str, page: Path
) -> None:
    CONSOLE.print(
        Panel(
            f"API        {api.url}, and insights at {emulators.http_url('insights')}\n"
            f"Firestore  {HOST}:{emulators.ports.firestore}   "
            f"Auth  {HOST}:{emulators.ports.auth}   "
            f"BigQuery  {HOST}:{emulators.ports.bigquery}\n"
            f"Project    {PROJECT}\n"
            f"Report     {page.relative_to(ROOT)}",
            title="Running",
        )
    )
    CONSOLE.print("A brand user's token, valid for an hour, and calls to paste after it:\n")
    for line in (*api.setup(), "", *calls(api, segment_id, category)):
        print(line)
    print()


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


if __name__ == "__main__":
    run(main)
