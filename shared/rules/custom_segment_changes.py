"""Changes to an organisation's custom segments. Pure: each returns a segment or raises an error."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.kernel.errors import (
    IdempotencyKeyError,
    InvalidBodyError,
    SegmentInUseError,
    TooManySegmentsError,
)
from shared.segments.conditions.instants import MAX_INSTANTS, MAX_TOTAL_INSTANTS, instants
from shared.segments.conditions.nodes import (
    Condition,
    Node,
    conditions,
    cycle,
    placed_conditions,
    references,
)
from shared.segments.custom_segment import MAX_CUSTOM_SEGMENTS, CustomSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A custom segment as submitted."""

    name: str
    description: str | None
    definition: Node
    filters: Sequence[dict[str, object]] | None
    """The flat form in which the definition was given; None for a tree."""

    @property
    def pointer(self) -> str:
        """JSON pointer to the definition in the body."""
        return "/definition" if self.filters is None else "/filters"

    def placed_conditions(self) -> Iterator[tuple[str, Condition]]:
        """Every condition with its place in the body."""
        if self.filters is None:
            return placed_conditions(self.definition, self.pointer)
        return (
            (f"{self.pointer}/{index}", condition)
            for index, condition in enumerate(conditions(self.definition))
        )


def check_references(draft: Draft, segment_ids: Collection[str]) -> None:
    """Raise InvalidBodyError if the draft refers to anything but these custom segments."""
    for place, condition in draft.placed_conditions():
        for unknown in sorted(references(condition) - set(segment_ids)):
            raise InvalidBodyError(
                f"refers to {unknown}, which is not a custom segment of this organisation",
                pointer=f"{place}/value",
            )


def check_instants(draft: Draft) -> None:
    """Check the draft's limit on changes by time; raises InvalidBodyError if exceeded.

    Stored definitions are exempt: those from before the limit stay as they are.
    """
    total: set[object] = set()
    for place, condition in draft.placed_conditions():
        times = instants(condition)
        if len(times) > MAX_INSTANTS:
            raise InvalidBodyError(
                f"changes {len(times)} times as days pass, and at most {MAX_INSTANTS} are allowed: "
                "name a range of days instead, with between, at_least or at_most",
                pointer=f"{place}/value",
            )
        total |= times
    if len(total) > MAX_TOTAL_INSTANTS:
        raise InvalidBodyError(
            f"changes {len(total)} times as days pass, and at most {MAX_TOTAL_INSTANTS} are "
            "allowed: name ranges of days instead, with between, at_least or at_most",
            pointer=draft.pointer,
        )


def _check(draft: Draft, segment_id: str, definitions: Mapping[str, Node]) -> None:
    check_references(draft, {*definitions, segment_id})
    circle = cycle({**definitions, segment_id: draft.definition})
    if circle:
        raise InvalidBodyError(
            "refers to itself in a cycle: " + " → ".join((*circle, circle[0])),
            pointer=draft.pointer,
        )


def new_segment(
    segment_id: str,
    draft: Draft,
    before: CustomSegment | None,
    definitions: Mapping[str, Node],
    *,
    by: str,
    at: datetime,
) -> CustomSegment:
    """Return a new segment; the existing one if the same call made it before.

    Raises IdempotencyKeyError if another call made it, InvalidBodyError, and TooManySegmentsError
    at the organisation's limit.
    """
    if before is not None:
        if _draft_of(before) != draft:
            raise IdempotencyKeyError(
                "The Idempotency-Key was used before, and the custom segment that it created is "
                "not, or no longer, the one in the body."
            )
        return before
    check_instants(draft)
    _check(draft, segment_id, definitions)
    if len(definitions) >= MAX_CUSTOM_SEGMENTS:
        raise TooManySegmentsError(
            f"There are {MAX_CUSTOM_SEGMENTS} custom segments, which is the maximum."
        )
    return CustomSegment(
        id=segment_id,
        name=draft.name,
        description=draft.description,
        definition=draft.definition,
        filters=draft.filters,
        number=1,
        rules_revision=0,
        created_at=at,
        created_by=by,
        updated_at=at,
        updated_by=by,
    )


def changed_segment(
    before: CustomSegment,
    draft: Draft,
    definitions: Mapping[str, Node],
    *,
    by: str,
    at: datetime,
) -> CustomSegment:
    """Return the segment with the draft applied; the same object if nothing differs."""
    if _draft_of(before) == draft:
        return before
    if draft.definition != before.definition:
        check_instants(draft)
    _check(draft, before.id, definitions)
    return replace(
        before,
        name=draft.name,
        description=draft.description,
        definition=draft.definition,
        filters=draft.filters,
        number=before.number + 1,
        updated_at=at,
        updated_by=by,
    )


def check_unused(segment_id: str, definitions: Mapping[str, Node]) -> None:
    """Raise SegmentInUseError if other custom segments refer to this one."""
    users = sorted(id for id, node in definitions.items() if segment_id in references(node))
    if users:
        raise SegmentInUseError("Other custom segments refer to it: " + ", ".join(users) + ".")


def _draft_of(segment: CustomSegment) -> Draft:
    return Draft(
        name=segment.name,
        description=segment.description,
        definition=segment.definition,
        filters=segment.filters,
    )
