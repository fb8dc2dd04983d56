"""Histories: writes of a few orders in any order, for Hypothesis."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from tests.support.world import COUNTING, FAR_AHEAD, NOT_COUNTING, NOW, PEOPLE, TIME_ZONES, Order


@dataclass(frozen=True)
class Write:
    """One write of a history: the order as it is from then on, or None for a deletion."""

    order_id: str
    order: Order | None


instants = st.one_of(
    st.integers(0, 400 * 24).map(lambda hours: NOW - timedelta(hours=hours)),
    # The boundaries of the default thresholds, and shared instants.
    st.sampled_from([NOW - timedelta(days=days) for days in (0, 29, 30, 60, 90, 120)]),
    st.just(FAR_AHEAD),
)
orders = st.builds(
    Order,
    org=st.sampled_from([*TIME_ZONES, "shop_north_2"]),
    email=st.sampled_from([*PEOPLE, None]),
    cents=st.sampled_from([0, 1, 999, 4999, 5000, 7500, 20_000, 60_000, -1, -5000, -30_000]),
    ordered_at=instants,
    status=st.sampled_from([*COUNTING, *COUNTING, *NOT_COUNTING]),
    refunded_cents=st.sampled_from([0, 0, 0, 500, 100_000]),
    products=st.lists(
        st.tuples(st.sampled_from(["p1", "p2", "p3"]), st.integers(-5000, 9999)),
        max_size=3,
        unique_by=lambda product: product[0],
    ).map(tuple),
    test=st.sampled_from([False] * 9 + [True]),
    broken=st.sampled_from([False] * 6 + [True]),
    phone=st.sampled_from(["", "555-0100", "555-0199"]),
)
edits = st.sampled_from(
    ["email", "org", "cents", "ordered_at", "status", "refunded_cents", "phone", "products", "test"]
)


@st.composite
def histories(draw: st.DrawFn) -> list[Write]:
    """Writes of up to six orders: creations, edits of one field, edits back, deletions."""
    current: dict[str, Order] = {}
    before: dict[str, Order] = {}
    writes: list[Write] = []
    for _ in range(draw(st.integers(1, 14))):
        id = draw(st.sampled_from(["o1", "o1", "o2", "o2", "o3", "o4", "o5", "o6"]))
        kind = draw(st.sampled_from(["edit", "edit", "new", "back", "delete", "delete", "touch"]))
        order: Order | None
        if id not in current or kind == "new":
            order = draw(orders)
        elif kind == "delete":
            order = None
        elif kind == "back":
            order = before.get(id, current[id])
        elif kind == "touch":
            order = current[id]
        else:
            name = draw(edits)
            order = replace(current[id], **{name: getattr(draw(orders), name)})
        if id in current:
            before[id] = current.pop(id)
        if order is not None:
            current[id] = order
        writes.append(Write(id, order))
    return writes
