"""Facts about what is predicted: customers who are likely to leave, and revenue to come. Pure."""

from collections.abc import Iterator

from shared.insights.facts.groups import group, origin_of, share_of
from shared.insights.numbers import Predicted, Source
from shared.insights.rendering import month
from shared.kernel.facts import SMALLEST_GROUP, Fact, FactUnit, Link, Subject, Words
from shared.predictions.risk import RiskLevel


def prediction_facts(source: Source[Predicted], found: Predicted) -> Iterator[Subject]:
    query = {"risk": RiskLevel.CRITICAL.value}
    customers = Link(page="/dashboard/customers", api="/v1/customers", query=query)
    origin = origin_of(source, "predictions", customers)
    whose = "customers at critical churn risk"
    yield from group(
        "critical_risk", whose, found.critical, "who are at critical churn risk", origin
    )
    if found.critical >= SMALLEST_GROUP:
        yield Fact(
            id="critical_risk_value",
            label=f"revenue to expect from {whose} in the next 12 months",
            value=found.critical_cents,
            unit=FactUnit.CENTS,
            words=Words(many=f"in expected revenue from {whose}"),
            share=share_of(
                found.critical_cents, found.all_cents, "the expected revenue of all customers"
            ),
            origin=origin,
        )
    if found.month is not None:
        forecast = Link(page="/dashboard/analytics", api="/v1/analytics/forecast")
        yield Fact(
            id="forecast_month",
            label="revenue to expect in the next whole month, from all customers and new ones",
            value=found.month_cents,
            unit=FactUnit.CENTS,
            words=Words(
                many=f"in revenue forecast for {month(found.month.year, found.month.month)}"
            ),
            origin=origin_of(source, "predictions", forecast),
        )
