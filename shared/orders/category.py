"""Product categories: one name for each, however a writer spells it."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from shared.kernel.compared_text import lowered
from shared.orders.text import clean_text

UNCATEGORISED = "Other"
MAX_CATEGORY_LENGTH = 100

_NOTHING: frozenset[str] = frozenset()
_NOT_A_CATEGORY = frozenset({"other", "uncategorized", "unknown", "misc", "miscellaneous"})

# A word names the category, unless one of the words listed with it stands beside it: a shop for
# something else means something else by it. Categories are tried in this order.
_RULES: tuple[tuple[str, Mapping[str, frozenset[str]]], ...] = (
    (
        "Flower",
        {
            "flower": frozenset({"fertilizer", "food", "pot", "seed", "soil", "vase"}),
            "bud": frozenset({"cotton", "ear", "light", "rose", "tea", "wireless"}),
            "smalls": _NOTHING,
            "shake": frozenset({"diet", "meal", "milk", "protein", "shingle"}),
        },
    ),
    (
        "Vape",
        {
            "vape": _NOTHING,
            "vaping": _NOTHING,
            "vapor": frozenset({"rub"}),
            "vapour": frozenset({"rub"}),
            "vaporizer": _NOTHING,
            "vaporiser": _NOTHING,
            "cartridge": frozenset({"game", "ink", "printer", "toner", "water"}),
            "cart": frozenset({"bar", "garden", "golf", "hand", "shopping", "utility"}),
            "disposable": frozenset(
                {"bag", "camera", "cup", "cutlery", "diaper", "foilware", "glove", "mask"}
                | {"napkin", "paper", "plate", "razor", "tableware", "tissue", "towel"}
            ),
        },
    ),
    (
        "Pre-Rolls",
        {
            "preroll": _NOTHING,
            "prerolled": _NOTHING,
            "joint": frozenset({"care", "health", "pain", "support"}),
        },
    ),
    (
        "Edibles",
        {
            "edible": frozenset({"non", "oil"}),
            "gummy": _NOTHING,
            "gummi": _NOTHING,
            "chocolate": frozenset({"hot"}),
        },
    ),
    (
        "Concentrates",
        {
            "concentrate": frozenset({"drink", "fruit", "juice", "orange", "tomato"}),
            "wax": frozenset({"candle", "car", "ear", "floor", "hair", "melt", "paper", "strip"}),
            "shatter": _NOTHING,
            "dab": _NOTHING,
            "hash": frozenset({"brown", "corned"}),
            "rosin": _NOTHING,
            "resin": frozenset({"art", "casting", "epoxy"}),
        },
    ),
    (
        "Tinctures",
        {
            "tincture": _NOTHING,
            "capsule": frozenset({"coffee", "detergent", "espresso", "laundry", "tea", "vitamin"}),
        },
    ),
    (
        "Topicals",
        {
            "topical": _NOTHING,
            "cream": frozenset(
                {"butter", "cheese", "clotted", "coffee", "cone", "cookie", "cracker", "double"}
                | {"heavy", "ice", "irish", "milk", "pastry", "pie", "soda", "soup", "sour"}
                | {"whipped", "whipping"}
            ),
            "lotion": _NOTHING,
            "balm": frozenset({"lemon"}),
            "transdermal": _NOTHING,
        },
    ),
    ("Beverages", {"beverage": _NOTHING, "drink": _NOTHING, "seltzer": _NOTHING}),
    ("Accessories", {"accessory": _NOTHING}),
    ("Gift Cards", {"giftcard": _NOTHING}),
)
# Names a category only where it is all there is: "Shortening/Oil" is not a tincture.
_WHOLE_NAMES = {"oil": "Tinctures"}

_SEPARATORS = re.compile(r"[_/\s]+")
_TWO_WORDS = (
    (re.compile(r"\bpre[\s-]+roll"), "preroll"),
    (re.compile(r"\bgift[\s-]+card"), "giftcard"),
)
_WORD = re.compile(r"[^\W_]+")
_FIRST_LETTER = re.compile(r"(?<![\w'\u2019])\w")


def canonical_category(value: object) -> str:
    """Return the canonical name of a category: a well-known one, or the text in title case; never
    blank.

    A canonical name maps to itself, so stored names can be used in queries.

    Well-known categories are recognised by whole words in singular or plural: `Gummies` is Edibles,
    and neither the bud in `Rosebud Balm` nor the cart in `Carton` counts.

    >>> [canonical_category(text) for text in ("Gummies", "merch_items", None)]
    ['Edibles', 'Merch Items', 'Other']
    """
    return _canonical(clean_text(value, MAX_CATEGORY_LENGTH) or "")


@lru_cache(maxsize=2_000)
def _canonical(text: str) -> str:
    """Remembered, as each item of each order names one of a few."""
    plain = lowered(_SEPARATORS.sub(" ", text.replace("&", " and ")))
    plain = plain[:MAX_CATEGORY_LENGTH].rstrip()
    if not plain or plain in _NOT_A_CATEGORY:
        return UNCATEGORISED
    return _WHOLE_NAMES.get(plain) or _known_category(plain) or _title_case(plain)


def _known_category(plain: str) -> str | None:
    for two_words, one_word in _TWO_WORDS:
        plain = two_words.sub(one_word, plain)
    spelled = frozenset(_WORD.findall(plain))
    words = spelled.union(*map(_singulars, spelled))
    for category, stems in _RULES:
        for stem, companions in stems.items():
            if stem in words and words.isdisjoint(companions):
                return category
    return None


def _singulars(word: str) -> tuple[str, ...]:
    """Return possible singulars of a word: cookie for cookies, gummy for gummies, wax for waxes."""
    return tuple(
        word.removesuffix(ending) + singular
        for ending, singular in (("s", ""), ("es", ""), ("ies", "y"))
        if word.endswith(ending)
    )


def _title_case(plain: str) -> str:
    titled = unicodedata.normalize(
        "NFC", _FIRST_LETTER.sub(lambda letter: letter[0].upper(), plain)
    )
    # Some letters are others once they were capitals: ß would be SS, and ss from then on.
    return titled if lowered(titled) == plain else plain
