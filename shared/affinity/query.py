"""Query parameters of the routes about affinity."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.affinity.affinity import MINIMUM_COUNT, Relation
from shared.affinity.pair_selection import PairSelection, PairSort
from shared.kernel.document_ids import MAX_ID_LENGTH
from shared.web.filters import CategoryFilter
from shared.web.parameter_types import number, whole_number
from shared.web.parameters import OrganizationQuery
from shared.web.schema import no_default

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
_MAX_COUNT = 10**9
_MAX_LIFT = 10**9


class PairRelation(StrEnum):
    """Relation between the products of a pair."""

    SAME_BASKET = "sameBasket"
    NEXT_ORDER = "nextOrder"


_COMPUTED = {
    PairRelation.SAME_BASKET: Relation.SAME_BASKET,
    PairRelation.NEXT_ORDER: Relation.NEXT_ORDER,
}


class AffinityQuery(OrganizationQuery):
    """Filters and sort order of a list of pairs; a pair must meet every given filter."""

    relation: PairRelation = Field(
        default=PairRelation.SAME_BASKET,
        description="`sameBasket`: both products in one order; A has the smaller id. "
        "`nextOrder`: A in an order and B in the same customer's next one, among "
        "counted orders with at least one item.",
    )
    min_count: Annotated[
        int,
        whole_number(
            MINIMUM_COUNT,
            _MAX_COUNT,
            default=MINIMUM_COUNT,
            refusal=f"must be a whole number of {MINIMUM_COUNT} or more: pairs in fewer orders are "
            "not kept",
        ),
    ] = Field(
        default=MINIMUM_COUNT,
        alias="minCount",
        description="Only pairs with at least this `count`.",
    )
    min_support: Annotated[
        float, number(1, default=0, refusal="must be a number from 0 to 1, such as 0.01")
    ] = Field(
        default=0.0,
        alias="minSupport",
        description="Only pairs with at least this `support`.",
    )
    min_lift: Annotated[
        float, number(_MAX_LIFT, default=0, refusal="must be a number from 0, such as 1.5")
    ] = Field(
        default=0.0,
        alias="minLift",
        description="Only pairs with at least this `lift`.",
    )
    product: str | SkipJsonSchema[None] = Field(
        default=None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Only pairs containing the product with this id, as A or B.",
        json_schema_extra=no_default,
    )
    category: CategoryFilter = Field(
        default=None,
        description="Only pairs containing a product of this category, as A or B. Spellings "
        "counted as one category match each other.",
        json_schema_extra=no_default,
    )
    sort: PairSort = Field(
        default=PairSort.LIFT_LOWER,
        description="Ranking: largest first, except `pValue` and `qValue`, smallest first; "
        "`liftAdjusted` ranks as `lift` does. `confidence` is the larger of the "
        "two, with the relation `nextOrder` that of B after A. Equal pairs are in "
        "order of `liftLower`, `count` and ids.",
    )
    limit: Annotated[
        int,
        whole_number(1, MAX_LIMIT, default=DEFAULT_LIMIT),
    ] = Field(
        default=DEFAULT_LIMIT,
        description="Maximum number of pairs.",
    )

    @property
    def selection(self) -> PairSelection:
        """Return the requested selection."""
        return PairSelection(
            relation=_COMPUTED[self.relation],
            minimum_count=self.min_count,
            minimum_support=self.min_support,
            minimum_lift=self.min_lift,
            product_id=self.product,
            category=self.category,
            sort=self.sort,
            limit=self.limit,
        )
