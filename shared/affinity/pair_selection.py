"""Selection and ranking of product pairs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.affinity.affinity import MINIMUM_COUNT, Pair, Relation


class PairSort(StrEnum):
    """Rankings of pairs, best first. The best by each are kept."""

    LIFT_LOWER = "liftLower"
    LIFT = "lift"
    LIFT_ADJUSTED = "liftAdjusted"
    COUNT = "count"
    SUPPORT = "support"
    CONFIDENCE = "confidence"
    P_VALUE = "pValue"
    Q_VALUE = "qValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSelection:
    """Filters, sort order and size of a list of pairs; a pair must meet every filter."""

    relation: Relation = Relation.SAME_BASKET
    minimum_count: int = MINIMUM_COUNT
    minimum_support: float = 0.0
    minimum_lift: float = 0.0
    product_id: str | None = None
    """Only pairs with this product."""
    category: str | None = None
    """Only pairs with a product of this category."""
    sort: PairSort = PairSort.LIFT_LOWER
    limit: int


def select_pairs(pairs: Iterable[Pair], selection: PairSelection) -> list[Pair]:
    """All pairs that meet the conditions, whatever the limit, best first.

    Of those that rank the same, the one with the higher lower bound of lift comes first, then that
    with more orders, then by ids.
    """
    matching = [pair for pair in pairs if _is_selected(pair, selection)]
    matching.sort(
        key=lambda pair: (
            _rank(pair, selection),
            -pair.lift_lower,
            -pair.count,
            pair.a.id,
            pair.b.id,
        )
    )
    return matching


def _is_selected(pair: Pair, selection: PairSelection) -> bool:
    return (
        pair.count >= selection.minimum_count
        and pair.support >= selection.minimum_support
        and pair.lift >= selection.minimum_lift
        and selection.product_id in (None, pair.a.id, pair.b.id)
        and selection.category in (None, pair.a.category, pair.b.category)
    )


def _rank(pair: Pair, selection: PairSelection) -> float:
    """Smaller is better."""
    match selection.sort:
        case PairSort.LIFT_LOWER:
            return -pair.lift_lower
        case PairSort.LIFT | PairSort.LIFT_ADJUSTED:
            return -pair.lift
        case PairSort.COUNT | PairSort.SUPPORT:
            return -pair.count
        case PairSort.CONFIDENCE if selection.relation is Relation.NEXT_ORDER:
            return -pair.confidence_ab
        case PairSort.CONFIDENCE:
            return -max(pair.confidence_ab, pair.confidence_ba)
        case PairSort.P_VALUE:
            return pair.p_value
        case PairSort.Q_VALUE:
            return pair.q_value
