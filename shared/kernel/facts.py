"""Facts: numbers about an organisation that sentences may cite.

A fact is an aggregate with its unit and the words that belong to it, so that a rendered number
always comes with what it counts. Facts never hold anything about a single customer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SMALLEST_GROUP = 5
"""Least number of customers behind a fact."""


class FactUnit(StrEnum):
    """Unit of a fact's value."""

    CUSTOMERS = "customers"
    CENTS = "cents"
    DAYS = "days"
    ORDERS = "orders"
    RECORDS = "records"
    RATE = "rate"
    """A part of something, 0 to 1."""
    UNITS = "units"
    """Of a product; not whole ones where it is sold by weight or volume."""
    TIMES = "times"
    """A ratio: a multiple in amount or frequency."""


WHOLE = frozenset(
    {FactUnit.CUSTOMERS, FactUnit.CENTS, FactUnit.DAYS, FactUnit.ORDERS, FactUnit.RECORDS}
)
"""Units that are counted in whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words around the number: `lead`, the number, then `one` or `many`, then `tail`."""

    many: str
    one: str = ""
    """For a value of 1; the same as `many` if omitted."""
    lead: str = ""
    tail: str = ""
    """Such as the period: `in the last 30 days`."""


_UNIT_WORDS = {
    FactUnit.CUSTOMERS: Words(one="customer", many="customers"),
    FactUnit.CENTS: Words(many=""),
    FactUnit.DAYS: Words(one="day", many="days"),
    FactUnit.ORDERS: Words(one="order", many="orders"),
    FactUnit.RECORDS: Words(one="record", many="records"),
    FactUnit.RATE: Words(lead="a rate of", many=""),
    FactUnit.UNITS: Words(one="unit", many="units"),
    FactUnit.TIMES: Words(many="times"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Reference for a value: an earlier value of the same, or the same of others."""

    value: int | float
    """In the unit of the fact."""
    to: str
    """Such as `the 30 days before` or `the other cohorts`."""
    over_time: bool = True
    """Whether it is an earlier value: said as `up 12% on …`, else as `12% above …`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Share: the value as a part of something."""

    part: float
    """0 to 1."""
    of: str
    """Such as `customers who are not Churned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Link to the details of a fact."""

    page: str
    """Path of the dashboard's page."""
    api: str
    """Path of the API's route."""
    query: Mapping[str, str] = field(default_factory=dict)
    """For both: the page takes the route's parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Source of a number."""

    definition: str
    """Link to what it means, such as `docs/analytics.md#churn`."""
    source: str
    """Path of the document or collection it was read from."""
    computed_at: datetime
    valid_until: datetime
    """Instant from which the number is stale."""
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A number that a wording rests on. Raises ValueError for an invalid one."""

    id: str
    """Small letters, digits and underscores."""
    label: str
    """Description for people and for a model. Holds no text of the shop."""
    value: int | float
    unit: FactUnit
    words: Words | None = None
    """Those of the unit if omitted."""
    comparison: Comparison | None = None
    share: Share | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        values = [self.value, *([self.comparison.value] if self.comparison else [])]
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{self.id}: {value!r} is no number")
            if not math.isfinite(value):
                raise ValueError(f"{self.id}: {value!r} is not finite")
            if self.unit in WHOLE and not isinstance(value, int):
                raise ValueError(f"{self.id}: {self.unit} are counted in whole numbers")
            if self.unit is FactUnit.RATE and not 0 <= value <= 1:
                raise ValueError(f"{self.id}: a rate is 0 to 1, not {value!r}")
        if self.share is not None and not 0 <= self.share.part <= 1:
            raise ValueError(f"{self.id}: a share is 0 to 1, not {self.share.part!r}")

    @property
    def noun(self) -> Words:
        """Its own words, or those of its unit."""
        return self.words or _UNIT_WORDS[self.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Name of a thing: a product, or a month. Sentences name it through its slot alone."""

    id: str
    label: str
    """Kind of thing named, such as `the product`. Holds no text of the shop."""
    text: str
    of_the_shop: bool = True
    """Whether the shop wrote the text, which is then shown in quotation marks."""


Subject = Fact | Name
"""A slot's subject."""


def by_id(subjects: tuple[Subject, ...]) -> Mapping[str, Subject]:
    """Facts and names by id. Raises ValueError if two have the same."""
    result = {subject.id: subject for subject in subjects}
    if len(result) != len(subjects):
        raise ValueError("two facts have the same id")
    return result
