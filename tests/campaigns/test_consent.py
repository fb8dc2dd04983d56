"""Nobody who may not be written to is in an audience, a hand-over or a file, whatever is recorded.

Documents of the dashboard, orders and events are drawn; what they allow is found by a reading of
their history that shares nothing with the product's.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from google.cloud import firestore
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.campaigns.events.job import event_recorder
from shared.campaigns.events.recorder import MessageEvent
from shared.contacts.keyer import ContactKeyer
from shared.contacts.profile import Channel
from shared.contacts.store import DocumentWrite
from shared.firestore import paths
from shared.orders.people import real_phone
from shared.segments.touch import EventKind, Touch
from shared.services import Services
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.shop import NOW, OTHER, Shop, days_ago

PATH = "/v1/campaigns"
PEOPLE = 8
PLACEHOLDER = 7
"""This person's order names nobody."""
UNREADABLE: tuple[Any, ...] = ("yes", 1, [], "true")
"""Neither true nor false: says nothing, and speaks against the address."""
STATES_EVENTS = (EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED)


def email_of(person: int) -> str:
    return "no-email@alleaves.local" if person == PLACEHOLDER else f"c{person}@example.org"


def phone_of(person: int) -> str:
    return f"+1555201330{person}"


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
class Happened:
    """A bounce, a complaint or an unsubscription; or an erasure."""

    kind: EventKind | None
    channel: Channel
    person: int


consents = st.sampled_from([True, True, True, True, False, None, *UNREADABLE])
marks = st.sampled_from([None, None, None, None, None, False, True, "yes"])


@st.composite
def writes(draw: st.DrawFn) -> Write:
    people = st.integers(0, PEOPLE - 1)
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


def usual(person: int) -> st.SearchStrategy[Write]:
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


happenings = st.builds(
    Happened,
    kind=st.sampled_from([*STATES_EVENTS, None]),
    channel=st.sampled_from(Channel),
    person=st.integers(0, PEOPLE - 1),
)


@dataclass(slots=True)
class History:
    """All writes, for an independent reading."""

    versions: list[tuple[int, Write]] = field(default_factory=list)
    happened: list[tuple[int, Happened]] = field(default_factory=list)

    def of(self, person: int, channel: Channel) -> list[tuple[int, Write]]:
        """Versions of this organisation that name the address."""
        return [
            (step, each)
            for step, each in self.versions
            if each.fields is not None
            and each.fields["orgId"] == "mine"
            and (each.email if channel is Channel.EMAIL else each.phone) == person
        ]

    def current(self, person: int, channel: Channel) -> list[Write]:
        newest = {each.document: step for step, each in self.versions}
        return [each for step, each in self.of(person, channel) if newest[each.document] == step]

    def allows(self, person: int, channel: Channel) -> bool:
        """Whether the person may be written to on the channel, as far as history says."""
        if person == PLACEHOLDER and channel is Channel.EMAIL:
            return False
        happened = [each for _, each in self.happened if each.person == person]
        if any(each.kind is None for each in happened):
            return False
        undeliverable = (EventKind.BOUNCED, EventKind.COMPLAINED)
        if any(each.channel is channel and each.kind in undeliverable for each in happened):
            return False
        said = [dict(each.fields or {}) for each in self.current(person, channel)]
        consent = [each[f"{channel}Consent"] for each in said]
        return (
            True in [each for each in consent if each is True]
            and all(each is True or each is None for each in consent)
            and not any(
                each[name] not in (None, False)
                for each in said
                for name in ("archived", "isTestAccount")
            )
            and self._not_unsubscribed(person, channel)
        )

    def _not_unsubscribed(self, person: int, channel: Channel) -> bool:
        named = self.of(person, channel)
        rest = [self._left_at(step, each, channel) for step, each in named]
        rest += [
            step
            for step, each in self.happened
            if (each.kind, each.person, each.channel) == (EventKind.UNSUBSCRIBED, person, channel)
        ]
        # Only a consent that was turned on later, or given in another document, lifts it.
        given = [s for s, each in named if (each.fields or {})[f"{channel}Consent"] is True]
        return any(step > max(rest) for step in given)

    def _left_at(self, step: int, write: Write, channel: Channel) -> int:
        """Return the step at which the document first said unsubscribed; -1 if it does not.

        An instant of now differs each time; any other unchanged mark says nothing new.
        """
        name = f"{channel}UnsubscribedAt"
        mark = (write.fields or {})[name]
        if not mark:
            return -1
        for earlier, each in reversed(self.versions):
            if each.document == write.document and earlier < step:
                fields = each.fields or {"orgId": None}
                if mark == "now" or fields["orgId"] != "mine" or fields[name] != mark:
                    break
                step = earlier
        return step


def take_in(
    services: Services, org: str, write: Write, history: History, steps: Any, prefix: str
) -> None:
    """Write a document and have it taken in, as the trigger does."""
    id = f"{prefix}_{write.document}"
    reference = services.client.document(paths.profile(id))
    before = reference.get().to_dict()
    after: dict[str, Any] | None = None
    if write.fields is None:
        at = reference.delete()
    else:
        after = {name: value for name, value in write.fields.items() if value is not None}
        for name in ("emailUnsubscribedAt", "smsUnsubscribedAt"):
            if after.get(name) == "now":
                after[name] = datetime.now(UTC)
        after["orgId"] = org if after["orgId"] == "mine" else after["orgId"]
        if write.email is not None:
            after["email"] = f" {email_of(write.email).upper()}"
        if write.phone is not None:
            after["phone"] = phone_of(write.phone)
        at = reference.set(after).update_time
    written = DocumentWrite(before=before, after=after, at=at) if write.seen else None
    services.contacts().record(id, written)
    history.versions.append((next(steps), write))


def happen(services: Services, org: str, event: Happened, history: History, steps: Any) -> None:
    keyer = ContactKeyer(services.secret)
    client = services.client
    if event.kind is None:
        for each in client.collection(paths.customers(org)).stream():
            phone = each.get("contact.phone")
            if phone is not None and phone.endswith(phone_of(event.person)[-4:]):
                gone = {"contact.email": None, "contact.phone": None, "erased_at": NOW}
                each.reference.update(gone)
    else:
        address = (
            email_of(event.person)
            if event.channel is Channel.EMAIL
            else str(real_phone(phone_of(event.person)))
        )
        message = Touch(campaign_id="sc_000000000000", channel=event.channel.value, window_days=7)
        event_recorder(services, org, clock=lambda: datetime.now(UTC)).record(
            [
                MessageEvent(
                    kind=event.kind,
                    at=datetime.now(UTC),
                    customer=None,
                    message=message,
                    point=keyer.point(org, event.channel, address),
                )
            ]
        )
    history.happened.append((next(steps), event))


def test_whoever_may_not_be_written_to_is_nowhere(
    dashboard: Dashboard, services: Services, shop: Shop, firestore_client: firestore.Client
) -> None:
    organizations = count()
    treated_somewhere: list[tuple[int, Channel]] = []
    handed_somewhere: list[str] = []
    dropped_somewhere: list[int] = []

    @settings(max_examples=examples(5))
    @given(
        before=st.tuples(*map(usual, range(PEOPLE)), st.lists(writes(), max_size=4)).map(
            lambda drawn: [*drawn[:PEOPLE], *drawn[PEOPLE]]
        ),
        events=st.lists(happenings, max_size=1),
        after=st.lists(writes(), min_size=1, max_size=4),
        late=st.lists(happenings, max_size=1),
    )
    def run(
        before: list[Write], events: list[Happened], after: list[Write], late: list[Happened]
    ) -> None:
        org = f"org_{next(organizations)}"
        history, steps = History(), count()
        names = {}
        for person in range(PEOPLE):
            customer = {"email": email_of(person), "phone": phone_of(person)}
            shop.order(org=org, total=10, at=days_ago(3), id=f"{org}_{person}", customer=customer)
        for each in firestore_client.collection(paths.customers(org)).stream():
            names[each.id] = int(each.get("contact.phone")[-1])
        for write in before:
            take_in(services, org, write, history, steps, org)
        for event in events:
            happen(services, org, event, history, steps)
        body = {"name": "x", "segment": "new", "channels": ["email", "sms"], "holdoutShare": 0.2}
        response = dashboard.call(PATH, method="POST", json=body, orgId=org)
        able = {(p, c) for p in range(PEOPLE) for c in Channel if history.allows(p, c)}
        if response.status_code == 409:
            return
        made = response.json
        assert made["reach"]["customers"] == len(names)
        left_out = sum(each["customers"] for each in made["reach"]["leftOut"])
        assert made["treated"] + made["heldOut"] + left_out == len(names)
        members = dashboard.get(f"{PATH}/{made['id']}/members", {"pageSize": 100}, orgId=org)
        keyer = ContactKeyer(services.secret)
        treated: set[tuple[int, Channel]] = set()
        for each in members["members"]:
            person = names[each["customerKey"]]
            for one in each["channels"]:
                channel = Channel(one["channel"])
                if each["arm"] is None or one["leftOut"] is not None:
                    continue
                assert (person, channel) in able
                if each["arm"] == "treated":
                    treated.add((person, channel))
                # The consent that counted can be shown.
                granting = {
                    keyer.document(f"{org}_{said.document}")
                    for said in history.current(person, channel)
                    if (said.fields or {})[f"{channel}Consent"] is True
                }
                assert one["consent"] == "granted"
                assert one["consentDocument"] in granting
        treated_somewhere.extend(treated)

        for write in after:
            take_in(services, org, write, history, steps, org)
        for event in late:
            happen(services, org, event, history, steps)
        still = {(p, c) for p, c in treated if history.allows(p, c)}
        handed = dashboard.call(f"{PATH}/{made['id']}:handover", method="POST", orgId=org)
        actual = recipients(firestore_client, made["id"])
        assert actual <= {(email_of(p) if c is Channel.EMAIL else phone_of(p)) for p, c in still}
        handed_somewhere.extend(actual)
        if handed.status_code == 200:
            for one in handed.json["handover"]["channels"]:
                of_channel = [each for each in treated if each[1] == one["channel"]]
                by_file = sum(each["members"] for each in one["byFile"])
                dropped = sum(each["members"] for each in one["dropped"])
                assert one["inDashboard"] + by_file + dropped == len(of_channel)
                dropped_somewhere.append(dropped)
        answer = dashboard.call(f"{PATH}/{made['id']}/members", {"format": "csv"}, orgId=org)
        for row in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))):
            person = names[row["customerKey"]]
            assert not row["email"] or (person, Channel.EMAIL) in still
            assert not row["phone"] or (person, Channel.SMS) in still

    run()
    # It was about somebody.
    assert len(treated_somewhere) >= 20
    assert len(handed_somewhere) >= 12
    assert sum(dropped_somewhere) >= 2


def recipients(client: firestore.Client, id: str) -> set[str]:
    actual = set()
    for name in (id, f"{id}_sms"):
        for each in client.collection(paths.dashboard_recipients(name)).stream():
            actual.add(each.get("email") or each.get("phone"))
    return actual
