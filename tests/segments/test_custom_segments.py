"""Custom segments agree with a naive fold over orders, at every instant and about every change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.segments.classify import OrderTotals
from shared.segments.conditions.evaluate import CustomSegments, Subject
from shared.segments.conditions.nodes import conditions
from shared.segments.conditions.parse import definition_json, parse_definition, parse_filters
from shared.segments.crm_profile import ChannelConsent, Consent, CrmProfile, LoyaltyTier
from shared.segments.history import OrderHistory
from shared.segments.touch import EventKind, Touch
from tests.segments.segment_fold import (
    MICROSECOND,
    Person,
    Rules,
    boundaries,
    category_cents,
    holds,
    segments_of,
)
from tests.segments.segment_strategies import (
    START,
    definitions,
    field_conditions,
    people,
    rules,
)
from tests.support.examples import examples

_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def compiled(rules: Rules) -> CustomSegments:
    """The product's view of what an organisation has set."""
    return CustomSegments(
        {id: parse_definition(tree) for id, tree in rules.definitions.items()},
        rules.thresholds,
        ZoneInfo(rules.time_zone),
    )


def subject(person: Person) -> Subject:
    """The product's view of a person."""
    instants = [order.ordered_at for order in person.orders if order.amount_cents >= 0]
    return Subject(
        totals=OrderTotals(
            order_count=len(instants),
            lifetime_value_cents=sum(order.amount_cents for order in person.orders),
            first_ordered_at=min(instants, default=None),
            last_ordered_at=max(instants, default=None),
        ),
        category_cents=category_cents(person.orders),
        history=OrderHistory.from_bytes(OrderHistory.of(person.orders).to_bytes()),
        has_email=person.email,
        has_phone=person.phone,
        has_display_name=person.name,
        profile=CrmProfile(
            tier=LoyaltyTier(person.loyalty_tier) if person.loyalty_tier else None,
            tags=tuple(tag.title() for tag in person.tags),
            email_consent=_consent(person.email_consent),
            sms_consent=_consent(person.sms_consent),
        ),
        touches=tuple(
            Touch(campaign_id=campaign, channel="email", window_days=7).with_event(
                EventKind.SENT, at
            )
            for campaign, at in person.messages
        ),
    )


def _consent(said: str | None) -> ChannelConsent | None:
    return None if said is None else ChannelConsent(consent=Consent(said))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rules, Person, datetime]:
    """Rules, a person of that organisation and an instant, mostly at or beside an edge."""
    set_rules = draw(rules())
    person = draw(people(set_rules.time_zone))
    edges = boundaries(set_rules, person)
    number = draw(st.integers(0, 1_000))
    if edges and number % 4:
        beside = draw(st.sampled_from((-MICROSECOND, timedelta(0), MICROSECOND)))
        # Mostly early ones: less is still to come after the late ones.
        few = len(edges) if number % 4 == 1 else 1 + len(edges) // 3
        return set_rules, person, edges[number % few] + beside
    return set_rules, person, START + timedelta(days=number / 5)


@settings(_UNHURRIED, max_examples=examples(800))
@given(case=cases())
def test_memberships_are_those_of_a_fold_over_the_orders(
    case: tuple[Rules, Person, datetime],
) -> None:
    set_rules, person, at = case

    membership = compiled(set_rules).memberships(subject(person), at)

    assert membership.segment_ids == segments_of(set_rules, person, at)


@settings(_UNHURRIED, max_examples=examples(400))
@given(case=cases())
def test_the_next_change_is_exact(case: tuple[Rules, Person, datetime]) -> None:
    set_rules, person, at = case

    membership = compiled(set_rules).memberships(subject(person), at)

    change = membership.next_change_at
    if change is not None:
        assert change > at
        assert change.tzinfo is UTC
        assert segments_of(set_rules, person, change) != membership.segment_ids
        assert segments_of(set_rules, person, change - MICROSECOND) == membership.segment_ids
    for edge in boundaries(set_rules, person):
        for instant in (edge - MICROSECOND, edge, edge + MICROSECOND):
            if at < instant and (change is None or instant < change):
                assert segments_of(set_rules, person, instant) == membership.segment_ids


@settings(_UNHURRIED, max_examples=examples(200))
@given(case=cases())
def test_following_the_changes_is_asking_at_each_instant(
    case: tuple[Rules, Person, datetime],
) -> None:
    set_rules, person, at = case
    segments, asked = compiled(set_rules), subject(person)

    membership = segments.memberships(asked, at)
    while membership.next_change_at is not None:
        before, change = membership.segment_ids, membership.next_change_at
        membership = segments.memberships(asked, change)
        assert membership.segment_ids != before
        assert membership.segment_ids == segments_of(set_rules, person, change)


@settings(_UNHURRIED, max_examples=examples(400))
@given(case=cases(), data=st.data())
def test_a_definition_not_stored_is_evaluated_alike(
    case: tuple[Rules, Person, datetime], data: st.DataObject
) -> None:
    set_rules, person, at = case
    tree = data.draw(definitions(tuple(set_rules.definitions)))

    predicate = compiled(set_rules).matches(parse_definition(tree))

    assert predicate(subject(person), at) == holds(tree, set_rules, person, at)


@settings(_UNHURRIED, max_examples=examples(500))
@given(tree=definitions(("cs_00000000000a",)))
def test_a_definition_survives_being_written_as_json(tree: dict[str, Any]) -> None:
    node = parse_definition(tree)
    written = definition_json(node)

    assert parse_definition(written) == node
    assert definition_json(parse_definition(written)) == written


@settings(_UNHURRIED, max_examples=examples(200))
@given(filters=st.lists(field_conditions(), min_size=1, max_size=10))
def test_a_flat_list_of_filters_is_the_same_conditions_all_at_once(
    filters: list[dict[str, Any]],
) -> None:
    node = parse_filters(filters)

    assert node == parse_definition({"all": filters})
    assert len(list(conditions(node))) == len(filters)
