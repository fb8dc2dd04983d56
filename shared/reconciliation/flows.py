"""Flows: how many customers moved from one segment to another.

A flow is named `from>to`; each side is the id of a segment, or `none` for no segment. Entering and
leaving a custom segment are flows from and to `none`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from shared.segments.custom_segment import is_custom_segment_id
from shared.segments.customer import Transition
from shared.segments.places import NONE


def flow(from_id: str, to_id: str) -> str:
    """The name of a flow."""
    return f"{from_id}>{to_id}"


def ends(name: str) -> tuple[str, str]:
    """Return the segments that a flow of this name leads from and to."""
    from_id, _, to_id = name.partition(">")
    return from_id, to_id


def flows_of(transition: Transition) -> Iterator[str]:
    """The flows that one transition is part of, once each."""
    if transition.from_segment != transition.to_segment:
        yield flow(transition.from_segment or NONE, transition.to_segment or NONE)
    for id in transition.entered:
        yield flow(NONE, id)
    for id in transition.left:
        yield flow(id, NONE)


def arrival(id: str) -> str:
    """Any flow to a segment or custom segment, or to `none` from a segment."""
    return f">{id}"


def departure(id: str) -> str:
    """Any flow from a custom segment."""
    return f"{id}>"


def ends_of_flows(flows: Mapping[str, int]) -> Counter[str]:
    """Flows added up to arrivals, and departures from custom segments."""
    counts = Counter[str]()
    for name, count in flows.items():
        from_id, to_id = ends(name)
        if is_custom_segment_id(from_id):
            counts[departure(from_id)] += count
        else:
            counts[arrival(to_id)] += count
    return counts
