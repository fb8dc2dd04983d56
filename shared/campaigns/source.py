"""Source of a campaign's audience, and the draft that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from shared.cohorts.cohorts import Breakdown, CohortCell, Mode
from shared.cohorts.period import Granularity, Period
from shared.segments.places import NONE
from shared.segments.segment import Segment


class Goal(StrEnum):
    """Goal of a campaign, in the dashboard's words."""

    DRIVE_SALES = "drive_sales"
    WINBACK = "winback"
    RETENTION = "retention"
    LOYALTY = "loyalty"
    BIRTHDAY = "birthday"
    RESTOCK_ALERT = "restock_alert"
    VIP_APPRECIATION = "vip_appreciation"
    PRODUCT_LAUNCH = "product_launch"
    EVENT_PROMO = "event_promo"
    AWARENESS = "awareness"


_GOALS = {
    Segment.VIP: Goal.VIP_APPRECIATION,
    Segment.HIGH_VALUE: Goal.VIP_APPRECIATION,
    Segment.LOYAL: Goal.LOYALTY,
    Segment.FREQUENT: Goal.RETENTION,
    Segment.NEW: Goal.AWARENESS,
    Segment.SLIPPING: Goal.WINBACK,
    Segment.AT_RISK: Goal.WINBACK,
    Segment.CHURNED: Goal.WINBACK,
}
"""Each is a goal that the dashboard suggests the segment for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSource:
    """The members of a segment."""

    segment: str
    """One of the eight, or the id of a custom segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSource:
    """The customers of one cell of a cohort."""

    cell: CohortCell


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionSource:
    """Customers who were in one segment at the opening and are in another at the closing."""

    from_segment: str
    to_segment: str
    opening_at: datetime
    closing_at: datetime


Source = SegmentSource | CohortSource | TransitionSource


def goal_of(source: Source) -> Goal:
    """Return the goal that fits; the caller may choose another."""
    match source:
        case SegmentSource(segment=name) | TransitionSource(to_segment=name):
            return _GOALS[Segment(name)] if name in set(Segment) else Goal.DRIVE_SALES
        case CohortSource(cell=cell):
            return Goal.RETENTION if cell.returned else Goal.WINBACK


def name_of(source: Source, custom_name: str | None = None) -> str:
    """A name for the campaign; `custom_name` is that of the custom segment."""
    goal = goal_of(source).replace("_", " ").capitalize()
    return f"{goal}: {description_of(source, custom_name)}"


def description_of(source: Source, custom_name: str | None = None) -> str:
    """Describe these customers in a few words."""
    match source:
        case SegmentSource(segment=name):
            return custom_name or name.replace("_", " ")
        case CohortSource(cell=cell):
            came = "who ordered again" if cell.returned else "who did not order again"
            value = f" ({cell.breakdown} {cell.value or 'unknown'})" if cell.breakdown else ""
            return f"first order in {cell.cohort.label}{value}, {came}"
        case TransitionSource():
            return (
                f"from {source.from_segment} to {source.to_segment}".replace("_", " ")
                + f" by {source.closing_at:%Y-%m-%d}"
            )


def source_fields(source: Source) -> dict[str, str | int | bool]:
    """The parameters that name this source, in the API and as it is stored."""
    match source:
        case SegmentSource(segment=name):
            return {"segment": name}
        case CohortSource(cell=cell):
            fields: dict[str, str | int | bool] = {
                "granularity": cell.cohort.granularity.value,
                "cohort": cell.cohort.label,
                "period": cell.k,
                "mode": cell.mode.value,
                "returned": cell.returned,
            }
            if cell.breakdown is not None:
                fields |= {"breakdown": cell.breakdown.value, "value": cell.value}
            return fields
        case TransitionSource():
            return {
                "fromSegment": source.from_segment,
                "toSegment": source.to_segment,
                "from": _text(source.opening_at),
                "to": _text(source.closing_at),
            }


def source_from(fields: Mapping[str, object]) -> Source:
    """Return the source of these `source_fields`."""
    if "segment" in fields:
        return SegmentSource(segment=str(fields["segment"]))
    if "cohort" in fields:
        granularity = Granularity(str(fields["granularity"]))
        return CohortSource(
            cell=CohortCell(
                cohort=Period.labelled(str(fields["cohort"]), granularity),
                k=int(str(fields["period"])),
                mode=Mode(str(fields["mode"])),
                returned=fields["returned"] is True,
                breakdown=Breakdown(str(fields["breakdown"])) if "breakdown" in fields else None,
                value=str(fields.get("value", "")),
            )
        )
    return TransitionSource(
        from_segment=str(fields["fromSegment"]),
        to_segment=str(fields["toSegment"]),
        opening_at=datetime.fromisoformat(str(fields["from"])),
        closing_at=datetime.fromisoformat(str(fields["to"])),
    )


def is_everyone(source: Source) -> bool:
    """Whether this names no group at all, which is not allowed."""
    return isinstance(source, TransitionSource) and {source.from_segment, source.to_segment} == {
        NONE
    }


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
