"""Facts about segments, transitions, churn and scores. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from shared.churn.churn import Churn
from shared.churn.rfm import Cell
from shared.insights.audiences import ACTIVE, ESTABLISHED
from shared.insights.facts.groups import LATELY, group, origin_of, share_of, value_of
from shared.insights.numbers import (
    PERIOD_DAYS,
    SOON_DAYS,
    Group,
    SegmentEntries,
    ShopNumbers,
    Source,
)
from shared.kernel.facts import SMALLEST_GROUP, Fact, FactUnit, Link, Origin, Subject, Words
from shared.segments.segment import Segment
from shared.segments.summary import SegmentShare

_TOP_SCORE = 5
_LOW_SCORES = (1, 2)


def segment_facts(
    source: Source[tuple[SegmentShare, ...]], shares: tuple[SegmentShare, ...]
) -> Iterator[Subject]:
    of = {share.segment: share for share in shares}

    def customers(segments: Sequence[Segment]) -> int:
        return sum(of[segment].customers for segment in segments)

    def cents(segments: Sequence[Segment]) -> int:
        return sum(of[segment].lifetime_value_cents for segment in segments)

    everybody = tuple(Segment)
    not_churned = tuple(segment for segment in Segment if segment is not Segment.CHURNED)
    active = customers(ACTIVE)
    page = origin_of(source, "segments", Link(page="/dashboard/segments", api="/v1/segments"))

    def members(segment: Segment) -> Origin:
        query = {"segment": segment.value}
        link = Link(page="/dashboard/customers", api="/v1/customers", query=query)
        return origin_of(source, "segments", link)

    for segment, id, base, base_words in (
        (Segment.AT_RISK, "at_risk", not_churned, "customers who are not Churned"),
        (Segment.VIP, "vip", everybody, "all customers"),
    ):
        size, value = of[segment].customers, of[segment].lifetime_value_cents
        yield from group(
            id,
            f"customers who are {segment.label}",
            size,
            f"who are {segment.label}",
            members(segment),
            share=share_of(size, customers(base), base_words),
        )
        yield from value_of(
            f"{id}_value",
            f"lifetime value of customers who are {segment.label}",
            size,
            value,
            f"{segment.label} customers",
            members(segment),
            share_of(value, cents(base), f"the lifetime value of {base_words}"),
        )
    yield from group(
        "established",
        "active customers in a segment other than New",
        customers(ESTABLISHED),
        "who are VIP, Loyal, High Value or Frequent",
        page,
        share=share_of(customers(ESTABLISHED), active, "active customers"),
    )
    yield from group(
        "new",
        "customers who are New",
        of[Segment.NEW].customers,
        "who are New",
        members(Segment.NEW),
        share=share_of(of[Segment.NEW].customers, active, "active customers"),
    )


def transition_facts(
    source: Source[SegmentEntries], entries: SegmentEntries, numbers: ShopNumbers
) -> Iterator[Subject]:
    first = numbers.today - timedelta(days=PERIOD_DAYS)
    query = {"from": first.isoformat(), "to": numbers.today.isoformat()}
    link = Link(page="/dashboard/segments", api="/v1/segments/history", query=query)
    yield from group(
        "churned_30d",
        f"customers who became Churned {LATELY}",
        entries.current.get(Segment.CHURNED, 0),
        "who became Churned",
        origin_of(source, "segments", link),
        tail=LATELY,
        before=None if entries.before is None else entries.before.get(Segment.CHURNED, 0),
    )


def slipping_facts(source: Source[Group], group: Group, numbers: ShopNumbers) -> Iterator[Subject]:
    link = Link(page="/dashboard/segments", api="/v1/segments/suggestions")
    origin = origin_of(source, "segments", link)
    when = f"within {SOON_DAYS} days unless they order"
    shares = numbers.segments.content or ()
    active = sum(each.lifetime_value_cents for each in shares if each.segment in ACTIVE)
    if group.customers >= SMALLEST_GROUP:
        yield Fact(
            id="about_to_slip",
            label=f"active customers who become Slipping {when}",
            value=group.customers,
            unit=FactUnit.CUSTOMERS,
            words=Words(many=f"active customers who become Slipping {when}"),
            origin=origin,
        )
    yield from value_of(
        "about_to_slip_value",
        f"lifetime value of active customers who become Slipping {when}",
        group.customers,
        group.lifetime_value_cents,
        "customers about to slip",
        origin,
        share_of(group.lifetime_value_cents, active, "the lifetime value of active customers"),
    )


def churn_facts(source: Source[Churn], churn: Churn) -> Iterator[Subject]:
    query = {"days": str(PERIOD_DAYS)}
    link = Link(page="/dashboard/analytics", api="/v1/analytics/churn", query=query)
    origin = origin_of(source, "churn", link)
    total = churn.total
    if total.rate is not None and total.churned >= SMALLEST_GROUP:
        yield Fact(
            id="churn_rate_30d",
            label=f"churn rate {LATELY}",
            value=total.rate,
            unit=FactUnit.RATE,
            words=Words(lead="a churn rate of", many="", tail=LATELY),
            origin=origin,
        )
    yield from group(
        "won_back_30d",
        f"customers who were Churned and came back {LATELY}",
        churn.won_back,
        "who were Churned and came back",
        origin,
        tail=LATELY,
    )
    yield from group(
        "new_30d",
        f"customers who placed their first order {LATELY}",
        churn.new_customers,
        "who placed their first order",
        origin,
        tail=LATELY,
    )


def score_facts(source: Source[tuple[Cell, ...]], cells: tuple[Cell, ...]) -> Iterator[Subject]:
    link = Link(page="/dashboard/analytics", api="/v1/analytics/rfm")
    origin = origin_of(source, "recency-frequency-amount", link)
    best = [cell for cell in cells if cell.key == str(_TOP_SCORE) * 3]
    away = [cell for cell in cells if cell.monetary == _TOP_SCORE and cell.recency in _LOW_SCORES]
    everybody = sum(cell.customers for cell in cells)
    for id, label, who, cells_of_score in (
        (
            "best_scores",
            "customers with the top score in recency, frequency and amount",
            "with the top score in recency, frequency and amount",
            best,
        ),
        (
            "big_spenders_away",
            "customers with the top score in amount and a low one in recency",
            "with the top score in amount and a low one in recency",
            away,
        ),
    ):
        size = sum(cell.customers for cell in cells_of_score)
        share = share_of(size, everybody, "all customers")
        yield from group(id, label, size, who, origin, share=share)
