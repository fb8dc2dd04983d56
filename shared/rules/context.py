"""Services that the routes about rules work with."""

from shared.rules.store import SegmentRulesStore
from shared.web.context import organization


def segment_rules() -> SegmentRulesStore:
    """The rules of the organisation of the call being answered."""
    current = organization()
    return current.open(SegmentRulesStore, clock=current.clock)
