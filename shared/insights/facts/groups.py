"""Facts about groups of customers, where the group is large enough. Pure."""

from collections.abc import Iterator
from typing import TypeVar

from shared.insights.numbers import PERIOD_DAYS, Source
from shared.kernel.facts import (
    SMALLEST_GROUP,
    Comparison,
    Fact,
    FactUnit,
    Link,
    Origin,
    Share,
    Words,
)

T = TypeVar("T")

LATELY = f"in the last {PERIOD_DAYS} days"
BEFORE = f"the {PERIOD_DAYS} days before"
_DEFINITIONS = "docs/analytics.md"


def origin_of(source: Source[T], section: str, link: Link) -> Origin:
    if source.computed_at is None or source.valid_until is None:
        raise ValueError(f"{source.name} is current, and since and until when is not known")
    return Origin(
        definition=f"{_DEFINITIONS}#{section}",
        source=source.document,
        computed_at=source.computed_at,
        valid_until=source.valid_until,
        link=link,
    )


def group(
    id: str,
    label: str,
    customers: int,
    who: str,
    origin: Origin,
    *,
    tail: str = "",
    share: Share | None = None,
    before: int | None = None,
) -> Iterator[Fact]:
    """A group of customers, if it is large enough. `who` begins with `who`."""
    if customers < SMALLEST_GROUP:
        return
    is_comparable = before is not None and before >= SMALLEST_GROUP
    yield Fact(
        id=id,
        label=label,
        value=customers,
        unit=FactUnit.CUSTOMERS,
        words=Words(one=f"customer {who}", many=f"customers {who}", tail=tail),
        share=share,
        comparison=Comparison(value=before, to=BEFORE) if is_comparable and before else None,
        origin=origin,
    )


def value_of(
    id: str, label: str, customers: int, cents: int, whose: str, origin: Origin, share: Share | None
) -> Iterator[Fact]:
    """Yield the value of a group of customers, if it is large enough."""
    if customers >= SMALLEST_GROUP:
        yield Fact(
            id=id,
            label=label,
            value=cents,
            unit=FactUnit.CENTS,
            words=Words(many=f"in lifetime value from {whose}"),
            share=share,
            origin=origin,
        )


def share_of(part: int, whole: int, of: str) -> Share | None:
    return Share(part=part / whole, of=of) if whole > 0 and 0 <= part <= whole else None
