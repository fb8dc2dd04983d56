"""Custom segments as an ambitious manager might define them: many conditions on products.

Made by a seeded generator over the demo's own products and categories, those bought most often
first, so that customers meet some of them and not others.
"""

from collections import Counter
from collections.abc import Mapping
from random import Random

from shared.segments.conditions.nodes import Node
from shared.segments.conditions.parse import parse_definition
from tests.benchmarks.installation import orders

SEED = 20
_PRODUCTS, _CATEGORIES = 400, 18
_DAYS = (7, 14, 30, 60, 90, 180, 270)
_SHARE_OF_EVENTS = 0.6
_SHARE_OF_NEGATIONS = 0.2
_SHARE_OF_NEGATED_GROUPS = 0.1
_GROUP_SIZES = (4, 5, 6, 7)


def definitions(segments: int, conditions: int) -> Mapping[str, Node]:
    """So many definitions with exactly so many conditions each, by id; always the same ones."""
    generator = _Generator(Random(SEED))
    return {
        f"cs_{number:012x}": parse_definition(generator.definition(conditions))
        for number in range(segments)
    }


class _Generator:
    def __init__(self, random: Random) -> None:
        self._random = random
        items = [item for order in orders() for item in order.data["items"]]
        products = Counter(item["productId"] for item in items)
        categories = Counter(item["category"] for item in items)
        self._products = [id for id, _ in products.most_common(_PRODUCTS)]
        self._categories: list[str] = [name for name, _ in categories.most_common(_CATEGORIES)]

    def definition(self, conditions: int) -> dict[str, object]:
        """Any of some groups that each want all, or all of some groups that each want any."""
        inner, outer = self._random.choice((("all", "any"), ("any", "all")))
        groups: list[object] = []
        while conditions > 0:
            size = min(self._random.choice(_GROUP_SIZES), conditions)
            group = {inner: [self._condition() for _ in range(size)]}
            # Elsewhere a negated group would nearly always hold, and decide the segment alone.
            negated = outer == "all" and size > 1 and self._happens(_SHARE_OF_NEGATED_GROUPS)
            groups.append({"not": {"all": group[inner]}} if negated else group)
            conditions -= size
        return {outer: groups}

    def _condition(self) -> dict[str, object]:
        return self._event() if self._happens(_SHARE_OF_EVENTS) else self._field()

    def _event(self) -> dict[str, object]:
        random = self._random
        event: dict[str, object] = {
            "event": "did_not_order" if self._happens(_SHARE_OF_NEGATIONS) else "ordered"
        }
        match random.randrange(4):
            case 0:
                event["product"] = random.sample(self._products, random.randint(1, 5))
            case 1:
                event["category"] = self._category()
            case 2:
                event["category"] = [self._category(), self._category()]
                event["atLeastAmount"] = random.choice((5, 20, 50))
            case _:
                event["channel"] = random.choice(("in_store", "online"))
                event["atLeastTimes"] = random.randint(1, 4)
        window = random.choice(("inTheLastDays", "inTheLastDays", "moreThanDaysAgo", "ever"))
        event["when"] = {window: True if window == "ever" else random.choice(_DAYS)}
        return event

    def _field(self) -> dict[str, object]:
        random = self._random
        field, operator, value = random.choice(
            (
                ("totalSpent", "at_least", random.choice((50, 100, 200, 500))),
                ("avgOrderValue", "between", [random.choice((10, 20)), random.choice((40, 80))]),
                ("orderCount", "greater_than", random.randint(1, 8)),
                ("daysSinceLastOrder", "less_than", random.choice(_DAYS)),
                ("daysSinceFirstOrder", "at_least", random.choice(_DAYS)),
                ("preferredCategories", "contains", self._category()),
                ("product", "in", random.sample(self._products, 10)),
                ("category", "not_contains", self._category()),
                ("tier", "in", ["silver", "gold"]),
                ("segment", "in", random.sample(("vip", "loyal", "frequent", "new"), 2)),
                ("email", "exists", None),
            )
        )
        condition: dict[str, object] = {"field": field, "operator": operator}
        return condition if value is None else condition | {"value": value}

    def _category(self) -> str:
        return self._random.choice(self._categories)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share
