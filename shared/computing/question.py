"""A question that is asked of the warehouse for every organisation at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from shared.analytics.segment_history import start_of
from shared.computing.result import Result
from shared.organizations.settings import OrganizationSettings
from shared.segments.thresholds import Thresholds

Row = Mapping[str, Any]
"""One row of an answer, by column. Every answer has `org_id`, and is sorted by it first."""

Parameter = str | int | float | datetime | date | Sequence[str] | None
"""What a parameter of a query may be."""


MONTHS = 12
"""Full months before the current one whose bounds queries are given."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedOrganization:
    """An organisation as a run sees it."""

    org_id: str
    time_zone: ZoneInfo
    today: date
    """The day of the run where the organisation is."""
    thresholds: Thresholds

    @classmethod
    def of(cls, settings: OrganizationSettings, as_of: datetime) -> "ComputedOrganization":
        """The organisation with these settings in a run as of an instant."""
        return cls(
            org_id=settings.org_id,
            time_zone=settings.time_zone,
            today=as_of.astimezone(settings.time_zone).date(),
            thresholds=settings.thresholds,
        )

    def as_parameter(self) -> str:
        """JSON for the `@organizations` parameter of every query: the thresholds by field, with
        `average_order_value` for `aov`, beside `org_id`, `today` and `month_starts`.

        Bounds of local periods are instants already: what the engine does not know of time zones
        cannot fail a query, which all organisations share.
        """
        thresholds = {
            name.replace("_aov_", "_average_order_value_"): value
            for name, value in asdict(self.thresholds).items()
        }
        return json.dumps(
            {
                "org_id": self.org_id,
                "today": self.today.isoformat(),
                "month_starts": self._month_starts(),
                **thresholds,
            }
        )

    def _month_starts(self) -> list[int]:
        """Of the current month and MONTHS before it, in microseconds since 1970, latest first."""
        first, starts = self.today.replace(day=1), []
        for _ in range(MONTHS + 1):
            starts.append((start_of(first, self.time_zone) - _EPOCH) // timedelta(microseconds=1))
            first = (first - timedelta(days=1)).replace(day=1)
        return starts


class Question(Protocol):
    """Has an answer for each organisation, from one pass over the facts of all of them."""

    @property
    def name(self) -> str:
        """Names the question in reports of runs."""
        ...

    @property
    def sql(self) -> str:
        """Name of the query's file, without its ending."""
        ...

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Parameters beside `@now` and `@organizations`."""
        ...

    def results(self, organization: ComputedOrganization, rows: Iterable[Row]) -> Iterable[Result]:
        """The results of one organisation from its rows.

        Every result that the question has, also where there are no rows.
        """
        ...


def parameters(
    question: Question, organizations: Sequence[ComputedOrganization], now: datetime
) -> dict[str, Parameter]:
    """All parameters of a question's query."""
    return {
        "now": now,
        "organizations": [organization.as_parameter() for organization in organizations],
        **question.parameters,
    }
