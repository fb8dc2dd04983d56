"""What is written of people, their orders and their consent, and what it allows: written apart.

Whoever may be written to is found by a reading of everything written, with none of the product's
code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from shared.contacts.profile import Channel
from shared.segments.touch import EventKind
from tests.support.shop import OTHER

PEOPLE = 8
PLACEHOLDER = 7
"""This person's orders have an e-mail address that identifies no one."""
RECENT_DAYS = 7
"""`contactedWithinDays`, where earlier messages matter."""
UNREADABLE: tuple[Any, ...] = ("yes", 1, [], "true")
"""Neither true nor false: says nothing, and speaks against the address."""
UNDELIVERABLE = (EventKind.BOUNCED, EventKind.COMPLAINED)

Customer = tuple[Channel, int]
"""The address that identifies a customer: the e-mail address, or else the phone number."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write of one of the dashboard's documents; None deletes it."""

    document: int
    email: int | None
    phone: int | None
    fields: Mapping[str, Any] | None
    seen: bool
    """Whether the trigger got to know what the document was before and after."""


@dataclass(frozen=True, slots=True)
class Event:
    """What becomes of a message to an address."""

    kind: EventKind
    channel: Channel
    address: int
    recent: bool
    """Whether a message was sent within RECENT_DAYS, rather than weeks ago."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure of the customer whom this address identifies."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class Order:
    """An order; a later one of the same person and number replaces it."""

    person: int
    number: int
    phone: int | None
    """The person's own number, somebody else's, or none."""
    days_ago: int
    is_cancelled: bool

    @property
    def customer(self) -> Customer | None:
        if self.person != PLACEHOLDER:
            return Channel.EMAIL, self.person
        return None if self.phone is None else (Channel.SMS, self.phone)

    @property
    def addresses(self) -> dict[Channel, int]:
        email = {} if self.person == PLACEHOLDER else {Channel.EMAIL: self.person}
        return email if self.phone is None else {**email, Channel.SMS: self.phone}


Step = Write | Event | Erasure | Order

people = st.integers(0, PEOPLE - 1)
consents = st.sampled_from([True, True, True, True, False, None, None, *UNREADABLE])
marks = st.sampled_from([None] * 7 + [False, True, "yes"])


@st.composite
def writes(draw: st.DrawFn) -> Write:
    email = draw(people)
    fields = {
        "emailConsent": draw(consents),
        "smsConsent": draw(consents),
        "emailUnsubscribedAt": draw(st.sampled_from([None, None, None, None, "now", "soon"])),
        "smsUnsubscribedAt": draw(st.sampled_from([None, None, None, None, "now", True])),
        "archived": draw(marks),
        "isTestAccount": draw(marks),
        "orgId": draw(st.sampled_from(["mine", "mine", "mine", "mine", "mine", OTHER])),
    }
    return Write(
        document=draw(st.integers(0, PEOPLE + 1)),
        email=draw(st.sampled_from([email, email, email, None])),
        phone=draw(st.sampled_from([email, email, email, None])),
        fields=draw(st.sampled_from([fields] * 9 + [None])),
        seen=draw(st.booleans()),
    )


def usual_writes(person: int) -> st.SearchStrategy[Write]:
    """The person's own document, which mostly grants what may be granted."""
    granted = {
        "emailConsent": True,
        "smsConsent": True,
        "emailUnsubscribedAt": None,
        "smsUnsubscribedAt": None,
        "archived": None,
        "isTestAccount": False,
        "orgId": "mine",
    }
    own = Write(document=person, email=person, phone=person, fields=granted, seen=True)
    drawn = writes().map(lambda each: replace(each, document=person, email=person, phone=person))
    return st.sampled_from([True, True, False]).flatmap(
        lambda is_usual: st.just(own) if is_usual else drawn
    )


@st.composite
def orders(draw: st.DrawFn, person: int | None = None, number: int | None = None) -> Order:
    person = draw(people) if person is None else person
    return Order(
        person=person,
        number=draw(st.integers(0, 1)) if number is None else number,
        phone=draw(st.sampled_from([person, person, person, draw(people), None])),
        days_ago=draw(st.integers(0, 20)),
        is_cancelled=draw(st.sampled_from([False] * 6 + [True])),
    )


events = st.builds(
    Event,
    kind=st.sampled_from([EventKind.SENT, EventKind.SENT, *UNDELIVERABLE, EventKind.UNSUBSCRIBED]),
    channel=st.sampled_from(Channel),
    address=people,
    recent=st.booleans(),
)
erasures = st.tuples(st.sampled_from([Channel.EMAIL] * 4 + [Channel.SMS]), people).map(Erasure)
steps = st.one_of(writes(), writes(), orders(), orders(), events, erasures)


@dataclass(slots=True)
class History:
    """All steps in order, for an independent reading."""

    steps: list[Step] = field(default_factory=list)
    unless_unsubscribed: bool = False
    """The organisation's setting now."""
    recent_matter: bool = False
    """Whether whoever was written to within RECENT_DAYS is left out."""

    def customers(self) -> dict[Customer, dict[Channel, int]]:
        """Return those with an order that counts, each with the addresses of the latest one."""
        newest: dict[Customer, tuple[tuple[int, int], dict[Channel, int]]] = {}
        for step, order in self._orders():
            customer = order.customer
            if order.is_cancelled or customer is None or self._is_later_than_erasure(order):
                continue
            at = (-order.days_ago, -step)
            if customer not in newest or at > newest[customer][0]:
                newest[customer] = at, order.addresses
        erased = {each.customer for each in self.steps if isinstance(each, Erasure)}
        return {
            customer: {} if customer in erased else addresses
            for customer, (_, addresses) in newest.items()
        }

    def allowed(self) -> dict[tuple[Customer, Channel], int]:
        """Return who may be written to on which channel, with the address, as far as is known."""
        return {
            (customer, channel): address
            for customer, addresses in self.customers().items()
            for channel, address in addresses.items()
            if self._allows(address, channel)
        }

    def granting(self, address: int, channel: Channel) -> list[Write]:
        """Return the documents that grant consent for an address now."""
        return [each for each in self._current(address, channel) if _consent(each, channel) is True]

    def _orders(self) -> Iterator[tuple[int, Order]]:
        latest = {
            (each.person, each.number): (step, each)
            for step, each in enumerate(self.steps)
            if isinstance(each, Order)
        }
        yield from latest.values()

    def _is_later_than_erasure(self, order: Order) -> bool:
        """Whether the order's document was created after its customer was erased."""
        for each in self.steps:
            if isinstance(each, Order):
                if (each.person, each.number) == (order.person, order.number):
                    return False
            elif isinstance(each, Erasure) and each.customer == order.customer:
                return True
        return False

    def _allows(self, address: int, channel: Channel) -> bool:
        of_address = [
            each
            for each in self.steps
            if isinstance(each, Event) and (each.address, each.channel) == (address, channel)
        ]
        if any(each.kind in UNDELIVERABLE for each in of_address):
            return False
        if self.recent_matter and any(
            each.kind is EventKind.SENT and each.recent for each in of_address
        ):
            return False
        said = self._current(address, channel)
        consents = [_consent(each, channel) for each in said]
        may_be_unknown = self.unless_unsubscribed and channel is Channel.EMAIL
        return (
            (may_be_unknown or any(each is True for each in consents))
            and all(each is True or each is None for each in consents)
            and not any(
                (each.fields or {})[name] not in (None, False)
                for each in said
                for name in ("archived", "isTestAccount")
            )
            and not self._is_unsubscribed(address, channel)
        )

    def _naming(self, address: int, channel: Channel) -> list[tuple[int, Write]]:
        """Versions of this organisation's documents that name the address."""
        return [
            (step, each)
            for step, each in enumerate(self.steps)
            if isinstance(each, Write)
            and each.fields is not None
            and each.fields["orgId"] == "mine"
            and (each.email if channel is Channel.EMAIL else each.phone) == address
        ]

    def _current(self, address: int, channel: Channel) -> list[Write]:
        newest = {
            each.document: step for step, each in enumerate(self.steps) if isinstance(each, Write)
        }
        return [
            each for step, each in self._naming(address, channel) if newest[each.document] == step
        ]

    def _is_unsubscribed(self, address: int, channel: Channel) -> bool:
        naming = self._naming(address, channel)
        wanted = EventKind.UNSUBSCRIBED, channel, address
        left_at = [self._left_at(step, each, channel) for step, each in naming]
        left_at += [
            step
            for step, each in enumerate(self.steps)
            if isinstance(each, Event) and (each.kind, each.channel, each.address) == wanted
        ]
        last = max(left_at, default=-1)
        # Only a consent that was turned on later, or given in another document, lifts it.
        given = [step for step, each in naming if _consent(each, channel) is True]
        return last >= 0 and not any(step > last for step in given)

    def _left_at(self, step: int, write: Write, channel: Channel) -> int:
        """Return the step at which the document first said unsubscribed; -1 if it does not.

        An instant of now differs each time; any other unchanged mark says nothing new.
        """
        name = f"{channel}UnsubscribedAt"
        mark = (write.fields or {})[name]
        if not mark:
            return -1
        for earlier in range(step - 1, -1, -1):
            each = self.steps[earlier]
            if isinstance(each, Write) and each.document == write.document:
                fields = each.fields or {"orgId": None}
                if mark == "now" or fields["orgId"] != "mine" or fields[name] != mark:
                    break
                step = earlier
        return step


def _consent(write: Write, channel: Channel) -> object:
    return (write.fields or {})[f"{channel}Consent"]
