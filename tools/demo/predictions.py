"""The demo of predictions: levels of risk, the reliability table, the forecast, three customers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tools.console import CONSOLE
from tools.demo.api import Api
from tools.errors import StackError

PREDICTION = "/v1/analytics/churn/prediction"
FORECAST = "/v1/analytics/forecast?months=6"
STATUS = "/v1/settings/thresholds/status"
SHOWN_CUSTOMERS = 3
PATIENCE_SECONDS = 120


def show_predictions(api: Api) -> None:
    """Print the predictions, once every customer is scored under the model.

    Raises StackError if that takes too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    with CONSOLE.status("Scoring all customers under the model"):
        while api.get(STATUS)["outdated"]:
            if time.monotonic() > deadline:
                raise StackError(
                    f"Customers were not scored in {PATIENCE_SECONDS} seconds; the log of the "
                    "functions is in .emulators."
                )
            time.sleep(0.3)
    prediction = api.get(PREDICTION)
    at_stake = prediction["mostAtStake"] or ()
    customers = [
        api.get(f"/v1/customers/{each['customerKey']}") for each in at_stake[:SHOWN_CUSTOMERS]
    ]
    CONSOLE.print(predictions(prediction, api.get(FORECAST), customers))


def predictions(
    prediction: Mapping[str, Any],
    forecast: Mapping[str, Any],
    customers: Sequence[Mapping[str, Any]],
) -> Group:
    """The model, then each table, from the answers of the API."""
    model = prediction["model"]
    if model is None:
        return Group(Text("Predictions", "italic"), Text(prediction["decision"] or "Not made yet."))
    model_in_words = (
        f"Probability of no order in {model['horizonDays']} days, by {model['kind']}. "
        f"{model['reason']}"
    )
    return Group(
        _levels(prediction["levels"] or ()),
        Text(model_in_words, "dim"),
        _reliability(prediction["reliability"] or ()),
        _forecast(forecast),
        *map(_customer, customers),
    )


def _levels(levels: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Customers by churn risk")
    table.add_column("level")
    for name in ("customers", "value so far", "next 12 months"):
        table.add_column(name, justify="right")
    for each in levels:
        table.add_row(
            each["level"],
            f"{each['customers']:,}",
            f"${each['lifetimeValue']:,.2f}",
            f"${each['predictedLtv']:,.2f}",
        )
    return table


def _reliability(bins: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Customers of the past: predicted to stay away, and who did")
    for name in ("customers", "predicted", "stayed away", "95% interval"):
        table.add_column(name, justify="right")
    for each in bins:
        table.add_row(
            f"{each['customers']:,}",
            f"{each['predicted']:.1%}",
            f"{each['observed']:.1%}",
            f"{each['low']:.1%} to {each['high']:.1%}",
        )
    return table


def _forecast(forecast: Mapping[str, Any]) -> Table:
    table = Table(title="Revenue to expect")
    table.add_column("from")
    for name in ("today's customers", "new customers"):
        table.add_column(name, justify="right")
    for month in forecast["months"] or ():
        table.add_row(month["from"], f"${month['existing']:,.2f}", f"${month['new']:,.2f}")
    total = forecast["total"]
    if total is not None:
        table.add_section()
        table.add_row("all", f"${total['existing']:,.2f}", f"${total['new']:,.2f}")
        table.caption = (
            "no interval: fewer than three past forecasts"
            if total["low"] is None
            else f"80% interval of both together: ${total['low']:,.2f} to ${total['high']:,.2f}"
        )
    return table


def _customer(customer: Mapping[str, Any]) -> Text:
    # As text: names may hold what rich takes for markup.
    lines = Text(f"{customer['displayName'] or customer['customerKey']}: ", "bold")
    lines.append(
        f"{customer['churnProbability']}% ({customer['churnRiskLevel']}), "
        f"${customer['predictedLtv']:,.2f} in the next 12 months",
        "not bold",
    )
    for reason in customer["prediction"]["reasons"]:
        lines.append(f"\n  {reason['text']}", "dim")
    return lines
