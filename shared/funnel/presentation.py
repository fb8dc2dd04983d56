"""Conversion of the funnel to its wire format."""

from collections.abc import Iterator
from datetime import date, timedelta

from shared.funnel import answers as funnel_models
from shared.funnel.funnel import Funnel, share
from shared.web.context import Organization
from shared.web.units import units


def funnel_answer(
    funnel: Funnel, organization: Organization, *, time_zone: str
) -> funnel_models.Funnel:
    """The page about the funnel."""
    is_measured = funnel.measured_from is not None
    return funnel_models.Funnel(
        org_id=organization.id,
        as_of=organization.as_of,
        time_zone=time_zone,
        days=(funnel.last_day - funnel.first_day).days + 1,
        from_=funnel.first_day,
        to=funnel.last_day,
        measured=is_measured,
        measured_from=funnel.measured_from,
        stages=_stages(funnel),
        channels=[
            funnel_models.FunnelChannel(
                channel=line.channel,
                sessions=line.sessions if is_measured else None,
                checkouts_started=line.checkouts_started if is_measured else None,
                paid=line.paid if is_measured else None,
                revenue=units(line.revenue_cents),
                orders=line.orders,
                conversion_rate=line.conversion_rate,
            )
            for line in funnel.channels
        ],
        daily=[_day(funnel, day) for day in _days(funnel)],
        events_without_session=funnel.events_without_session,
    )


def _stages(funnel: Funnel) -> list[funnel_models.FunnelStage]:
    if funnel.stages is None:
        return [
            funnel_models.FunnelStage(
                stage=name, count=None, share_of_previous=None, share_of_first=None
            )
            for name in funnel_models.STAGE_NAMES
        ]
    counts = funnel.stages
    return [
        funnel_models.FunnelStage(
            stage=name,
            count=counts[place],
            share_of_previous=share(counts[place], counts[place - 1]) if place else None,
            share_of_first=share(counts[place], counts[0]),
        )
        for place, name in enumerate(funnel_models.STAGE_NAMES)
    ]


def _day(funnel: Funnel, day: date) -> funnel_models.FunnelDay:
    sessions, checkouts_started, paid = funnel.on(day) or (None, None, None)
    return funnel_models.FunnelDay(
        date_=day, sessions=sessions, checkouts_started=checkouts_started, paid=paid
    )


def _days(funnel: Funnel) -> Iterator[date]:
    for offset in range((funnel.last_day - funnel.first_day).days + 1):
        yield funnel.first_day + timedelta(days=offset)
