"""Record the events of a campaign's messages: touches, credit and consent, in one commit each.

Nothing is counted twice and nothing is lost: the customer's document holds the first instant of
each kind of event, so a repeated, late or reordered one changes nothing that was already there, and
a commit whose answer was lost is found to be done when the sender tries again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared.contacts.contact_point import ContactPoint
from shared.contacts.profile import Channel
from shared.kernel.clock import Clock, utc_now
from shared.kernel.errors import AlreadyExistsError, ConflictError
from shared.kernel.retries import retry_conflicts
from shared.reconciliation.lost_customers import as_recorded
from shared.reconciliation.ports import Commit, FieldMaximum, LedgerStore, OtherWrite, Stored
from shared.segments.customer import (
    Cause,
    CauseKind,
    Customer,
    CustomerId,
    Moment,
    age,
    evaluate,
)
from shared.segments.touch import MAX_TOUCHES, EventKind, Touch, with_touch

COMMIT_SIZE = 100
"""Customers per commit: each needs two writes or more."""
SUPPRESSING = frozenset({EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})
"""Events that stop messages to an address."""


class EventStatus(StrEnum):
    """Outcome of one event."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    """An event of this kind was recorded for the member before."""
    CONSENT_ONLY = "consent_only"
    """No message of the campaign, but the unsubscription is recorded: nothing is counted."""
    UNKNOWN_MEMBER = "unknown_member"
    HELD_OUT = "held_out"
    LEFT_OUT = "left_out"
    BEFORE_FREEZING = "before_freezing"
    IN_THE_FUTURE = "in_the_future"
    CHANNEL_NEEDED = "channel_needed"
    """The member can be reached on several channels of the campaign, and none is named."""
    TOO_MANY_CAMPAIGNS = "too_many_campaigns"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """An event of a message, with its customer, address and campaign."""

    kind: EventKind
    at: datetime
    customer: CustomerId | None
    """None if it is not counted and only its address matters."""
    message: Touch
    """The message before any event."""
    point: str | None
    """Key of the address."""
    is_known: bool = True
    """Whether the address is known to belong to the organisation; otherwise it must be on
    record."""


class AddressBook(Protocol):
    """The contact points of one organisation."""

    def points(self, keys: Iterable[str]) -> Mapping[str, Stored[ContactPoint]]:
        """The points by key, those without a document included."""
        ...

    def write(self, key: str, point: ContactPoint, revision: object) -> OtherWrite:
        """The write that stores a point."""
        ...

    def contacted(self, key: str, channel: Channel, at: datetime) -> FieldMaximum:
        """Return the write that records when an address was last written to."""
        ...


class EventRecorder:
    """Records events of one organisation.

    Costs 1 read and 2 writes per customer to whom something was sent (the customer and the
    address), and a write of counters per COMMIT_SIZE customers; 1 read and 1 write for other
    events, and 1 of each more where they suppress an address. Repeated events cost their reads.
    """

    def __init__(
        self,
        org_id: str,
        store: LedgerStore,
        addresses: AddressBook,
        moment_for: Callable[[Customer], Moment],
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`moment_for` returns the evaluation context for a customer just read."""
        self._org_id = org_id
        self._store = store
        self._addresses = addresses
        self._moment_for = moment_for
        self._clock = clock
        self._sleep = sleep

    def record(self, events: Sequence[MessageEvent]) -> list[EventStatus]:
        """Record events and return the status of each.

        Raises ContentionError after too many conflicts. Whole customers are recorded then or not at
        all: trying again does the rest.
        """
        statuses = [EventStatus.UNKNOWN_MEMBER] * len(events)
        groups: dict[object, list[int]] = {}
        for number, event in enumerate(events):
            groups.setdefault(event.customer or event.point, []).append(number)
        together = list(groups.values())
        for start in range(0, len(together), COMMIT_SIZE):
            self._record(events, together[start : start + COMMIT_SIZE], statuses)
        return statuses

    def _record(
        self,
        events: Sequence[MessageEvent],
        groups: Sequence[Sequence[int]],
        statuses: list[EventStatus],
    ) -> None:
        is_restored = False

        def attempt() -> None:
            nonlocal is_restored
            try:
                self._attempt(events, groups, statuses, is_restored=is_restored)
            except ConflictError as conflict:
                # What was to be created may be a transition of a document that an older one
                # replaced.
                is_restored = isinstance(conflict, AlreadyExistsError)
                raise

        if len(groups) == 1:
            retry_conflicts(attempt, sleep=self._sleep, what="a customer")
            return
        try:
            attempt()
        except ConflictError:
            # One by one, so that one failure does not block the others.
            for group in groups:
                self._record(events, [group], statuses)

    def _attempt(
        self,
        events: Sequence[MessageEvent],
        groups: Sequence[Sequence[int]],
        statuses: list[EventStatus],
        *,
        is_restored: bool,
    ) -> None:
        concerned = [events[number] for group in groups for number in group]
        addresses = _AddressChanges(self._org_id, self._addresses, concerned)
        customers = self._customers(concerned)
        commit = Commit(recorded_at=self._clock())
        for group in groups:
            first = events[group[0]].customer
            stored = customers.get(first) if first else None
            before = stored.value.touches if stored and stored.value else None
            touches = before
            for number in group:
                touches, statuses[number] = _record_touch(touches, events[number], addresses)
            if stored and touches is not None and touches != before:
                self._touch(commit, stored, touches, is_restored=is_restored)
        commit.others, commit.raised = addresses.writes(), addresses.last_contacts()
        commit.counters = commit.counters.without_zeros()
        if not commit.is_empty:
            self._store.commit(commit)

    def _customers(self, events: Iterable[MessageEvent]) -> Mapping[CustomerId, Stored[Customer]]:
        ids = sorted({each.customer for each in events if each.customer})
        return self._store.read([], [], ids).customers if ids else {}

    def _touch(
        self,
        commit: Commit,
        stored: Stored[Customer],
        touches: tuple[Touch, ...],
        *,
        is_restored: bool,
    ) -> None:
        before = stored.value
        assert before is not None
        moment = self._moment_for(before)
        if is_restored:
            transitions = self._store.transitions_of(before.id)
            if transitions and transitions[-1].number > before.transition_count:
                before = as_recorded(before, transitions)
        customer_now, by_time = age(before, moment, moment.now)
        # Conditions may ask what was received.
        cause = Cause(kind=CauseKind.CAMPAIGN)
        after, by_touch = evaluate(
            replace(customer_now, touches=touches), moment, moment.now, cause
        )
        commit.move(stored, after, [*by_time, *by_touch], moment)


class _AddressChanges:
    """Changes to addresses by the events of one commit. Reads the addresses that are suppressed."""

    def __init__(self, org_id: str, addresses: AddressBook, events: Iterable[MessageEvent]) -> None:
        self._org_id = org_id
        self._addresses = addresses
        self._stored = addresses.points(
            each.point for each in events if each.point and each.kind in SUPPRESSING
        )
        self._changed: dict[str, ContactPoint] = {}
        self._raised: dict[str, FieldMaximum] = {}

    def suppress(self, key: str, event: MessageEvent) -> bool:
        """Stop messages to an address; False if it is unknown."""
        before = self._changed.get(key) or self._stored[key].value
        if before is None and not event.is_known:
            return False
        blank = ContactPoint(org_id=self._org_id, channel=Channel(event.message.channel))
        self._changed[key] = (before or blank).suppressed(event.kind, event.at)
        return True

    def contacted(self, key: str, event: MessageEvent) -> None:
        """Record that an address was written to; the latest instant counts."""
        one = self._addresses.contacted(key, Channel(event.message.channel), event.at)
        other = self._raised.get(key, one)
        self._raised[key] = max(one, other, key=lambda each: each.at_least)

    def writes(self) -> list[OtherWrite]:
        """Return the writes of all changed addresses."""
        return [
            self._addresses.write(key, point, self._stored[key].revision)
            for key, point in self._changed.items()
            if point != self._stored[key].value
        ]

    def last_contacts(self) -> list[FieldMaximum]:
        """Return the writes of all last contacts."""
        return list(self._raised.values())


def _record_touch(
    touches: tuple[Touch, ...] | None, event: MessageEvent, addresses: _AddressChanges
) -> tuple[tuple[Touch, ...] | None, EventStatus]:
    """A customer's touches after one more event, and what became of it, noted for its address."""
    earlier = dict(_message(touches or (), event).events).get(event.kind)
    after, status = _applied(touches, event)
    if event.point is None:
        return after, status
    if event.kind in SUPPRESSING:
        if not addresses.suppress(event.point, event):
            return after, EventStatus.UNKNOWN_MEMBER
    elif event.kind is EventKind.SENT and event.at != earlier:
        addresses.contacted(event.point, event)
    return after, status


def _applied(
    touches: tuple[Touch, ...] | None, event: MessageEvent
) -> tuple[tuple[Touch, ...] | None, EventStatus]:
    """Return a customer's touches after one more event; None if the customer does not exist."""
    if event.customer is None:
        return touches, EventStatus.CONSENT_ONLY
    if touches is None:
        return None, EventStatus.UNKNOWN_MEMBER
    before = _message(touches, event)
    if before not in touches and len(touches) >= MAX_TOUCHES:
        return touches, EventStatus.TOO_MANY_CAMPAIGNS
    after = before.with_event(event.kind, event.at)
    status = EventStatus.DUPLICATE if event.kind in before.kinds else EventStatus.RECORDED
    return (touches if after == before else with_touch(touches, after)), status


def _message(touches: Iterable[Touch], event: MessageEvent) -> Touch:
    """Return the event's message as stored, or as it was before any event."""
    message = event.message
    for each in touches:
        if (each.campaign_id, each.channel) == (message.campaign_id, message.channel):
            return each
    return message
