"""Query parameters of the routes about cohorts."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from shared.cohorts.answers import MODE
from shared.cohorts.cohorts import BROKEN_DOWN, Breakdown, CohortCell, Mode, periods_kept
from shared.cohorts.period import PERIODS, Granularity, Period
from shared.kernel.errors import InvalidParameterError
from shared.web.filters import ListFormat
from shared.web.page_tokens import Argument
from shared.web.parameter_types import flag, one_of, whole_number
from shared.web.parameters import NoParameters, OrganizationQuery, PageQuery
from shared.web.schema import no_default, untitled

DEFAULT_PERIODS = 12
MAX_PERIODS = max(PERIODS.values())
MAX_LABEL_LENGTH = 20
MAX_VALUE_LENGTH = 200


BreakdownIfAny = Annotated[Breakdown | SkipJsonSchema[None], one_of(Breakdown)]
BreakdownValueIfAny = Annotated[str, Field(max_length=MAX_VALUE_LENGTH)] | SkipJsonSchema[None]
BREAKDOWN_VALUE = (
    "Value of the breakdown, exactly as in `values` of the cohorts; empty for first orders without "
    "one. With `breakdown`."
)
_Periods = Annotated[int, whole_number(1, MAX_PERIODS, default=DEFAULT_PERIODS)]
_Period = Annotated[int, whole_number(0, MAX_PERIODS)]
PeriodIfAny = Annotated[int | SkipJsonSchema[None], whole_number(0, MAX_PERIODS)]
Returned = Annotated[bool, flag(default=True)]


class CohortFilters(NoParameters):
    """Filters and numbers of a list of cohorts."""

    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset({"value"})

    granularity: Granularity = Field(
        default=Granularity.MONTH,
        description="Length of a period. Kept are the latest 120 days, weeks or months, or 60 "
        "quarters, the current one included; with a breakdown the latest 60.",
    )
    periods: _Periods = Field(
        default=DEFAULT_PERIODS,
        description="Periods shown per cohort, including its own; no more than are kept.",
    )
    mode: Mode = Field(default=Mode.IN, description=MODE)
    before: str | SkipJsonSchema[None] = Field(
        default=None,
        max_length=MAX_LABEL_LENGTH,
        description="Only cohorts before this one, such as 2026-01-31, 2026-W05, 2026-01 or "
        "2026-Q1.",
        json_schema_extra=no_default,
    )
    breakdown: BreakdownIfAny = Field(
        default=None,
        description="Break cohorts down by the first order: the category with most of its "
        "amount, its channel or its campaign. For months and quarters.",
        json_schema_extra=no_default,
    )
    value: BreakdownValueIfAny = Field(
        default=None,
        description="Only this value of the breakdown, exactly as in `values`; empty for first "
        "orders without one. All values if omitted.",
        json_schema_extra=no_default,
    )

    def before_period(self) -> Period | None:
        """Parse `before`. Raises InvalidParameterError for parameters that exclude each other."""
        _refuse_breakdown(self.granularity, self.breakdown, self.value)
        most = periods_kept(self.granularity, self.breakdown)
        if self.periods > most:
            raise InvalidParameterError(f"must be at most {most} here", parameter="periods")
        if self.before is None:
            return None
        return _labelled(self.before, self.granularity, parameter="before")


class CohortsExportQuery(CohortFilters, OrganizationQuery):
    """Filters and numbers of a file of cohorts."""


class CohortsQuery(CohortFilters, PageQuery):
    """Filters, numbers and format of a list of cohorts."""

    format_: ListFormat = Field(
        default=ListFormat.JSON,
        alias="format",
        description="`csv` returns all cohorts in one file, regardless of the page.",
    )

    @property
    def arguments(self) -> list[Argument]:
        """Return everything that selects the list or what it shows, for its page tokens."""
        return [
            self.granularity,
            self.periods,
            self.mode,
            self.before,
            self.breakdown,
            self.value,
        ]


class CohortPath(BaseModel):
    """A cohort, by label."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    cohort: str = Field(description="Name of the cohort, as in the list of cohorts.")


class CohortCustomersQuery(PageQuery):
    """Filter of a list of customers of a cohort."""

    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset({"value"})

    granularity: Granularity = Field(
        default=Granularity.MONTH, description="Length of a period, as in the list of cohorts."
    )
    period: _Period = Field(
        description="Periods after the cohort's own, which is 0; not in the future."
    )
    returned: Returned = Field(
        default=True, description="Customers retained in it (`true`), or all others (`false`)."
    )
    mode: Mode = Field(default=Mode.IN, description=MODE)
    breakdown: BreakdownIfAny = Field(
        default=None,
        description="Only customers whose first order has `value`, as in the list of cohorts.",
        json_schema_extra=no_default,
    )
    value: BreakdownValueIfAny = Field(
        default=None, description=BREAKDOWN_VALUE, json_schema_extra=no_default
    )

    def cell(self, cohort: str, today: date) -> CohortCell:
        """Return the requested cell. Raises InvalidParameterError for a future one."""
        return cohort_cell(
            cohort,
            self.granularity,
            self.period,
            self.mode,
            today,
            returned=self.returned,
            breakdown=self.breakdown,
            value=self.value,
        )


def cohort_cell(
    cohort: str,
    granularity: Granularity,
    k: int,
    mode: Mode,
    today: date,
    *,
    returned: bool,
    breakdown: Breakdown | None = None,
    value: str | None = None,
) -> CohortCell:
    """The cell with these coordinates.

    Raises InvalidParameterError for a future one, and for arguments that exclude each other.
    """
    _refuse_breakdown(granularity, breakdown, value)
    if breakdown is not None and value is None:
        raise InvalidParameterError("is needed with `breakdown`", parameter="value")
    period = _labelled(cohort, granularity, parameter="cohort")
    now = Period.of(today, granularity)
    if period > now:
        raise InvalidParameterError("must not be in the future", parameter="cohort")
    if period.plus(k) > now:
        raise InvalidParameterError("must not be in the future", parameter="period")
    return CohortCell(
        cohort=period, k=k, mode=mode, returned=returned, breakdown=breakdown, value=value or ""
    )


def _refuse_breakdown(
    granularity: Granularity, breakdown: Breakdown | None, value: str | None
) -> None:
    """Raise InvalidParameterError for parameters that exclude each other."""
    if breakdown is not None and granularity not in BROKEN_DOWN:
        raise InvalidParameterError(
            "is for the granularities " + " and ".join(BROKEN_DOWN), parameter="breakdown"
        )
    if value is not None and breakdown is None:
        raise InvalidParameterError("requires `breakdown`", parameter="value")


def _labelled(label: str, granularity: Granularity, *, parameter: str) -> Period:
    try:
        return Period.labelled(label, granularity)
    except ValueError as error:
        raise InvalidParameterError(str(error), parameter=parameter) from error
