"""Facts about predictions: customers who are likely to leave, and expected revenue. Pure."""

from collections.abc import Iterator, Sequence

from shared.cohorts.cohorts import Cohort
from shared.cohorts.period import Granularity, Period
from shared.insights.facts.groups import group, origin_of, share_of
from shared.insights.numbers import ModelExpectations, Source
from shared.insights.rendering import month
from shared.kernel.facts import SMALLEST_GROUP, Comparison, Fact, FactUnit, Link, Subject, Words
from shared.predictions.risk import RiskLevel


def prediction_facts(
    source: Source[ModelExpectations], expectations: ModelExpectations, cohorts: Sequence[Cohort]
) -> Iterator[Subject]:
    """`cohorts` are monthly ones: the forecast is compared with their revenue."""
    query = {"risk": RiskLevel.CRITICAL.value}
    customers = Link(page="/dashboard/customers", api="/v1/customers", query=query)
    origin = origin_of(source, "predictions", customers)
    whose = "customers at critical churn risk"
    yield from group(
        "critical_risk", whose, expectations.critical, "who are at critical churn risk", origin
    )
    if expectations.critical >= SMALLEST_GROUP:
        yield Fact(
            id="critical_risk_value",
            label=f"revenue to expect from {whose} in the next 12 months",
            value=expectations.critical_cents,
            unit=FactUnit.CENTS,
            words=Words(many=f"in expected revenue from {whose}"),
            share=share_of(
                expectations.critical_cents,
                expectations.all_cents,
                "the expected revenue of all customers",
            ),
            origin=origin,
        )
    if expectations.month is not None:
        forecast = Link(page="/dashboard/analytics", api="/v1/analytics/forecast")
        yield Fact(
            id="forecast_month",
            label="revenue to expect in the next whole month, from all customers and new ones",
            value=expectations.month_cents,
            unit=FactUnit.CENTS,
            words=Words(many=f"in revenue forecast for {month(expectations.month)}"),
            comparison=_last_month(cohorts, Period.of(expectations.month, Granularity.MONTH)),
            origin=origin_of(source, "predictions", forecast),
        )


def _last_month(cohorts: Sequence[Cohort], forecast: Period) -> Comparison | None:
    """The revenue of the last month that was over when that of the next one was forecast.

    Like the forecast, it is of known customers. None if cohorts do not begin before that month,
    which may not have been a whole one then, or where a handful of customers ordered in it.
    """
    last = forecast.plus(-2)
    ages = [(cohort, last.number - cohort.period.number) for cohort in cohorts]
    within = [(cohort, k) for cohort, k in ages if k >= 0]
    if not any(k > 0 for _, k in within) or not all(each.is_complete(k) for each, k in within):
        return None
    if sum(cohort.customers[k] for cohort, k in within) < SMALLEST_GROUP:
        return None
    cents = sum(cohort.revenue_cents[k] for cohort, k in within)
    return Comparison(value=cents, to=month(last.first_day)) if cents > 0 else None
