"""Results of a campaign in rates and money, and reasons for unknown ones. Pure.

Rates are shares of what their name says, and unknown without any of it. Profit is known where cost
and margin are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Protocol

from shared.campaigns.campaign import CampaignStatus, Economics
from shared.campaigns.performance.measurement import Effect


class Counts(Protocol):
    """Counters of one campaign."""

    @property
    def events(self) -> Mapping[str, int]:
        """Customers by kind of event."""
        ...

    @property
    def credit(self) -> Mapping[str, int]:
        """Orders and cents credited: `orders`, `revenue_cents`, and the same as `engaged_…`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of customers; None if there are none of whom it would be a share."""

    delivery: float | None
    """Share of recipients to whom it was delivered."""
    bounce: float | None
    """Share of recipients from whom it bounced."""
    opened: float | None
    """Share of those it was delivered to who opened it."""
    click: float | None
    """Share of those it was delivered to who followed a link."""
    click_to_open: float | None
    """Share of those who opened it who followed a link."""
    complaint: float | None
    """Of those it was delivered to."""
    unsubscribe: float | None
    """Of those it was delivered to."""


def rates(events: Mapping[str, int]) -> Rates:
    """The rates of some counts by kind of event."""
    sent, delivered = events.get("sent", 0), events.get("delivered", 0)
    opened, clicked = events.get("opened", 0), events.get("clicked", 0)
    return Rates(
        delivery=_share(delivered, sent),
        bounce=_share(events.get("bounced", 0), sent),
        opened=_share(opened, delivered),
        click=_share(clicked, delivered),
        click_to_open=_share(clicked, opened),
        complaint=_share(events.get("complained", 0), delivered),
        unsubscribe=_share(events.get("unsubscribed", 0), delivered),
    )


def average_cents(revenue_cents: int, orders: int) -> int | None:
    """Revenue per order, to the nearest cent; None without an order."""
    return round(revenue_cents / orders) if orders else None


class Unknown(StrEnum):
    """Why profit or return cannot be said."""

    COST_UNKNOWN = "cost_unknown"
    MARGIN_UNKNOWN = "margin_unknown"
    NO_COST = "no_cost"
    """It cost nothing: there is a profit and no return on a cost."""
    NOT_MEASURED = "not_measured"
    """No night has measured it yet."""
    NOT_MEASURABLE = "not_measurable"
    DISCOUNT_UNKNOWN = "discount_unknown"
    """A discount was given, and no message is known to have been sent, so not to whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profit:
    """Profit in cents and return on the cost, each with its interval; None with a reason."""

    cents: int | None = None
    low_cents: int | None = None
    high_cents: int | None = None
    roi: float | None = None
    """Profit over cost: 0 where what was earned is what it cost."""
    low_roi: float | None = None
    high_roi: float | None = None
    reason: Unknown | None = None


def given_away_cents(credited_cents: int, economics: Economics) -> int | None:
    """Return the discount on credited orders, all taken to have it; None if unknown."""
    discount = economics.discount
    if discount is None or discount >= 1:
        return None
    return round(credited_cents * discount / (1 - discount))


def credited_profit(credited_cents: int, economics: Economics) -> Profit:
    """Return the profit if all credited revenue came from the campaign."""
    return _profit((credited_cents, None, None), credited_cents, economics)


def incremental_profit(
    effect: Effect | None,
    treated: int,
    counts: Counts,
    economics: Economics,
) -> Profit:
    """Return the profit on the campaign's incremental revenue, as far as it was measured."""
    if effect is None:
        return Profit(reason=Unknown.NOT_MEASURED)
    if effect.difference is None or effect.low is None or effect.high is None:
        return Profit(reason=Unknown.NOT_MEASURABLE)
    if economics.discount and not counts.events.get("sent"):
        return Profit(reason=Unknown.DISCOUNT_UNKNOWN)
    revenues = (
        round(effect.difference * treated),
        round(effect.low * treated),
        round(effect.high * treated),
    )
    return _profit(revenues, counts.credit.get("revenue_cents", 0), economics)


def _profit(
    revenues: tuple[int, int | None, int | None], credited_cents: int, economics: Economics
) -> Profit:
    """Profit on revenue, and on the ends of its interval where there is one.

    `margin` is the share of the full price that is earned. Of goods sold at a discount the shop
    still pays the full cost, so what is given away takes its share of cost off the profit:
    margin × revenue − (1 − margin) × given away − cost.
    """
    margin, cost = economics.margin, economics.cost_cents
    if cost is None:
        return Profit(reason=Unknown.COST_UNKNOWN)
    if margin is None:
        return Profit(reason=Unknown.MARGIN_UNKNOWN)
    given_away = given_away_cents(credited_cents, economics) or 0
    cents, low_cents, high_cents = (
        None if each is None else round(margin * each - (1 - margin) * given_away) - cost
        for each in revenues
    )
    return Profit(
        cents=cents,
        low_cents=low_cents,
        high_cents=high_cents,
        roi=_return(cents, cost),
        low_roi=_return(low_cents, cost),
        high_roi=_return(high_cents, cost),
        reason=None if cost else Unknown.NO_COST,
    )


def _return(cents: int | None, cost: int) -> float | None:
    return None if cents is None or not cost else cents / cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """All campaigns of an organisation in the figures of the dashboard's overview."""

    total: int
    active: int
    scheduled: int
    sent: int
    drafts: int
    average_open_rate: float | None
    """Mean of the open rates of campaigns that have one, each counting alike."""
    average_click_rate: float | None
    revenue_cents: int
    """Credited: an order counts in one campaign at most."""


def statistics(by_status: Mapping[CampaignStatus, int], counters: Iterable[Counts]) -> Statistics:
    """The figures of campaigns by status, and of their counters."""
    handed_over = by_status.get(CampaignStatus.HANDED_OVER, 0)
    opened, clicks, revenue_cents = [], [], 0
    for each in counters:
        campaign_rates = rates(each.events)
        opened += [] if campaign_rates.opened is None else [campaign_rates.opened]
        clicks += [] if campaign_rates.click is None else [campaign_rates.click]
        revenue_cents += each.credit.get("revenue_cents", 0)
    return Statistics(
        total=sum(by_status.values()),
        active=handed_over,
        scheduled=handed_over,
        sent=by_status.get(CampaignStatus.SENT, 0),
        drafts=by_status.get(CampaignStatus.FREEZING, 0) + by_status.get(CampaignStatus.READY, 0),
        average_open_rate=sum(opened) / len(opened) if opened else None,
        average_click_rate=sum(clicks) / len(clicks) if clicks else None,
        revenue_cents=revenue_cents,
    )


LEAST_CAMPAIGNS = 3
"""Measured campaigns of a goal without which nothing is expected of the next one."""
_T_975 = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""97.5 % quantiles of Student's t for 2 to 10 degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Mean lift per treated customer, in cents, with its 95 % interval."""

    cents: float
    low_cents: float
    high_cents: float


def expectation(effects: Sequence[Effect]) -> Expectation | None:
    """The mean lift of some measured campaigns; None for fewer than LEAST_CAMPAIGNS.

    Random effects (DerSimonian & Laird 1986, Controlled Clinical Trials 7, 177-188), with the
    interval of Hartung & Knapp (2001, Statistics in Medicine 20, 1771-1782), which holds for few.
    """
    estimates = [
        (each.difference, ((each.high - each.low) / (2 * 1.959964)) ** 2)
        for each in effects
        if each.difference is not None
        and each.low is not None
        and each.high is not None
        and each.high > each.low
    ]
    if len(estimates) < LEAST_CAMPAIGNS:
        return None
    fixed = [1 / variance for _, variance in estimates]
    mean = _weighted(estimates, fixed)
    spread = sum(
        weight * (value - mean) ** 2 for weight, (value, _) in zip(fixed, estimates, strict=True)
    )
    scale = sum(fixed) - sum(weight**2 for weight in fixed) / sum(fixed)
    between = max(0.0, (spread - (len(estimates) - 1)) / scale)
    weights = [1 / (variance + between) for _, variance in estimates]
    mean = _weighted(estimates, weights)
    residual = sum(
        weight * (value - mean) ** 2 for weight, (value, _) in zip(weights, estimates, strict=True)
    ) / (len(estimates) - 1)
    # Never shorter than that of the weights alone.
    error = sqrt(max(1.0, residual) / sum(weights))
    quantile = _T_975[len(estimates) - 3] if len(estimates) - 3 < len(_T_975) else _T_975[-1]
    return Expectation(
        cents=mean, low_cents=mean - quantile * error, high_cents=mean + quantile * error
    )


def _weighted(estimates: Sequence[tuple[float, float]], weights: Sequence[float]) -> float:
    values = sum(weight * value for weight, (value, _) in zip(weights, estimates, strict=True))
    return values / sum(weights)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
