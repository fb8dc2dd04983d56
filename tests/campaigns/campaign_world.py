"""Messages of campaigns in the world of orders, and what must be credited: written apart.

The expected numbers are folded from the orders and the events themselves, with none of the
product's code but the hash that turns an e-mail address into a customer key.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from shared.campaigns.events.recorder import EventRecorder, MessageEvent
from shared.contacts.contact_point import ContactPoint
from shared.contacts.point_codec import LAST_CONTACT, micros_of
from shared.contacts.profile import Channel
from shared.firestore import paths
from shared.reconciliation.counters import CampaignDelta
from shared.reconciliation.ports import FieldMaximum, OtherWrite, Stored
from shared.segments.customer import Customer, CustomerId, Moment
from shared.segments.touch import EventKind, Touch
from tests.reconciliation.histories import Write
from tests.support.memory_store import MemoryStore
from tests.support.world import NOW, PEOPLE, TIME_ZONES, FixedOrganizations, Order, customer_id

CAMPAIGNS = {"sc_00000000000a": 7, "sc_00000000000b": 30, "sc_00000000000c": 1}
"""Days of the window, by id."""


@dataclass(frozen=True)
class Happening:
    """An event as its sender knows it."""

    org: str
    person: str
    campaign: str
    channel: str
    kind: EventKind
    at: datetime

    @property
    def customer(self) -> CustomerId:
        return customer_id(self.org, self.person)

    @property
    def segment(self) -> str:
        return ("vip", "new", "churned")[PEOPLE.index(self.person)]

    @property
    def point(self) -> str:
        return f"{self.channel}-{self.person[:3]}"

    def event(self) -> MessageEvent:
        return MessageEvent(
            kind=self.kind,
            at=self.at,
            customer=self.customer,
            message=Touch(
                campaign_id=self.campaign,
                channel=self.channel,
                window_days=CAMPAIGNS[self.campaign],
                segment=self.segment,
            ),
            point=self.point,
        )


ORG = "org_north"
"""Few people and many orders of each, so that messages and orders meet."""
LATEST = NOW - timedelta(days=121)
"""Before the clocks of a delivery begin: no order is dated ahead."""
instants = st.integers(0, 45 * 4).map(lambda number: LATEST - timedelta(hours=6 * number))
orders = st.builds(
    Order,
    org=st.sampled_from([ORG, ORG, "shop_north_2", "org_south"]),
    email=st.sampled_from(PEOPLE),
    cents=st.sampled_from([1, 999, 5000, 7500, 60_000, -5000]),
    ordered_at=instants,
    status=st.sampled_from(["completed"] * 6 + ["canceled"]),
    refunded_cents=st.sampled_from([0, 0, 500, 100_000]),
    products=st.just((("p1", 1000),)),
)
FIRST_ORDERS = {
    f"first{number}": Order(
        org=org, email=person, cents=1000, ordered_at=LATEST - timedelta(days=60)
    )
    for number, (org, person) in enumerate(product(sorted(TIME_ZONES), PEOPLE))
}
"""One order per person: every customer exists from the start."""


@st.composite
def order_histories(draw: st.DrawFn) -> list[Write]:
    """Creations, edits of one field and deletions of orders."""
    current: dict[str, Order] = {}
    writes = []
    for _ in range(draw(st.integers(8, 16))):
        id = draw(st.sampled_from(["o1", "o2", "o3", "o4", "o5", "o6"]))
        if id not in current:
            current[id] = draw(orders)
        elif draw(st.sampled_from([True, True, False])):
            name = draw(st.sampled_from(["email", "cents", "ordered_at", "status", "org"]))
            current[id] = replace(current[id], **{name: getattr(draw(orders), name)})
        else:
            del current[id]
        writes.append(Write(id, current.get(id)))
    return writes


happenings = st.builds(
    Happening,
    org=st.sampled_from([ORG, ORG, ORG, "org_south"]),
    person=st.sampled_from(PEOPLE),
    campaign=st.sampled_from(sorted(CAMPAIGNS)),
    channel=st.sampled_from([channel.value for channel in Channel]),
    kind=st.sampled_from([EventKind.SENT] * 7 + list(EventKind)),
    at=instants,
)


class MemoryAddresses:
    """Contact points in a memory store."""

    def __init__(self, store: MemoryStore, org_id: str) -> None:
        self._store = store
        self._org_id = org_id

    def points(self, keys: Iterable[str]) -> dict[str, Stored[ContactPoint]]:
        actual = {}
        for key in set(keys):
            stored = self._store.others.get(paths.contact_point(self._org_id, key), Stored(None))
            point = stored.value and stored.value.get("point")
            actual[key] = Stored(point, stored.revision)
        return actual

    def write(self, key: str, point: ContactPoint, revision: object) -> OtherWrite:
        path = paths.contact_point(self._org_id, key)
        return OtherWrite(path=path, fields={"point": point}, revision=revision)

    def contacted(self, key: str, channel: Channel, at: datetime) -> FieldMaximum:
        path = paths.contact_point(self._org_id, key)
        return FieldMaximum(path=path, name=LAST_CONTACT, at_least=micros_of(at), fields={})


def recorder(
    org_id: str, store: Any, addresses: Any, clock: Callable[[], datetime]
) -> EventRecorder:
    """Records what happens in the world."""
    settings = FixedOrganizations().settings(org_id)

    def moment_for(customer: Customer) -> Moment:
        return settings.moment(clock())

    return EventRecorder(
        org_id, store, addresses, moment_for, clock=clock, sleep=lambda seconds: None
    )


Numbers = dict[tuple[str, ...], int]
"""Numbers other than 0 by organisation, campaign, what they are by, and name."""


def folded(
    orders: Mapping[str, Order], happened: Sequence[Happening], known: Iterable[CustomerId]
) -> Numbers:
    """Return the expected counters of known customers."""
    there = set(known)
    numbers: Counter[tuple[str, ...]] = Counter()
    for each in {
        (each.org, each.person, each.campaign, each.channel, each.kind, each.segment)
        for each in happened
        if each.customer in there
    }:
        org, _, campaign, channel, kind, _ = each
        numbers[org, campaign, "channel", channel, kind.value] += 1
    for org, _, campaign, kind, segment in {
        (each.org, each.person, each.campaign, each.kind, each.segment)
        for each in happened
        if each.customer in there
    }:
        numbers[org, campaign, "events", kind.value] += 1
        numbers[org, campaign, "segment", segment, kind.value] += 1
    sent: defaultdict[tuple[str, str], dict[tuple[str, str], datetime]] = defaultdict(dict)
    engaged = set()
    for one in happened:
        if one.kind is EventKind.SENT:
            messages = sent[one.org, one.person]
            message = one.campaign, one.channel
            messages[message] = min(one.at, messages.get(message, one.at))
        elif one.kind in (EventKind.OPENED, EventKind.CLICKED):
            engaged.add((one.org, one.person, one.campaign))
    for order in orders.values():
        if not order.counted or order.email is None:
            continue
        last: Any = None
        for (campaign, _), at in sent[order.org_id, order.email].items():
            if at <= order.ordered_at and (last is None or (at, campaign) > last):
                last = at, campaign
        if last is None or order.ordered_at - last[0] >= timedelta(days=CAMPAIGNS[last[1]]):
            continue
        org, campaign = order.org_id, last[1]
        segment = Happening(org, order.email, "", "", EventKind.SENT, NOW).segment
        strictly = (org, order.email, campaign) in engaged
        for place in (("credit",), ("day", order.day.isoformat()), ("segment", segment)):
            numbers[(org, campaign, *place, "orders")] += not order.is_return
            numbers[(org, campaign, *place, "revenue_cents")] += order.net_cents
            if strictly:
                numbers[(org, campaign, *place, "engaged_orders")] += not order.is_return
                numbers[(org, campaign, *place, "engaged_revenue_cents")] += order.net_cents
    return {key: number for key, number in numbers.items() if number}


def stored_numbers(campaigns: Mapping[tuple[str, str], CampaignDelta]) -> Numbers:
    """Return the stored counters, in the same form."""
    numbers: Numbers = {}
    for key, delta in campaigns.items():
        for place, counts in (
            (("events",), delta.events),
            (("credit",), delta.credit),
            *((("channel", name), each) for name, each in delta.channels.items()),
            *((("segment", name), each) for name, each in delta.segments.items()),
            *((("day", name), each) for name, each in delta.days.items()),
        ):
            for name, number in counts.items():
                if number:
                    numbers[(*key, *place, name)] = number
    return numbers
