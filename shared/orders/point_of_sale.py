"""Recognises orders of a point of sale, as opposed to a web shop."""

from collections.abc import Mapping

from shared.kernel.compared_text import lowered

POS_SYSTEMS = frozenset(
    {"alleaves", "dutchie", "jane", "pos", "pos_dutchie", "pos_jane", "pos_treez", "treez"}
)
"""`source` of an order that a point of sale took, in lower case."""

_ID_PREFIX = "alleaves_"


def is_pos_order(order_id: str, data: Mapping[str, object]) -> bool:
    """Whether a point of sale took the order, by its source or the form of its id."""
    source = data.get("source")
    has_pos_source = isinstance(source, str) and lowered(source) in POS_SYSTEMS
    return has_pos_source or order_id.startswith(_ID_PREFIX)
