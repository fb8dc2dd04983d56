"""Nobody who may not be written to is in an audience, a hand-over or a file, whatever is recorded.

Documents of the dashboard, orders, events of messages, erasures and the organisation's setting are
drawn, before an audience is frozen and between that and its hand-over. What they allow is found by
a reading of their history that shares nothing with the product's: see `consent_histories`.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
from shared.orders.identity import CustomerKeyer, Identity, IdentityKind
from shared.orders.people import real_phone
from shared.reconciliation.erasure import erase
from shared.segments.customer import CustomerId
from shared.segments.touch import EventKind, Touch
from shared.services import Services
from tests.campaigns.consent_histories import (
    PEOPLE,
    PLACEHOLDER,
    RECENT_DAYS,
    Customer,
    Erasure,
    Event,
    History,
    Order,
    Step,
    Write,
    orders,
    steps,
    usual_writes,
)
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.shop import NOW, SECRET, days_ago

PATH = "/v1/campaigns"
CHANNELS = [channel.value for channel in Channel]


def email_of(person: int) -> str:
    return "no-email@alleaves.local" if person == PLACEHOLDER else f"c{person}@example.org"


def phone_of(person: int) -> str:
    return f"+1555201330{person}"


def address_of(channel: Channel, person: int) -> str:
    return email_of(person) if channel is Channel.EMAIL else phone_of(person)


def digits_of(person: int) -> str:
    return str(real_phone(phone_of(person)))


class Installation:
    """Writes what happens to one organisation, and has it taken in as its triggers do."""

    def __init__(self, services: Services, org: str) -> None:
        self.org = org
        self.history = History()
        self._services = services
        self._keyer = ContactKeyer(services.secret)

    def key(self, customer: Customer) -> str:
        """The key that a customer has."""
        channel, person = customer
        identity = (
            Identity(IdentityKind.EMAIL, email_of(person))
            if channel is Channel.EMAIL
            else Identity(IdentityKind.PHONE, digits_of(person))
        )
        return CustomerKeyer(SECRET)(self.org, identity)

    def consent_key(self, write: Write) -> str:
        """The keyed hash of a document's id."""
        return self._keyer.document(self._profile_id(write))

    def set(self, *, unless_unsubscribed: bool) -> None:
        value = "unless_unsubscribed" if unless_unsubscribed else "recorded"
        path = paths.analytics_settings(self.org)
        self._services.client.document(path).set({"emailConsent": value})
        self.history.unless_unsubscribed = unless_unsubscribed

    def take(self, drawn: list[Step]) -> None:
        for each in drawn:
            match each:
                case Write():
                    self._write(each)
                case Event():
                    self._happen(each)
                case Erasure():
                    self._erase(each.customer)
                case Order():
                    self.place([each])
                    continue
            self.history.steps.append(each)

    def place(self, placed: list[Order]) -> None:
        """Write orders in one batch, and have them counted."""
        batch = self._services.client.batch()
        ids = []
        for each in placed:
            ids.append(f"{self.org}_{each.person}_{each.number}")
            # No two at one instant: the latest one has the addresses that count.
            at = days_ago(each.days_ago) - timedelta(minutes=len(self.history.steps))
            customer = {"email": email_of(each.person)}
            if each.phone is not None:
                customer["phone"] = phone_of(each.phone)
            document: dict[str, Any] = {
                "orgId": self.org,
                "status": "canceled" if each.is_cancelled else "completed",
                "createdAt": at,
                "customer": customer,
                "totals": {"total": 10},
                "items": [],
            }
            batch.set(self._services.client.document(paths.order(ids[-1])), document)
            self.history.steps.append(each)
        batch.commit()
        for id in ids:
            self._services.reconciler.reconcile(id)

    def _profile_id(self, write: Write) -> str:
        return f"{self.org}_{write.document}"

    def _write(self, write: Write) -> None:
        """Write a document and have it taken in, as the trigger does."""
        id = self._profile_id(write)
        reference = self._services.client.document(paths.profile(id))
        before = reference.get().to_dict()
        after: dict[str, Any] | None = None
        if write.fields is None:
            at = reference.delete()
        else:
            after = {name: value for name, value in write.fields.items() if value is not None}
            for name in ("emailUnsubscribedAt", "smsUnsubscribedAt"):
                if after.get(name) == "now":
                    after[name] = datetime.now(UTC)
            after["orgId"] = self.org if after["orgId"] == "mine" else after["orgId"]
            if write.email is not None:
                after["email"] = f" {email_of(write.email).upper()}"
            if write.phone is not None:
                after["phone"] = phone_of(write.phone)
            at = reference.set(after).update_time
        written = DocumentWrite(before=before, after=after, at=at) if write.seen else None
        self._services.contacts().record(id, written)

    def _happen(self, event: Event) -> None:
        is_email = event.channel is Channel.EMAIL
        address = email_of(event.address) if is_email else digits_of(event.address)
        now = datetime.now(UTC)
        at = days_ago(40)
        if event.kind is not EventKind.SENT:
            at = now
        elif event.recent:
            at = now - timedelta(days=1)
        message = Touch(campaign_id="sc_000000000000", channel=event.channel.value, window_days=7)
        point = self._keyer.point(self.org, event.channel, address)
        recorded = MessageEvent(kind=event.kind, at=at, customer=None, message=message, point=point)
        event_recorder(self._services, self.org, clock=lambda: now).record([recorded])

    def _erase(self, customer: Customer) -> None:
        moment = self._services.organizations.settings(self.org).moment(NOW)
        id = CustomerId(self.org, self.key(customer))
        erase(id, self._services.store, lambda _: moment)


first_orders = st.tuples(*(orders(person=person, number=0) for person in range(PEOPLE)))
first_writes = st.tuples(*map(usual_writes, range(PEOPLE)))


def test_whoever_may_not_be_written_to_is_nowhere(
    dashboard: Dashboard, services: Services, firestore_client: firestore.Client
) -> None:
    organizations = count()
    seen: Counter[str] = Counter()

    @settings(max_examples=examples(12))
    @given(
        first_orders=first_orders,
        first_writes=first_writes,
        before=st.lists(steps, max_size=6),
        after=st.lists(steps, min_size=1, max_size=6),
        unless_unsubscribed=st.tuples(st.booleans(), st.booleans()),
        recent_matter=st.booleans(),
    )
    def run(
        first_orders: tuple[Order, ...],
        first_writes: tuple[Write, ...],
        before: list[Step],
        after: list[Step],
        unless_unsubscribed: tuple[bool, bool],
        recent_matter: bool,
    ) -> None:
        world = Installation(services, f"org_{next(organizations)}")
        history = world.history
        history.recent_matter = recent_matter
        world.set(unless_unsubscribed=unless_unsubscribed[0])
        world.place([*first_orders])
        world.take([*first_writes, *before])
        names = {world.key(customer): customer for customer in history.customers()}
        body = {
            "name": "x",
            "segment": "new",
            "channels": CHANNELS,
            "holdoutShare": 0.2,
            "contactedWithinDays": RECENT_DAYS if recent_matter else 0,
        }
        response = dashboard.call(PATH, method="POST", json=body, orgId=world.org)
        if response.status_code == 409:
            return
        made: Any = response.json
        path = f"{PATH}/{made['id']}"
        members = dashboard.get(f"{path}/members", {"pageSize": 100}, orgId=world.org)["members"]
        assert Counter(each["customerKey"] for each in members) == Counter([*names])
        check_reasons(made, members)
        treated = check_members(world, names, members)
        seen["treated"] += len(treated)

        world.take(after)
        world.set(unless_unsubscribed=unless_unsubscribed[1])
        now_allowed = history.allowed()
        still = {
            each: address for each, address in treated.items() if now_allowed.get(each) == address
        }
        handed = dashboard.call(f"{path}:handover", method="POST", orgId=world.org)
        actual = recipients(firestore_client, made["id"], names)
        assert actual.items() <= written_out(still).items()
        assert len(set(actual.values())) == len(actual)
        seen["handed over"] += len(actual)
        for one in handed.json["handover"]["channels"] if handed.status_code == 200 else ():
            channel = Channel(one["channel"])
            by_file = sum(each["members"] for each in one["byFile"])
            dropped = sum(each["members"] for each in one["dropped"])
            assert one["inDashboard"] == sum(each[1] is channel for each in actual)
            of_channel = sum(each[1] is channel for each in treated)
            assert one["inDashboard"] + by_file + dropped == of_channel
            seen["dropped"] += dropped
        answer = dashboard.call(f"{path}/members", {"format": "csv"}, orgId=world.org)
        filed = file_of(answer.text, names)
        assert filed.items() <= written_out(still).items()
        seen["in the file"] += len(filed)

    run()
    # It was about somebody.
    assert seen["treated"] >= 40
    assert seen["handed over"] >= 30
    assert seen["in the file"] >= 30
    assert seen["dropped"] >= 4


def check_reasons(made: dict[str, Any], members: list[dict[str, Any]]) -> None:
    """Everybody of the group is in one arm or left out for one reason; likewise per channel."""
    reach = made["reach"]
    assert reach["customers"] == len(members)
    arms = Counter(each["arm"] for each in members)
    assert (made["treated"], made["heldOut"]) == (arms["treated"], arms["held_out"])
    assert reasons(reach["leftOut"]) == Counter(
        each["leftOut"] for each in members if each["arm"] is None
    )
    assert arms["treated"] + arms["held_out"] + reasons(reach["leftOut"]).total() == len(members)
    assert [each["channel"] for each in reach["channels"]] == CHANNELS
    for each in reach["channels"]:
        found = Counter(
            one["leftOut"]
            for member in members
            for one in member["channels"]
            if one["channel"] == each["channel"]
        )
        assert each["reachable"] == found.pop(None, 0)
        assert reasons(each["leftOut"]) == found
        assert each["reachable"] + found.total() == len(members)


def reasons(entries: list[dict[str, Any]]) -> Counter[str]:
    return Counter({each["reason"]: each["customers"] for each in entries})


def check_members(
    world: Installation, names: Mapping[str, Customer], members: list[dict[str, Any]]
) -> dict[tuple[Customer, Channel], int]:
    """Everybody in an arm may be written to, with a consent that can be produced; returns those
    treated with their addresses."""
    history = world.history
    allowed = history.allowed()
    treated, arms = {}, {}
    for member in members:
        if member["arm"] is None:
            continue
        for one in member["channels"]:
            if one["leftOut"] is not None:
                continue
            place = names[member["customerKey"]], Channel(one["channel"])
            assert place in allowed
            address = (place[1], allowed[place])
            assert address not in arms
            arms[address] = member["arm"]
            if member["arm"] == "treated":
                treated[place] = allowed[place]
            granting = history.granting(allowed[place], place[1])
            if granting:
                assert one["consent"] == "granted"
                assert one["consentDocument"] in {world.consent_key(each) for each in granting}
            else:
                assert history.unless_unsubscribed
                assert place[1] is Channel.EMAIL
                assert (one["consent"], one["consentDocument"]) == ("unknown", None)
    return treated


def written_out(
    allowed: Mapping[tuple[Customer, Channel], int],
) -> dict[tuple[Customer, Channel], str]:
    return {place: address_of(place[1], address) for place, address in allowed.items()}


def recipients(
    client: firestore.Client, id: str, names: Mapping[str, Customer]
) -> dict[tuple[Customer, Channel], str]:
    """Addresses that the dashboard's sender writes to."""
    return {
        (names[each.id], channel): each.get(field)
        for name, channel, field in (
            (id, Channel.EMAIL, "email"),
            (f"{id}_sms", Channel.SMS, "phone"),
        )
        for each in client.collection(paths.dashboard_recipients(name)).stream()
    }


def file_of(text: str, names: Mapping[str, Customer]) -> dict[tuple[Customer, Channel], str]:
    """Addresses in the file of members."""
    return {
        (names[row["customerKey"]], channel): row[field].removeprefix("'")
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        for channel, field in ((Channel.EMAIL, "email"), (Channel.SMS, "phone"))
        if row[field]
    }
