"""One order is one fact: in the shape of any writer, under any synonym, in any spelling."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.orders.identity import Identity, IdentityKind
from tests.orders.documents import CUSTOMER_KEY, fact_of

ORG = "café_9"
ZONE = ZoneInfo("America/Los_Angeles")  # That of `fact_of`.
Spellings = Callable[[str], st.SearchStrategy[Any]]
POS_ORDER, OTHER_ORDER = "alleaves_77", "order_77"

INVISIBLE = ("\u200b", "\ufeff", "\u00ad", "\u200e", "\u2060")
NOTHING: tuple[object, ...] = (
    *(0, -1, "0", "-1", "undefined", "null", "None", "NaN", "Guest", "[object Object]", "", None),
    *("00000000-0000-0000-0000-000000000000", "0.0", " \ufeff", "#N/A"),
)
NOBODYS_ADDRESS = (*NOTHING, "no-email@alleaves.local", "walkin@till.invalid", "guest@localhost")
NOBODYS_PHONE = (None, "", "0000000000", "5.55123E+09", "n/a", 0)
CATEGORIES = {
    "Flower": ("flower", "FLOWER", "Flowers"),
    "Pâté": ("pâté", "PÂTÉ", "Pâté"),
    "Merch Items": ("merch_items", "Merch  items", "MERCH/ITEMS"),
}
COUNTED = ("completed", "Delivered", "SHIPPED", "ready for pickup", "Submitted", "", None)


@dataclass(frozen=True)
class Shape:
    """The names that one writer uses; see the shapes in `tests.orders.documents`."""

    organization: str
    email: str
    phone: str
    account: str
    product_id: str
    product_name: str
    quantity: str
    price: str
    total: str
    date: str = "createdAt"
    category: str = "category"
    items: str = "items"


WRITERS = {
    "pos sync": Shape(
        *("brandId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "totals.total"),
    ),
    "pos webhook": Shape(
        *("retailerId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "totals.total"),
    ),
    "web checkout": Shape(
        *("retailerId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "totals.total"),
    ),
    "shipping checkout": Shape(
        *("brandId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "totals.total"),
    ),
    "legacy web": Shape(
        *("organizationId", "customer.email", "customer.phone", "customer.uid", "productId"),
        *("name", "quantity", "unitPrice", "total"),
    ),
    "payment intent": Shape(
        *("brandId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "totals.total"),
    ),
    "pilot seed": Shape(
        *("orgId", "customerEmail", "customerPhone", "customerId", "externalId", "productName"),
        *("quantity", "unitPrice", "total"),
        category="productCategory",
    ),
    "sandbox seed": Shape(
        *("brandId", "customer.email", "customer.phone", "userId", "productId", "name"),
        *("qty", "price", "total"),
    ),
}
SYNONYMS = {
    "organization": ("orgId", "organizationId", "brandId", "retailerId", "dispensaryId"),
    "email": ("customer.email", "customerEmail", "email"),
    "phone": ("customer.phone", "customerPhone", "phone"),
    "account": ("userId", "customerId"),
    "product_id": ("productId", "product_id", "id", "id_item", "sku", "skuId", "externalId"),
    "product_name": ("name", "productName", "item", "title"),
    "quantity": ("qty", "quantity"),
    "price": ("price", "unitPrice", "unit_price"),
    "total": ("totals.total", "total", "totalAmount", "amount"),
    "date": ("createdAt", "orderedAt", "date", "completedAt"),
    "category": ("category", "productCategory", "type"),
    "items": ("items", "lineItems"),
}
"""Every name of each thing, the deciding one first."""


@dataclass(frozen=True)
class Product:
    id: int | str | None
    name: str
    category: str
    quantity: int
    cents: int


@dataclass(frozen=True)
class Meaning:
    """Meaning of an order, however it is written."""

    kind: IdentityKind | None
    who: str
    products: Sequence[Product]
    total_cents: int
    clock: datetime
    """Local time at the shop, without an offset."""
    coupon: str
    campaign: str

    @property
    def order_id(self) -> str:
        return POS_ORDER if self.kind is IdentityKind.POS_CUSTOMER else OTHER_ORDER

    @property
    def instant(self) -> datetime:
        return self.clock.replace(tzinfo=ZONE).astimezone(UTC)


products = st.builds(
    Product,
    id=st.none() | st.integers(1, 10**12) | st.sampled_from(["0012", "A-1", "Crème-7", "1E5"]),
    name=st.sampled_from(["Thé noir", "Papers", "Crème Brûlée", "Sol's Best"]),
    category=st.sampled_from(sorted(CATEGORIES)),
    quantity=st.integers(1, 40),
    cents=st.integers(0, 200_000),
)
WHO = {
    None: st.just(""),
    IdentityKind.EMAIL: st.sampled_from(["zoë@example.org", "ada.lovelace@example.com"]),
    IdentityKind.POS_CUSTOMER: st.integers(1, 10**9).map(str),
    IdentityKind.ACCOUNT: st.sampled_from(["uid_7Hk2", "17850", "Ünal-3"]),
    IdentityKind.PHONE: st.integers(2_000_000_000, 9_999_999_998)
    .filter(lambda number: len(set(str(number))) > 1)
    .map(str),
}


@st.composite
def meanings(draw: st.DrawFn) -> Meaning:
    kind = draw(st.sampled_from([None, *IdentityKind]))
    # Whole days, too; never a time that the clock skips or shows for the second time.
    clock = draw(
        st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 1))  # noqa: DTZ001
        .map(lambda at: at.replace(microsecond=0))
        .filter(shown_once)
        | st.dates(datetime(2019, 1, 1).date(), datetime(2026, 11, 1).date()).map(  # noqa: DTZ001
            lambda day: datetime(day.year, day.month, day.day)  # noqa: DTZ001
        )
    )
    return Meaning(
        kind=kind,
        who=draw(WHO[kind]),
        products=draw(st.lists(products, max_size=3, unique_by=key_of)),
        total_cents=draw(st.integers(0, 5_000_000)),
        clock=clock,
        coupon=draw(st.sampled_from(["SAVE5", "NOËL", "2026"])),
        campaign=draw(st.sampled_from(["c1", "été", "77"])),
    )


def shown_once(clock: datetime) -> bool:
    instants = {clock.replace(tzinfo=ZONE, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return len(instants) == 1


def key_of(product: Product) -> str:
    return f"name:{product.name.lower()}" if product.id is None else str(product.id)


@st.composite
def documents(draw: st.DrawFn, meaning: Meaning) -> dict[str, Any]:
    """The order as one of the writers, or a mixture of them, might store it."""
    writer = draw(st.sampled_from(sorted(WRITERS)))
    event(writer)
    names = {name: getattr(WRITERS[writer], name) for name in SYNONYMS}
    for thing in draw(st.sets(st.sampled_from(sorted(SYNONYMS)))):
        names[thing] = draw(st.sampled_from(SYNONYMS[thing]))
    document: dict[str, Any] = {}

    def put(
        into: dict[str, Any], thing: str, value: object, nothing: Sequence[object] = (None,)
    ) -> None:
        """Under its name, with what names nothing under some of the names that come before."""
        name = names[thing]
        for other in SYNONYMS[thing]:
            if other == name:
                break
            if draw(st.booleans()):
                put_at(into, other, draw(st.sampled_from(nothing)))
        put_at(into, name, value)

    put(document, "organization", draw(texts(ORG)))
    if meaning.kind is IdentityKind.POS_CUSTOMER and names["account"] == "customer.uid":
        names["account"] = "userId"
    for thing, (kinds, written, nothing) in IDENTITIES.items():
        if meaning.kind in kinds:
            put(document, thing, draw(written(meaning.who)), nothing)
        else:
            put(document, thing, draw(st.sampled_from(nothing)), nothing)
    items = []
    for product in draw(st.permutations(meaning.products)):
        item: dict[str, Any] = {}
        identity = draw(st.sampled_from(NOTHING) if product.id is None else ids(product.id))
        put(item, "product_id", identity, NOTHING)
        put(item, "product_name", draw(texts(product.name)), NOTHING)
        spelled = draw(st.sampled_from(CATEGORIES[product.category]))
        put(item, "category", draw(texts(spelled)), NOTHING)
        put(item, "quantity", draw(numbers(product.quantity)))
        put(item, "price", draw(amounts(product.cents)))
        items.append(item)
    document[names["items"]] = items
    put(document, "total", draw(amounts(meaning.total_cents)))
    put(document, "date", draw(instants(meaning)))
    document["status"] = draw(st.sampled_from(COUNTED))
    document["channel"] = draw(texts(draw(st.sampled_from(["online", "Web", "e-commerce"]))))
    put_at(
        document, draw(st.sampled_from(["coupon.code", "couponCode"])), draw(ids(meaning.coupon))
    )
    campaign = draw(st.sampled_from(["campaignId", "campaign.id", "attribution.campaignId"]))
    put_at(document, campaign, draw(texts(meaning.campaign)))
    return document


def put_at(document: dict[str, Any], path: str, value: object) -> None:
    *outer, name = path.split(".")
    for step in outer:
        document = document.setdefault(step, {})
    document[name] = value


def texts(text: str) -> st.SearchStrategy[str]:
    """The text composed or decomposed, with characters in it that nobody sees."""

    def spelled(form: Callable[[str], str], hidden: Mapping[int, str], blanks: str) -> str:
        written = "".join(hidden.get(at, "") + each for at, each in enumerate(form(text)))
        return f"{blanks}{written}{hidden.get(-1, '')}{blanks}"

    return st.builds(
        spelled,
        st.sampled_from([str, lambda text: unicodedata.normalize("NFD", text)]),
        st.dictionaries(st.integers(-1, 4), st.sampled_from(INVISIBLE), max_size=2),
        st.sampled_from(["", " ", "\t"]),
    )


def addresses(address: str) -> st.SearchStrategy[str]:
    return st.sampled_from([address, address.upper(), address.title()]).flatmap(texts)


def ids(id: int | str) -> st.SearchStrategy[object]:
    """A whole number without leading zeros in any spelling; other text as text."""
    text = str(id)
    if not text.isdecimal() or text.startswith("0"):
        return texts(text)
    written = st.sampled_from([text, f"{text}.0", f"{int(text):,}", f"+{text}"]).flatmap(texts)
    return written if isinstance(id, str) else written | st.sampled_from([id, float(id)])


def numbers(number: int) -> st.SearchStrategy[object]:
    return st.sampled_from([number, float(number), str(number), f"{number}.0", f" {number} "])


def amounts(cents: int) -> st.SearchStrategy[object]:
    exact = f"{cents // 100}.{cents % 100:02}"
    return st.sampled_from(
        [cents / 100, exact, f"${exact}", f"{exact} USD", f"{cents // 100:,}.{cents % 100:02}"]
    )


def phones(digits: str) -> st.SearchStrategy[object]:
    area, exchange, number = digits[:3], digits[3:6], digits[6:]
    written = st.sampled_from(
        [
            *(digits, f"({area}) {exchange}-{number}", f"+1 {area}.{exchange}.{number}"),
            *(f"{area}-{exchange}-{number} x12", f"1{digits} ext. 5", f"{digits}#5", f"{digits}.0"),
        ]
    )
    return written.flatmap(texts) | st.sampled_from([int(digits), float(digits)])


def instants(meaning: Meaning) -> st.SearchStrategy[object]:
    clock, instant = meaning.clock, meaning.instant
    seconds = int(instant.timestamp())
    written: list[object] = [
        *(instant, instant.astimezone(ZONE), seconds, seconds * 1000, str(seconds)),
        *({"_seconds": seconds, "_nanoseconds": 0}, {"seconds": seconds, "nanos": 0}),
        *(instant.isoformat(), instant.isoformat().replace("+00:00", "Z")),
        *(instant.astimezone(ZONE).isoformat(), clock.isoformat(), clock.isoformat(" ")),
        *(f"{clock:%Y/%m/%d %H:%M:%S}", f"\ufeff{clock:%Y-%m-%dT%H:%M:%S}.000 "),
    ]
    if clock - clock.replace(hour=0, minute=0, second=0) == timedelta(0):
        written += [f"{clock:%Y-%m-%d}", f"{clock:%Y/%m/%d}", f"{clock:%Y-%m-%d %H:%M}"]
    return st.sampled_from(written)


IDENTITIES: dict[str, tuple[Sequence[IdentityKind], Spellings, Sequence[object]]] = {
    "email": ((IdentityKind.EMAIL,), addresses, NOBODYS_ADDRESS),
    "account": ((IdentityKind.POS_CUSTOMER, IdentityKind.ACCOUNT), ids, NOTHING),
    "phone": ((IdentityKind.PHONE,), phones, NOBODYS_PHONE),
}
"""Identities of an order: their fields, their spellings, and placeholders."""


@settings(deadline=None)
@given(meaning=meanings(), data=st.data())
def test_one_order_in_any_shape_and_spelling_is_one_fact(
    meaning: Meaning, data: st.DataObject
) -> None:
    first, second = (data.draw(documents(meaning)) for _ in range(2))

    fact = fact_of(first, meaning.order_id)

    assert fact == fact_of(second, meaning.order_id)
    assert fact.counted
    assert fact.warnings == ()
    assert (fact.org_id, fact.channel) == (ORG, "online")
    assert fact.customer_key == (
        CUSTOMER_KEY(ORG, Identity(meaning.kind, meaning.who)) if meaning.kind else None
    )
    assert (fact.ordered_at, fact.local_date) == (meaning.instant, meaning.clock.date())
    assert fact.amount_cents == meaning.total_cents
    assert (fact.coupon_code, fact.campaign_id) == (meaning.coupon, meaning.campaign)
    assert {
        line.product_id: (line.name, line.category, line.quantity_milli, line.amount_cents)
        for line in fact.lines
    } == {
        key_of(product): (
            product.name,
            product.category,
            product.quantity * 1000,
            product.quantity * product.cents,
        )
        for product in meaning.products
    }
