"""Whoever may not be written to is in no arm, and the numbers add up, whatever is recorded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean, variance
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.campaigns.audience import (
    Arm,
    ContactPolicy,
    LeftOut,
    Standing,
    against_now,
    assigned,
    counts_of,
    standing_of,
)
from shared.contacts.contact_point import ContactPoint, Statement
from shared.contacts.profile import Channel
from shared.segments.crm_profile import Consent
from tests.support.examples import examples

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = b"a secret that is only used in tests"


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


instants = st.none() | st.integers(0, 60).map(days_ago)
statements = st.builds(
    Statement,
    consent=st.sampled_from(Consent),
    since=st.integers(0, 60).map(days_ago),
    readable=st.sampled_from([True, True, True, False]),
    unsubscribed_at=st.none() | instants,
    archived=st.sampled_from([False, False, False, True]),
    test=st.sampled_from([False, False, False, True]),
)


@st.composite
def points(draw: st.DrawFn, channel: Channel) -> ContactPoint:
    point = ContactPoint(
        org_id="org_1",
        channel=channel,
        bounced_at=draw(st.none() | instants),
        complained_at=draw(st.none() | st.none() | instants),
        last_contact_at=draw(instants),
    )
    for key, statement in draw(st.dictionaries(st.sampled_from("ab"), statements)).items():
        point = point.with_statement(key, statement)
    return point


KEYS = {Channel.EMAIL: ["e1", "e2", "e3", "e4"], Channel.SMS: ["p1", "p2", "p3"]}


@st.composite
def groups(draw: st.DrawFn) -> tuple[list[Standing], dict[str, ContactPoint], ContactPolicy]:
    known = {
        key: draw(points(channel))
        for channel, keys in KEYS.items()
        for key in keys
        if draw(st.booleans())
    }
    policy = ContactPolicy(
        channels=draw(
            st.sampled_from([(Channel.EMAIL,), (Channel.SMS,), (Channel.EMAIL, Channel.SMS)])
        ),
        unless_unsubscribed=draw(st.booleans()),
        not_contacted_since=draw(st.none() | st.just(days_ago(7))),
    )
    addresses = st.fixed_dictionaries(
        {}, optional={channel: st.sampled_from(keys) for channel, keys in KEYS.items()}
    )
    drawn = draw(st.lists(addresses, max_size=12))
    standings = [
        standing_of(f"c{number:02}", "vip", each, known, policy)
        for number, each in enumerate(drawn)
    ]
    return standings, known, policy


def done(standings: list[Standing], campaign_id: str = "c", share: float = 0.5) -> list[Standing]:
    return assigned(standings, secret=SECRET, campaign_id=campaign_id, holdout_share=share)


@settings(max_examples=examples(200))
@given(groups())
def test_everybody_is_in_one_arm_or_left_out_for_one_reason(
    group: tuple[list[Standing], dict[str, ContactPoint], ContactPolicy],
) -> None:
    standings, _, policy = group
    audience = done(standings)

    assert [each.customer_key for each in audience] == [each.customer_key for each in standings]
    assert all((each.arm is None) != (each.left_out is None) for each in audience)
    counts = counts_of(audience, policy.channels)
    assert counts.customers == len(standings)
    assert counts.treated + counts.held_out + sum(counts.left_out.values()) == counts.customers
    for channel in policy.channels:
        of_channel = counts.channels[channel]
        assert of_channel.reachable + sum(of_channel.left_out.values()) == counts.customers


@settings(max_examples=examples(200))
@given(groups())
def test_nobody_without_consent_is_in_an_arm(
    group: tuple[list[Standing], dict[str, ContactPoint], ContactPolicy],
) -> None:
    """Against a reading of the rules that shares nothing with the product's."""
    standings, known, policy = group
    for each in done(standings):
        for channel in each.usable if each.arm else ():
            key = each.channels[channel].point
            assert key is not None
            assert key in KEYS[channel]
            point = known.get(key)
            said = list(point.statements.values()) if point else []
            granted = [one.since for one in said if one.consent is Consent.GRANTED]
            assert not any(one.consent is Consent.DENIED for one in said)
            assert all(one.readable for one in said)
            assert not any(one.archived or one.test for one in said)
            assert granted or (policy.unless_unsubscribed and channel is Channel.EMAIL)
            if point is not None:
                assert point.bounced_at is None
                assert point.complained_at is None
                rest = [one.unsubscribed_at for one in said if one.unsubscribed_at]
                assert not rest or (granted and max(granted) > max(rest))
                if policy.not_contacted_since and point.last_contact_at:
                    assert point.last_contact_at < policy.not_contacted_since
            # What was recorded can be shown.
            record = each.channels[channel].consent
            assert (record is None) == (point is None)
            assert record is None or not granted or record.consent is Consent.GRANTED


@given(groups())
def test_what_was_said_since_counts_at_the_hand_over(
    group: tuple[list[Standing], dict[str, ContactPoint], ContactPolicy],
) -> None:
    standings, known, policy = group
    gone = {
        key: replace(point, unsubscribed_at=NOW + timedelta(days=1)) for key, point in known.items()
    }
    for each in done(standings):
        assert against_now(each, known, policy) == dict.fromkeys(each.usable)
        for channel, against in against_now(each, gone, policy).items():
            known_point = each.channels[channel].point in known
            assert (against is LeftOut.UNSUBSCRIBED) == known_point


@given(groups(), st.randoms(use_true_random=False))
def test_no_address_is_in_two_arms_nor_used_twice(
    group: tuple[list[Standing], dict[str, ContactPoint], ContactPolicy], random: Any
) -> None:
    standings, _, _ = group
    audience = [each for each in done(standings) if each.arm]
    used = [(channel, each.channels[channel].point) for each in audience for channel in each.usable]
    assert len(used) == len(set(used))
    arms: dict[str, set[Arm | None]] = {}
    for each in audience:
        for key in each.known:
            arms.setdefault(key, set()).add(each.arm)
    assert all(len(actual) == 1 for actual in arms.values())

    # Which other customers there are, and in which order, changes nobody's arm.
    assert done(standings) == done(standings)


def member(number: int, email: str | None = None, phone: str | None = None) -> Standing:
    addresses = {
        channel: key for channel, key in ((Channel.EMAIL, email), (Channel.SMS, phone)) if key
    }
    consenting = Statement(consent=Consent.GRANTED, since=days_ago(50))
    point = ContactPoint(org_id="org_1", channel=Channel.EMAIL).with_statement("a", consenting)
    policy = ContactPolicy(channels=(Channel.EMAIL,))
    return standing_of(f"c{number:05}", None, addresses, {email or "": point}, policy)


def test_arms_are_balanced_stable_and_independent_between_campaigns() -> None:
    standings = [member(number, f"e{number}") for number in range(10_000)]
    first, second = done(standings, "c1", 0.1), done(standings, "c2", 0.1)

    held = [each.arm is Arm.HELD_OUT for each in first]
    # Four standard deviations of a fair draw are 120.
    assert abs(sum(held) - 1_000) < 120
    both = sum(a and b.arm is Arm.HELD_OUT for a, b in zip(held, second, strict=True))
    assert abs(both - 100) < 40
    assert done(standings[::2], "c1", 0.1) == first[::2]


def test_a_holdout_is_balanced_on_spend_and_segment() -> None:
    """Spend with a heavy tail; four standard errors of a fair draw, in each of three campaigns."""
    size, share = 12_000, 0.2
    names = ("vip", "loyal", "new", "churned")
    standings = [
        replace(member(number, f"e{number}"), segment=names[number % 7 % 4])
        for number in range(size)
    ]
    spend = [1000 / (1 - (number * 0.618034) % 1) ** 0.4 for number in range(size)]
    for campaign in ("c1", "c2", "c3"):
        arms = [each.arm for each in done(standings, campaign, share)]
        by_arm = {
            arm: [s for s, each in zip(spend, arms, strict=True) if each is arm] for arm in Arm
        }
        error = sum(variance(actual) / len(actual) for actual in by_arm.values()) ** 0.5
        difference = mean(by_arm[Arm.TREATED]) - mean(by_arm[Arm.HELD_OUT])
        assert abs(difference) < 4 * error
        for name in names:
            held = [
                arm is Arm.HELD_OUT
                for each, arm in zip(standings, arms, strict=True)
                if each.segment == name
            ]
            spread = (len(held) * share * (1 - share)) ** 0.5
            assert abs(sum(held) - len(held) * share) < 4 * spread


def test_people_who_share_an_address_through_others_are_in_one_arm() -> None:
    # c0 and c1 share a phone, c1 and c2 an address that the shop put on thirty customers.
    for campaign in range(40):
        chain = [member(0, "e0", "p1"), member(1, "e1", "p1"), member(2, "e2", "p2")]
        chain.append(member(3, "e3", "p2"))
        crowd = [member(10 + number, f"f{number}", "aaa") for number in range(30)]
        a, b, c, d, *others = done([*chain, *crowd], f"c{campaign}")
        assert a.arm is b.arm
        assert c.arm is d.arm
        assert len({each.arm for each in others}) == 2


def test_of_one_address_the_first_customer_keeps_it() -> None:
    first, second = done([member(1, "e1"), member(2, "e1")])
    assert first.arm is not None
    assert second.left_out is LeftOut.SAME_ADDRESS
