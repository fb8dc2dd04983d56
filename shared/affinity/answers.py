"""Answers of the routes about products that go together."""

from pydantic import Field

from shared.web.computed import ComputedAnswer
from shared.web.models import ApiModel


class AffinityPair(ApiModel):
    """Two products often bought in the same order."""

    product_a: str = Field(description="Name of one product on its latest order.")
    product_b: str = Field(description="Name of the other product on its latest order.")
    count: int = Field(description="Orders with both.")
    strength: float = Field(
        description="Support, 0 to 1: `count` ÷ orders with at least one item, all time."
    )
    product_id_a: str = Field(alias="productIdA", description="Id of one product.")
    product_id_b: str = Field(alias="productIdB", description="Id of the other product.")
    lift: float = Field(
        description="Ratio of joint purchases to those expected by chance; 1 means no relation."
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
        description="Distinct customers of these orders, at least 2; each anonymous order counts "
        "as one."
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
        description="`count` ÷ E, the count expected by chance in orders of these sizes: `lift` "
        "÷ `sizeFactor`. 1 means no relation."
    )
    lift_lower: float = Field(
        description="Lower end of a 95 % interval of `liftAdjusted`, shrunk towards 1 if there "
        "are few orders: the 2.5 % quantile of a gamma distribution with shape "
        "`count` + ½ and rate E + ½."
    )
    p_value: float = Field(
        description="Probability of such a large `count` for any of `pairsTested` pairs if all "
        "were together by chance: the upper tail of a Poisson distribution times "
        "`pairsTested`, at most 1. Its mean is E or, if larger, the count expected "
        "for products that come in larger orders than others."
    )
    q_value: float = Field(
        description="Expected share of false discoveries among pairs with this `qValue` or less: "
        "the Benjamini–Hochberg rate over `pairsTested` pairs."
    )


class Affinity(ComputedAnswer):
    """Pairs of products, computed nightly."""

    orders: int | None = Field(
        description="Counted orders with at least one item; with the relation `nextOrder`, those "
        "that have a next one by the same customer. Null if never computed."
    )
    orders_cut: int | None = Field(
        description="Number of `orders` with so many products that only the 100 most frequent "
        "ones formed pairs; if it is 0, every count is exact; otherwise `count` "
        "may be too low. Null if never computed."
    )
    size_factor: float | None = Field(
        description="Number of pairs relative to that if all orders had the same number of "
        "products: E is `sizeFactor` × orders with A × orders with B ÷ `orders`. "
        "Null if there are no products or never computed."
    )
    pairs_tested: int | None = Field(
        description="Pairs of products that are each in enough orders for a pair; `pValue` and "
        "`qValue` are corrected for them. Null if never computed."
    )
    pairs_found: int | None = Field(
        description="Pairs with a `count` of at least 5 by at least 2 customers, before "
        "filtering. Null if never computed."
    )
    pairs_kept: int | None = Field(
        description="Pairs of `pairsFound` that answers are chosen from: the 5,000 best by each "
        "`sort`, so that every ranking without conditions is complete. If it is less "
        "than `pairsFound`, others that meet the conditions may be missing. Null if "
        "never computed."
    )
    matching: int | None = Field(
        description="Pairs of `pairsKept` that meet every condition, including those beyond "
        "`limit`. Null if never computed."
    )
    pairs: list[ProductPair] | None = Field(
        description="The first `limit` of `matching`, best first; null if never computed."
    )
