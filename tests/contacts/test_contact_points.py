"""Consent under any documents of the dashboard, in any order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.contacts.contact_point import ContactPoint, Statement, statement_of
from shared.contacts.profile import (
    PROFILE_FIELDS,
    Channel,
    filled_id,
    id_template,
    read_profile,
    witnessed_grants,
)
from shared.segments.crm_profile import Consent
from tests.support.examples import examples

START = datetime(2026, 1, 1, tzinfo=UTC)
EMAIL = "ada@example.org"


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.binary(max_size=8)
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=5,
)
shapes = st.fixed_dictionaries({}, optional=dict.fromkeys(PROFILE_FIELDS, anything))
statements = st.builds(
    Statement,
    consent=st.sampled_from(Consent),
    since=st.integers(0, 50).map(hour),
    readable=st.booleans(),
    unsubscribed_at=st.none() | st.integers(0, 50).map(hour),
    archived=st.booleans(),
    test=st.booleans(),
    id_template=st.none() | st.sampled_from(["a", "b"]),
)
nothing_said = ContactPoint(org_id="org_1", channel=Channel.EMAIL)


def point_of(said: list[tuple[str, Statement]]) -> ContactPoint:
    point = nothing_said
    for key, statement in said:
        point = point.with_statement(key, statement)
    return point


@given(st.dictionaries(st.sampled_from("abcdef"), statements), st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(said: dict[str, Statement], random: Any) -> None:
    shuffled = list(said.items())
    random.shuffle(shuffled)
    # Each once more, as repeated deliveries do.
    assert point_of(shuffled + shuffled[:2]) == point_of(list(said.items()))


@given(st.dictionaries(st.sampled_from("abcdef"), statements), statements)
def test_a_further_document_never_lets_more_through_than_its_own_consent(
    said: dict[str, Statement], further: Statement
) -> None:
    before = point_of(list(said.items()))
    after = before.with_statement("z", further)
    if further.consent is not Consent.GRANTED:
        for unless_unsubscribed in (False, True):
            if after.may_be_written_to(unless_unsubscribed=unless_unsubscribed):
                assert before.may_be_written_to(unless_unsubscribed=unless_unsubscribed)
        assert after.unsubscribed >= before.unsubscribed
    assert after.test_or_archived >= before.test_or_archived
    if Consent.DENIED in {each.consent for each in after.statements.values()}:
        assert not after.may_be_written_to(unless_unsubscribed=True)


@given(shapes)
def test_shapes_that_cannot_be_read_are_unknown_and_never_raise(data: dict[str, Any]) -> None:
    profile = read_profile(data)
    for channel, said in profile.channels.items():
        consent = data.get(f"{channel}Consent")
        assert (said.consent is Consent.GRANTED) == (consent is True)
        assert (said.consent is Consent.DENIED) == (consent is False)
        assert said.readable == (consent is None or isinstance(consent, bool))
        mark = data.get(f"{channel}UnsubscribedAt")
        assert said.unsubscribed == (mark is not None and mark is not False)
    archived = data.get("archived")
    assert profile.archived == (archived is not None and archived is not False)
    witnessed_grants(None, profile, START)
    id_template("org_1_17", profile)


@given(shapes, statements | st.none(), st.integers(0, 50), st.integers(0, 50))
def test_a_consent_is_never_dated_later_than_its_document(
    data: dict[str, Any], before: Statement | None, known: int, version: int
) -> None:
    assume(before is None or before.since <= hour(version))
    for said in read_profile(data).channels.values():
        statement = statement_of(
            said,
            before,
            version=hour(version),
            known_from=hour(known),
            granted_at=None,
            archived=False,
            test=False,
            id_template=None,
        )
        assert statement.since <= hour(version)
        assert (statement.unsubscribed_at is not None) == said.unsubscribed


@dataclass(frozen=True)
class Write:
    """A document's consent and unsubscription from an hour on."""

    consent: bool | None
    unsubscribed: int | str | None
    """The hour it says, `now`, or a mark that is no instant."""
    delivered: bool
    """Whether its event arrives before the document is next read."""


writes = st.builds(
    Write,
    consent=st.sampled_from([True, False, None]),
    unsubscribed=st.sampled_from([None, None, "now", "some day", 3]),
    delivered=st.booleans(),
)


def document(write: Write, at: datetime) -> dict[str, Any]:
    mark = write.unsubscribed
    if isinstance(mark, int):
        mark = hour(mark).isoformat()
    return {
        "email": EMAIL,
        "emailConsent": write.consent,
        "emailUnsubscribedAt": at if mark == "now" else mark,
    }


@settings(max_examples=examples(1000))
@given(st.lists(st.tuples(st.sampled_from("ab"), writes), max_size=12))
def test_an_unsubscription_is_lifted_only_by_a_later_consent(
    history: list[tuple[str, Write]],
) -> None:
    """Some writes are seen at once, others only in a later version of their document."""
    point = nothing_said
    stored: dict[str, dict[str, Any]] = {}
    seen: dict[str, tuple[Statement, datetime]] = {}
    created: dict[str, datetime] = {}
    last_unsubscribed = last_consent = None
    for number, (key, write) in enumerate(history, start=1):
        at = hour(number)
        before, now = stored.get(key), document(write, at)
        stored[key] = now
        created.setdefault(key, at)
        said = read_profile(now).channels[Channel.EMAIL]
        was = read_profile(before).channels[Channel.EMAIL] if before else None
        if write.consent and not (was and was.consent is Consent.GRANTED):
            last_consent = at
        if not write.delivered:
            continue
        known = seen[key][0] if key in seen else None
        if said.unsubscribed_at is not None:
            last_unsubscribed = max(last_unsubscribed or said.unsubscribed_at, said.unsubscribed_at)
        elif said.unsubscribed and not (known and known.unsubscribed_at):
            last_unsubscribed = max(last_unsubscribed or at, at)
        grants = witnessed_grants(read_profile(before) if before else None, read_profile(now), at)
        statement = statement_of(
            said,
            known,
            version=at,
            known_from=seen[key][1] if key in seen else created[key],
            granted_at=grants[Channel.EMAIL][1] if grants else None,
            archived=False,
            test=False,
            id_template=None,
        )
        seen[key] = (statement, at)
        point = point.with_statement(key, statement)
    if last_unsubscribed is None:
        assert not point.unsubscribed
    elif last_consent is None or last_consent <= last_unsubscribed:
        assert point.unsubscribed


def test_a_later_consent_lifts_an_unsubscription() -> None:
    unsubscribed = Statement(consent=Consent.UNKNOWN, since=hour(0), unsubscribed_at=hour(5))
    point = point_of([("a", unsubscribed)])
    early = Statement(consent=Consent.GRANTED, since=hour(4))
    late = Statement(consent=Consent.GRANTED, since=hour(6))

    assert point.with_statement("b", early).unsubscribed
    assert not point.with_statement("b", late).unsubscribed
    # The document that said so is gone, and what it said is not.
    assert point.with_statement("a", None).with_statement("b", early).unsubscribed


def test_unless_unsubscribed_is_for_email_and_for_the_unknown_alone() -> None:
    silent = Statement(consent=Consent.UNKNOWN, since=hour(0))
    by_email = point_of([("a", silent)])
    by_text = ContactPoint(org_id="org_1", channel=Channel.SMS).with_statement("a", silent)
    unreadable = Statement(consent=Consent.UNKNOWN, since=hour(0), readable=False)
    denied = Statement(consent=Consent.DENIED, since=hour(0))

    assert by_email.may_be_written_to(unless_unsubscribed=True)
    assert not by_email.may_be_written_to(unless_unsubscribed=False)
    assert not by_text.may_be_written_to(unless_unsubscribed=True)
    assert not point_of([("a", unreadable)]).may_be_written_to(unless_unsubscribed=True)
    assert not point_of([("a", denied)]).may_be_written_to(unless_unsubscribed=True)


def test_an_address_that_hundreds_of_documents_share_is_nobodys() -> None:
    granted = Statement(consent=Consent.GRANTED, since=hour(0))
    point = point_of([(f"d{number}", granted) for number in range(201)])

    assert point.record.consent is Consent.UNKNOWN
    assert not point.may_be_written_to(unless_unsubscribed=True)


def test_ids_of_documents_are_kept_without_the_address_in_them() -> None:
    said = read_profile({"email": "Ada@Example.org", "phone": "+1 (555) 201-3344"})

    kept = {
        id: id_template(id, said)
        for id in (
            "org_1_phone_5552013344",
            "lead_Ada@Example.org",
            "org_1_8817",
            "lead_bob@example.org",
            "org_1_phone_5550000001",
        )
    }
    assert list(kept.values()) == [
        "org_1_phone_{phone}",
        "lead_{email}",
        "org_1_8817",
        None,
        None,
    ]
    assert filled_id("org_1_phone_{phone}", None, "5552013344") == "org_1_phone_5552013344"
    assert filled_id("org_1_phone_{phone}", EMAIL, None) is None
