"""Query parameters of a list of products."""

from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.orders.text import clean_text
from shared.products.product_list import ProductSelection, ProductSort
from shared.web.filters import CategoryFilter
from shared.web.parameter_types import ParameterType, flag
from shared.web.parameters import PageQuery, SortOrder
from shared.web.schema import no_default

MAX_SEARCH_LENGTH = 100


def _search(value: object) -> str:
    if isinstance(value, str) and len(value) <= MAX_SEARCH_LENGTH and (text := clean_text(value)):
        return text
    raise ValueError(f"must have 1 to {MAX_SEARCH_LENGTH} characters")


class ProductsQuery(PageQuery):
    """Filters and sort order of products. A product must meet every filter."""

    trending: Annotated[bool | SkipJsonSchema[None], flag()] = Field(
        default=None,
        description="Only products that are trending (`true`), or are not (`false`).",
        json_schema_extra=no_default,
    )
    category: CategoryFilter = Field(
        default=None,
        description="Only products of this category. Spellings counted as one category match "
        "each other.",
        json_schema_extra=no_default,
    )
    search: Annotated[
        str | SkipJsonSchema[None],
        ParameterType(_search, {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_LENGTH}),
    ] = Field(
        default=None,
        description="Only products whose name or id contains this; case and accents do not matter.",
        json_schema_extra=no_default,
    )
    sort: ProductSort = Field(
        default=ProductSort.REVENUE,
        description="Sort key; ties are broken by the product's id. By `lastSale`, products "
        "without one come last in both directions.",
    )
    order: SortOrder = Field(
        default=SortOrder.DESC, description="Largest or latest first (`desc`) or last (`asc`)."
    )

    @property
    def selection(self) -> ProductSelection:
        """The list asked for."""
        return ProductSelection(
            sort=self.sort,
            descending=self.order is SortOrder.DESC,
            trending=self.trending,
            category=self.category,
            search=self.search,
        )
