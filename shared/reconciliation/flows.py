"""Flows: how many customers went from where to where.

A flow is named `from>to`, where each side is the id of a segment, or `none` for no segment. Coming
into and going out of a custom segment are flows from and to `none`.
"""

from collections.abc import Iterator

from shared.segments.customer import Transition
from shared.segments.places import NONE


def flow(from_id: str, to_id: str) -> str:
    """The name of a flow."""
    return f"{from_id}>{to_id}"


def ends(name: str) -> tuple[str, str]:
    """Where a flow of this name comes from and goes to."""
    from_id, _, to_id = name.partition(">")
    return from_id, to_id


def flows_of(step: Transition) -> Iterator[str]:
    """The flows that one step is part of, once each."""
    if step.from_segment != step.to_segment:
        yield flow(step.from_segment or NONE, step.to_segment or NONE)
    for id in step.entered:
        yield flow(NONE, id)
    for id in step.left:
        yield flow(id, NONE)
