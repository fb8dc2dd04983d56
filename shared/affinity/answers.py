"""What the routes about products that go together answer with."""

from pydantic import AwareDatetime, Field

from shared.web.computed import ComputedStatus
from shared.web.models import ApiModel


class AffinityPair(ApiModel):
    """Two products on the analytics page that are often in the same order."""

    product_a: str = Field(description="Name of the one product on its latest order.")
    product_b: str = Field(description="Name of the other product on its latest order.")
    count: int = Field(description="Orders with both.")
    strength: float = Field(
        description="Support, 0 to 1: `count` ÷ orders with at least one item, all time."
    )
    product_id_a: str = Field(alias="productIdA", description="Id of the one product.")
    product_id_b: str = Field(alias="productIdB", description="Id of the other product.")
    lift: float = Field(
        description="How many times as often they are together as by chance; 1 is no relation."
    )


class ProductPair(ApiModel):
    """Two distinct products, by presence in orders: quantities and repeated lines do not count.

    An order is here, with the relation `nextOrder`, an order and the same customer's next one: it
    has A if A is in the first and B if B is in the second.
    """

    product_id_a: str = Field(alias="productIdA", description="Id of product A.")
    product_a: str = Field(description="Name of A on its latest order.")
    product_id_b: str = Field(alias="productIdB", description="Id of product B.")
    product_b: str = Field(description="Name of B on its latest order.")
    category_a: str = Field(description="Category of A on its latest order.")
    category_b: str = Field(description="Category of B on its latest order.")
    count: int = Field(description="Orders with both.")
    customers: int = Field(
        description="Different customers of these orders, 2 at least; each order without a "
        "known customer counts as one."
    )
    support: float = Field(description="`count` ÷ `orders`, 0 to 1.")
    confidence_ab: float = Field(
        alias="confidenceAB", description="`count` ÷ orders with A, 0 to 1."
    )
    confidence_ba: float = Field(
        alias="confidenceBA", description="`count` ÷ orders with B, 0 to 1."
    )
    lift: float = Field(
        description="`support` ÷ (share of orders with A × share of orders with B): how many times "
        "as often they are together as by chance, were all orders of one size."
    )
    lift_adjusted: float = Field(
        description="`count` ÷ E, the count by chance in orders of these sizes: `lift` ÷ "
        "`sizeFactor`. 1 is no relation."
    )
    lift_lower: float = Field(
        description="Lower end of a 95 % interval of `liftAdjusted`, shrunken towards 1 where "
        "orders are few: the 2.5 % quantile of a gamma distribution with shape `count` + ½ and "
        "rate E + ½."
    )
    p_value: float = Field(
        description="Chance of so large a `count` for any of `pairsTested` pairs, were all of them "
        "together by chance: the upper tail of a Poisson distribution times `pairsTested`, at "
        "most 1. Its mean is E, or what is expected of products that come in larger orders than "
        "others, where that is more."
    )
    q_value: float = Field(
        description="Part of false ones to expect among the pairs with a `qValue` of so much or "
        "less: Benjamini and Hochberg's rate over `pairsTested` pairs."
    )


class Affinity(ApiModel):
    """Pairs of products, computed every night."""

    org_id: str = Field(description="The organisation this is about.")
    computed_at: AwareDatetime | None = Field(
        description="When what is shown was computed; null where it never was."
    )
    status: ComputedStatus = Field(
        description="`pending` until pairs have been computed for the first time, `failed` where "
        "the newest attempt failed, and what is shown is that of an earlier one."
    )
    stale: bool = Field(
        description="Whether what is shown is older than it should be, was never computed, or the "
        "newest attempt failed."
    )
    last_error: str | None = Field(
        description="Kind of the error by which the newest attempt failed; null where it did not."
    )
    source_rows: int | None = Field(
        description="Counted orders that it was computed from; null where never computed."
    )
    lag_seconds: int | None = Field(
        description="Seconds from when it was due to when it was computed; null where it never was."
    )
    orders: int | None = Field(
        description="Counted orders with at least one item; with the relation `nextOrder`, those "
        "that have a next one by the same customer. Null where never computed."
    )
    orders_cut: int | None = Field(
        description="How many of `orders` have so many products that pairs were made of the 100 "
        "most frequent ones only; where it is 0, every count is exact, else `count` may be too "
        "low. Null where never computed."
    )
    size_factor: float | None = Field(
        description="How many times as many pairs there are as if all orders had the same number "
        "of products: E is `sizeFactor` × orders with A × orders with B ÷ `orders`. Null where "
        "there are no products or never computed."
    )
    pairs_tested: int | None = Field(
        description="Pairs of products that are each in enough orders for a pair; `pValue` and "
        "`qValue` are corrected for them. Null where never computed."
    )
    pairs_found: int | None = Field(
        description="Pairs with a `count` of 5 or more by 2 customers or more, whatever is asked "
        "for. Null where never computed."
    )
    pairs_kept: int | None = Field(
        description="Those of `pairsFound` that an answer is chosen from: the 5,000 best by each "
        "`sort`, so that without conditions every order is right. Where it is less than "
        "`pairsFound`, others that meet the conditions may have been left out. Null where never "
        "computed."
    )
    matching: int | None = Field(
        description="Those of `pairsKept` that meet every condition, beyond `limit` too. Null "
        "where never computed."
    )
    pairs: list[ProductPair] | None = Field(
        description="The first `limit` of `matching`, best first; null where never computed."
    )
