"""Sales of an organisation by product."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.products.answers import Products, ProductSummary
from shared.products.product_list import ProductPlace, product_page
from shared.products.product_sales import NAME, ProductSales, last_full_day, stored_product
from shared.products.query import ProductsQuery
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.units import units

routes = APIBlueprint(
    "products",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Products", description="Product sales and velocity.")],
    abp_security=SIGNED_IN,
)


@routes.get("/products", operation_id="listProducts", responses=signed_in_responses(Products))
def list_products(query: ProductsQuery) -> Response:
    """List products by their sales, a page at a time.

    A product must meet every filter. A product whose numbers do not change between two pages
    appears on exactly one of them. Costs one document read and one per roughly 2,000 products ever
    sold, regardless of the number of orders.
    """
    current = organization()
    selection = query.selection
    pager = current.pager("products", *selection.arguments, token=query.page_token)
    place = pager.after()
    after = ProductPlace(value=place[0], product_id=place[1]) if place else None
    state = current.results.state(NAME)
    if state is None or state.computed_at is None:
        return answer(Products.of(current, state, as_of=current.as_of))
    products = map(stored_product, current.results.entries(state))
    page = product_page(products, selection, size=query.page_size, after=after)
    return answer(
        Products.of(
            current,
            state,
            as_of=current.as_of,
            last_full_day=last_full_day(state.summary),
            total=page.matching,
            products=[_summary(product) for product in page.products],
            next_page_token=pager.next_token(
                [page.next.value, page.next.product_id] if page.next else None
            ),
        )
    )


def _summary(product: ProductSales) -> ProductSummary:
    return ProductSummary(
        product_id=product.product_id,
        product_name=product.name,
        category=product.category,
        units=product.all_time.quantity_milli / 1000,
        revenue=units(product.all_time.revenue_cents),
        units_last_7_days=product.last_7_days.quantity_milli / 1000,
        revenue_last_7_days=units(product.last_7_days.revenue_cents),
        units_last_30_days=product.last_30_days.quantity_milli / 1000,
        revenue_last_30_days=units(product.last_30_days.revenue_cents),
        velocity=product.velocity,
        trending=product.trending,
        last_sale_on=product.last_sale_on,
    )
