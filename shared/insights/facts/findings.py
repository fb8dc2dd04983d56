"""Facts about findings: a cohort, a pair, a product, and differences an audit did not repair.
Pure."""

from collections.abc import Iterator

from shared.insights.facts.groups import group, origin_of
from shared.insights.findings import Bundle, CohortBreak, Slowing
from shared.insights.numbers import AuditOutcome, Source
from shared.insights.rendering import month
from shared.kernel.facts import Comparison, Fact, FactUnit, Link, Name, Subject, Words


def cohort_facts(
    source: Source[tuple[object, ...]], cohort_break: CohortBreak | None
) -> Iterator[Subject]:
    if cohort_break is None:
        return
    period = cohort_break.cohort.period
    query = {"granularity": period.granularity.value}
    link = Link(page="/dashboard/analytics", api="/v1/analytics/cohorts", query=query)
    origin = origin_of(source, "cohorts", link)
    first, second = month(period.first_day), month(period.plus(1).first_day)
    yield Name(id="cohort", label="the month of the cohort", text=first, of_the_shop=False)
    yield from group(
        "cohort_size",
        "customers of the cohort",
        cohort_break.cohort.size,
        f"who placed their first order in {first}",
        origin,
    )
    yield from group(
        "cohort_returned",
        "customers of the cohort who ordered again in the month after",
        cohort_break.cohort.customers[1],
        f"who placed their first order in {first} and ordered again in {second}",
        origin,
    )
    yield Fact(
        id="cohort_rate",
        label="part of the cohort that ordered again in the month after, against other cohorts",
        value=cohort_break.rate,
        unit=FactUnit.RATE,
        words=Words(lead="a return rate of", many="", tail="in the month after the first order"),
        comparison=Comparison(
            value=cohort_break.others_rate, to="the other cohorts", over_time=False
        ),
        origin=origin,
    )


def bundle_facts(source: Source[tuple[object, ...]], bundle: Bundle | None) -> Iterator[Subject]:
    if bundle is None:
        return
    link = Link(page="/dashboard/analytics", api="/v1/analytics/affinity")
    origin = origin_of(source, "affinity", link)
    for number, product in ((1, bundle.pair.a), (2, bundle.pair.b)):
        yield Name(id=f"product_{number}", label="a product of the pair", text=product.name)
    yield Fact(
        id="pair_orders",
        label="orders with both products",
        value=bundle.pair.count,
        unit=FactUnit.ORDERS,
        origin=origin,
    )
    yield Fact(
        id="pair_lift",
        label="how many times as often as by chance they are in one order, at the least",
        value=bundle.pair.lift_lower,
        unit=FactUnit.TIMES,
        words=Words(lead="at least", many="times as often as by chance"),
        origin=origin,
    )


def slowing_facts(source: Source[tuple[object, ...]], slowing: Slowing | None) -> Iterator[Subject]:
    if slowing is None:
        return
    query = {"sort": "velocity"}
    link = Link(page="/dashboard/analytics", api="/v1/analytics/products", query=query)
    yield Name(id="product", label="the product", text=slowing.product.name)
    yield Fact(
        id="product_units_7d",
        label="units of the product sold in the last 7 full days",
        value=slowing.units,
        unit=FactUnit.UNITS,
        words=Words(one="unit", many="units", tail="in the last 7 full days"),
        comparison=Comparison(value=slowing.usual_units, to="its 30-day average", over_time=False),
        origin=origin_of(source, "products", link),
    )


def audit_facts(source: Source[AuditOutcome], outcome: AuditOutcome) -> Iterator[Subject]:
    link = Link(page="/dashboard/analytics", api="/v1/analytics/quality")
    origin = origin_of(source, "audit", link)
    for id, label, value, what in (
        (
            "drift_remaining",
            "stored numbers that still differ after repairs",
            outcome.remaining,
            "that could not be repaired",
        ),
        (
            "drift_repaired",
            "stored numbers that were repaired",
            outcome.repaired,
            "that were repaired",
        ),
    ):
        if value > 0:
            yield Fact(
                id=id,
                label=label,
                value=value,
                unit=FactUnit.RECORDS,
                words=Words(one=f"difference {what}", many=f"differences {what}"),
                origin=origin,
            )
