"""Lists of products: every product is on exactly one page, in one order."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.products.product_list import ProductPlace, ProductSelection, ProductSort, product_page
from shared.products.product_sales import ProductSales, UnitSales

SOLD = st.builds(UnitSales, quantity_milli=st.integers(0, 20_000), revenue_cents=st.integers(0, 3))
PRODUCT = st.builds(
    ProductSales,
    product_id=st.text("ab/é", min_size=1, max_size=3),
    name=st.sampled_from(["Gummies", "Crème", "gum"]),
    all_time=SOLD,
    last_7_days=SOLD,
    last_30_days=SOLD,
    last_sale_on=st.none() | st.integers(0, 3).map(lambda n: date(2026, 1, 1) + timedelta(n)),
    category=st.sampled_from([None, "Edibles", "Flower"]),
)
PRODUCTS = st.lists(PRODUCT, max_size=12, unique_by=lambda product: product.product_id)
SELECTIONS = st.builds(
    ProductSelection,
    sort=st.sampled_from(ProductSort),
    descending=st.booleans(),
    trending=st.none() | st.booleans(),
    category=st.sampled_from([None, "EDIBLES"]),
    search=st.sampled_from([None, "GUM", "creme", "b/"]),
)


@given(PRODUCTS, SELECTIONS, st.integers(1, 5))
def test_pages_add_up_to_the_list(
    products: list[ProductSales], wanted: ProductSelection, size: int
) -> None:
    whole = product_page(products, wanted, size=100)
    pages: list[ProductSales] = []
    after: ProductPlace | None = None
    while True:
        page = product_page(products, wanted, size=size, after=after)
        assert page.matching == whole.matching == len(whole.products)
        assert len(page.products) == size or page.next is None
        pages += page.products
        after = page.next
        if after is None:
            break
    assert tuple(pages) == whole.products


@given(PRODUCTS, st.booleans())
def test_products_without_a_sale_are_last_in_either_order(
    products: list[ProductSales], descending: bool
) -> None:
    selection = ProductSelection(sort=ProductSort.LAST_SALE, descending=descending)
    page = product_page(products, selection, size=100)
    days = [product.last_sale_on for product in page.products]
    with_sale = [day for day in days if day is not None]
    assert days == sorted(with_sale, reverse=descending) + [None] * (len(days) - len(with_sale))


@given(PRODUCTS, SELECTIONS)
def test_filters_are_all_met(products: list[ProductSales], wanted: ProductSelection) -> None:
    actual = product_page(products, wanted, size=100).products
    expected = [
        product
        for product in products
        if wanted.trending in (None, product.last_7_days.quantity_milli > 14_000)
        and (wanted.category is None or product.category == "Edibles")
        and (
            wanted.search is None
            or (wanted.search == "GUM" and product.name != "Crème")
            or (wanted.search == "creme" and product.name == "Crème")
            or (wanted.search == "b/" and "b/" in product.product_id)
        )
    ]
    assert {product.product_id for product in actual} == {each.product_id for each in expected}
