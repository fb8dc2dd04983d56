import pytest

from shared.orders.category import MAX_CATEGORY_LENGTH, canonical_category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("flower", "Flower"),
        ("Indoor Flower - Eighths", "Flower"),
        ("Small Buds", "Flower"),
        ("SMALLS", "Flower"),
        ("Shake/Trim", "Flower"),
        ("Vapes", "Vape"),
        ("510 Carts", "Vape"),
        ("Disposables", "Vape"),
        ("pre-roll", "Pre-Rolls"),
        ("Pre Rolls", "Pre-Rolls"),
        ("PREROLLS", "Pre-Rolls"),
        ("infused_pre_roll_packs", "Pre-Rolls"),
        ("Joints", "Pre-Rolls"),
        ("Edibles", "Edibles"),
        ("Milk Chocolates", "Edibles"),
        ("Concentrates & Extracts", "Concentrates"),
        ("Waxes", "Concentrates"),
        ("Bubble Hash", "Concentrates"),
        ("Tinctures", "Tinctures"),
        ("Capsules", "Tinctures"),
        ("Oil", "Tinctures"),
        ("Topicals", "Topicals"),
        ("Hand Creams", "Topicals"),
        ("Transdermal Patches", "Topicals"),
        ("Soft Drinks", "Beverages"),
        ("Accessories", "Accessories"),
        ("Gift Cards", "Gift Cards"),
        ("gift_card", "Gift Cards"),
    ],
)
def test_well_known_categories_have_one_name(text: str, category: str) -> None:
    assert canonical_category(text) == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Gummies", "Edibles"),
        ("Gummy Bears", "Edibles"),
        ("Rosebud Balm", "Topicals"),
        ("Carton", "Carton"),
        ("Vaporizer", "Vape"),
        ("Vaporizers", "Vape"),
        ("Live Resin Cartridge", "Vape"),
        ("Live Resin", "Concentrates"),
    ],
)
def test_a_part_of_a_word_or_a_plural_does_not_mislead(text: str, category: str) -> None:
    assert canonical_category(text) == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("merch_items", "Merch Items"),
        ("ICE CREAM/MILK/SHERBTS", "Ice Cream Milk Sherbts"),
        ("whipped/sour cream", "Whipped Sour Cream"),
        ("cream cheese ", "Cream Cheese"),
        ("Cookies and Cream", "Cookies And Cream"),
        ("Hot Dog Buns", "Hot Dog Buns"),
        ("rolls/buns", "Rolls Buns"),
        ("Rose Bud Tea", "Rose Bud Tea"),
        ("Hash Browns", "Hash Browns"),
        ("flower soil/fertilizer", "Flower Soil Fertilizer"),
        ("flower (seeds)", "Flower (Seeds)"),
        ("FLORAL-FLOWERING PLANTS", "Floral-Flowering Plants"),
        ("DIAPERS & DISPOSABLES", "Diapers And Disposables"),
        ("NON EDIBLE PRODUCTS", "Non Edible Products"),
        ("SHORTENING/OIL", "Shortening Oil"),
        ("Shopping Cart", "Shopping Cart"),
        ("Coffee Capsules", "Coffee Capsules"),
        ("other vegetables", "Other Vegetables"),
        ("MISC. DAIRY", "Misc. Dairy"),
        ("CHIPS&SNACKS", "Chips And Snacks"),
        ("men's hats", "Men's Hats"),
        ("CBD", "Cbd"),
        ("café", "Café"),
    ],
)
def test_ordinary_retail_keeps_its_own_words_in_title_case(text: str, category: str) -> None:
    assert canonical_category(text) == category


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "  ", "___", "/", "other", "Uncategorized", "UNKNOWN", "misc", "Miscellaneous"),
        *(7, True, {"name": "Flower"}, ["Flower"], b"Flower", "\ud800"),
    ],
)
def test_no_category_is_other(value: object) -> None:
    assert canonical_category(value) == "Other"


@pytest.mark.parametrize("text", ["a" * 500, "ß" * 100, "&" * 100, "İ" * 100])
def test_a_category_is_bounded(text: str) -> None:
    assert 0 < len(canonical_category(text)) <= MAX_CATEGORY_LENGTH


@pytest.mark.parametrize("text", ["Gummies", "merch_items", "pre roll", "gift card", "A & B/C"])
def test_a_canonical_category_is_its_own(text: str) -> None:
    assert canonical_category(canonical_category(text)) == canonical_category(text)
