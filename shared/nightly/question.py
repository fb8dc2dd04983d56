"""A question that is asked of the warehouse for every organisation at once."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from shared.kernel.days import start_of
from shared.nightly.result import Result
from shared.organizations.settings import DEFAULT_CHURN_HORIZON_DAYS, OrganizationSettings
from shared.segments.thresholds import Thresholds

Row = Mapping[str, Any]
"""One row of an answer, by column. Every answer has `org_id`."""

Parameter = str | int | float | datetime | date | Sequence[str] | None
"""Types that a parameter of a query may have."""


MONTHS = 12
"""Full months before the current one whose bounds queries are given."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCampaign:
    """A campaign that a run measures."""

    id: str
    generation: str
    """Names its frozen audience."""
    goal: str
    window_days: int
    sent_at: datetime | None
    """None before it is sent."""
    members_loaded: bool = True
    """Whether the warehouse had its members before the night began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedOrganization:
    """An organisation as a run sees it."""

    org_id: str
    time_zone: ZoneInfo
    today: date
    """The day of the run in the organisation's time zone."""
    thresholds: Thresholds
    churn_horizon_days: int = DEFAULT_CHURN_HORIZON_DAYS
    campaigns: Sequence[AskedCampaign] | None = ()
    """None if they cannot be read."""

    @classmethod
    def of(
        cls,
        settings: OrganizationSettings,
        as_of: datetime,
        campaigns: Sequence[AskedCampaign] | None = (),
    ) -> "ComputedOrganization":
        """The organisation with these settings and campaigns in a run as of an instant."""
        return cls(
            org_id=settings.org_id,
            time_zone=settings.time_zone,
            today=as_of.astimezone(settings.time_zone).date(),
            thresholds=settings.thresholds,
            churn_horizon_days=settings.churn_horizon_days,
            campaigns=campaigns,
        )

    def as_parameter(self) -> str:
        """JSON that queries read: the thresholds by field, with `average_order_value` for `aov`,
        beside `org_id`, `time_zone`, `today`, `churn_horizon_days`, `month_starts` and `campaigns`.

        Bounds of local periods are instants already: what the engine does not know of time zones
        cannot fail a query, which all organisations share.
        """
        thresholds = {_stored_name(name): value for name, value in asdict(self.thresholds).items()}
        return json.dumps(
            {
                "org_id": self.org_id,
                "time_zone": self.time_zone.key,
                "today": self.today.isoformat(),
                "churn_horizon_days": self.churn_horizon_days,
                "month_starts": self._month_starts(),
                "campaigns": None
                if self.campaigns is None
                else [_stored_campaign(each) for each in self.campaigns],
                **thresholds,
            }
        )

    @classmethod
    def from_parameter(cls, parameter: str) -> "ComputedOrganization":
        """The organisation behind what `as_parameter` made."""
        stored = json.loads(parameter)
        # Not in tables that versions before this have made.
        campaigns = stored.get("campaigns", ())
        return cls(
            org_id=stored["org_id"],
            time_zone=ZoneInfo(stored["time_zone"]),
            today=date.fromisoformat(stored["today"]),
            # Not in tables that version 0.3 has made.
            churn_horizon_days=stored.get("churn_horizon_days", DEFAULT_CHURN_HORIZON_DAYS),
            thresholds=Thresholds(
                **{each.name: stored[_stored_name(each.name)] for each in fields(Thresholds)}
            ),
            campaigns=None if campaigns is None else tuple(map(_asked_campaign, campaigns)),
        )

    def _month_starts(self) -> list[int]:
        """Of the current month and MONTHS before it, in microseconds since 1970, latest first."""
        first, starts = self.today.replace(day=1), []
        for _ in range(MONTHS + 1):
            starts.append(_micros(start_of(first, self.time_zone)))
            first = (first - timedelta(days=1)).replace(day=1)
        return starts


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _stored_campaign(campaign: AskedCampaign) -> Mapping[str, str | int | None]:
    return {
        **asdict(campaign),
        "sent_at": None if campaign.sent_at is None else _micros(campaign.sent_at),
    }


def _asked_campaign(stored: Mapping[str, Any]) -> AskedCampaign:
    sending_time = stored["sent_at"]
    sent_at = None if sending_time is None else _EPOCH + timedelta(microseconds=sending_time)
    return AskedCampaign(**{**stored, "sent_at": sent_at})


def _stored_name(threshold: str) -> str:
    return threshold.replace("_aov_", "_average_order_value_")


class AskedQuestion(Protocol):
    """Has an answer for each organisation, from one pass over the facts of all of them."""

    @property
    def name(self) -> str:
        """Names the question and its only result: small letters, digits and underscores."""
        ...

    @property
    def scan(self) -> str:
        """Names the query that answers it, and all other questions of this scan.

        Its own name where it is asked alone. Rows for several questions name theirs in a column
        `question`.
        """
        ...

    @property
    def sql(self) -> str:
        """Name of the query's file, without its ending; the same for all questions of a scan."""
        ...

    @property
    def text_columns(self) -> Collection[str]:
        """Columns of its rows that hold text. All others hold whole numbers, or null."""
        ...

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Parameters beside `@now`. Of a scan, its questions' lists are put together."""
        ...


class Question(AskedQuestion, Protocol):
    """A question whose answer becomes results."""

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """The result of one organisation from its rows, in any order; there may be none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Questions that one query answers."""

    name: str
    questions: tuple[AskedQuestion, ...]

    @property
    def sql(self) -> str:
        """Name of the query's file."""
        return self.questions[0].sql

    @property
    def names_questions(self) -> bool:
        """Whether each row of the answer names its question."""
        return self.name != self.questions[0].name

    def parameters(self, now: datetime) -> dict[str, Parameter]:
        """All parameters of the query. Raises ValueError if the questions disagree about one."""
        parameters: dict[str, Parameter] = {"now": now}
        for question in self.questions:
            for name, value in question.parameters.items():
                before = parameters.get(name, ())
                if isinstance(value, list | tuple) and isinstance(before, list | tuple):
                    parameters[name] = [*before, *value]
                elif name in parameters and before != value:
                    raise ValueError(f"The questions of {self.name} disagree about {name}.")
                else:
                    parameters[name] = value
        return parameters


def scans(questions: Iterable[AskedQuestion]) -> list[Scan]:
    """The queries that answer questions, in the order in which these are first met."""
    by_name: dict[str, list[AskedQuestion]] = {}
    for question in questions:
        by_name.setdefault(question.scan, []).append(question)
    return [Scan(name=name, questions=tuple(own)) for name, own in by_name.items()]
