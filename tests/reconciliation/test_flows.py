"""Flows add up to their transitions."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.reconciliation.flows import arrival, departure, ends_of_flows, flows_of
from shared.segments.customer import Cause, CauseKind, CustomerId, Transition
from shared.segments.places import NONE
from shared.segments.segment import Segment

AT = datetime(2026, 3, 1, tzinfo=UTC)
CUSTOM = ("cs_00000000000a", "cs_00000000000b")
PLACES = st.sampled_from([*Segment, None])
IDS = st.lists(st.sampled_from(CUSTOM), unique=True).map(tuple)
STEPS = st.builds(
    Transition,
    customer=st.just(CustomerId("org_north", "0" * 32)),
    number=st.just(1),
    from_segment=PLACES,
    to_segment=PLACES,
    from_since=st.none(),
    effective_at=st.just(AT),
    recorded_at=st.just(AT),
    cause=st.just(Cause(kind=CauseKind.REPAIR)),
    thresholds_version=st.just("v1"),
    entered=IDS,
    left=IDS,
)


@given(st.lists(STEPS))
def test_every_step_arrives_where_it_leads_to(steps: list[Transition]) -> None:
    flows, expected = Counter[str](), Counter[str]()
    for step in steps:
        flows.update(flows_of(step))
        if step.from_segment != step.to_segment:
            expected[arrival(step.to_segment or NONE)] += 1
        expected.update(map(arrival, step.entered))
        expected.update(map(departure, step.left))
    assert ends_of_flows(flows) == expected
