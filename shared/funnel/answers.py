"""Answers about the funnel. See `shared.customers.answers` for units."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.web.models import ApiModel, Money

STAGE_NAMES = ("Sessions", "Checkouts Started", "Paid Orders")
"""Names of the stages in the dashboard, first to last."""

_NOT_MEASURED = "null if no event of the shop was counted by then"


class StageCount(ApiModel):
    """Sessions that reached one stage."""

    stage: str = Field(
        description="`Sessions`, `Checkouts Started` or `Paid Orders`. Sessions that paid are "
        "among those that started a checkout."
    )
    count: int = Field(description="Distinct sessions at this stage.")


class ChannelPerformance(ApiModel):
    """One channel in the current period."""

    channel: str = Field(description="`online`, `in_store`, or `unknown` if nothing names it.")
    sessions: int | None = Field(description=f"Sessions that began in the period; {_NOT_MEASURED}.")
    revenue: Money = Field(
        description="Revenue less refunds of the period's counted orders of the channel, those "
        "without a session included."
    )
    conversion_rate: float | None = Field(
        description="Paid sessions ÷ sessions, 0 to 1; null without sessions."
    )


class FunnelStage(ApiModel):
    """One stage over the window."""

    stage: str = Field(description="`Sessions`, `Checkouts Started` or `Paid Orders`.")
    count: int | None = Field(description=f"Distinct sessions at this stage; {_NOT_MEASURED}.")
    share_of_previous: float | None = Field(
        description="`count` ÷ that of the previous stage, 0 to 1; null for the first stage and "
        "if the divisor is 0."
    )
    share_of_first: float | None = Field(
        description="`count` ÷ that of the first stage, 0 to 1; null without sessions."
    )


class FunnelChannel(ApiModel):
    """One channel over the window."""

    channel: str = Field(
        description="`online`, `in_store`, or `unknown`. Of a session, what its earliest event "
        "that names a channel names; of an order, see the field `channel` of orders."
    )
    sessions: int | None = Field(description=f"Sessions of the window; {_NOT_MEASURED}.")
    checkouts_started: int | None = Field(
        description="Sessions that started a checkout; null if `sessions` is."
    )
    paid: int | None = Field(
        description="Sessions that led to a paid order; null if `sessions` is."
    )
    revenue: Money = Field(
        description="Revenue less refunds of the window's counted orders, those without a session "
        "included."
    )
    orders: int = Field(description="Counted orders of the window, with or without a session.")
    conversion_rate: float | None = Field(
        description="`paid` ÷ `sessions`, 0 to 1; null without sessions."
    )


class FunnelDay(ApiModel):
    """Sessions that began on one day, with the stages they reached on any day."""

    date_: date = Field(alias="date", description="The day, in `timeZone`.")
    sessions: int | None = Field(
        description="Sessions that began on the day; null before `measuredFrom`."
    )
    checkouts_started: int | None = Field(
        description="Sessions that started a checkout; null if `sessions` is."
    )
    paid: int | None = Field(
        description="Sessions that led to a paid order; null if `sessions` is."
    )


class Funnel(ApiModel):
    """Sessions, checkouts started and paid orders over a window of days.

    A session is all events of the shop with the same `data.sessionId`, else `data.cartId`, else
    `refId`. It belongs to the day on which it began, and all its stages are counted on that day:
    so days add up to the window, and the newest ones may still get more paid orders.
    """

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read; determines today.")
    time_zone: str = Field(description="The organisation's IANA time zone, which days are in.")
    days: int = Field(description="Days of the window, today included.")
    from_: date = Field(alias="from", description="First day of the window.")
    to: date = Field(description="Last day of the window: today.")
    measured: bool = Field(
        description="Whether any event of the shop was counted in the window or before it."
    )
    measured_from: date | None = Field(
        description="First day of the window of which sessions are known: its first day, or that "
        "of the first event ever counted. Counts are over the days from then on."
    )
    stages: list[FunnelStage] = Field(description="The three stages, first to last.")
    channels: list[FunnelChannel] = Field(
        description="Channels with sessions or orders: most sessions first, then most revenue."
    )
    daily: list[FunnelDay] = Field(description="The days of the window, oldest first.")
    events_without_session: int | None = Field(
        description="Events of shoppers in the window that name no session, cart or reference, "
        f"so that they are part of none; {_NOT_MEASURED}."
    )
