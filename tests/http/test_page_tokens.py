"""Page tokens: what goes in comes out, for the very same list only."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.http.page_tokens import PageTokens
from functions.http.parameters import MAX_PAGE_TOKEN_LENGTH
from shared.errors import InvalidParameterError
from shared.instants import EARLIEST, LATEST
from shared.segments.segment import Segment
from shared.storage.organization_reader import CustomerCursor, CustomerList, CustomerSort

TOKENS = PageTokens(b"a secret that is only used in tests")
AFTER = CustomerCursor(value=5, customer_key="k")

lists = st.builds(
    CustomerList,
    segment=st.none() | st.sampled_from(Segment),
    sort=st.sampled_from(CustomerSort),
    descending=st.booleans(),
)
instants = st.datetimes(
    min_value=EARLIEST.replace(tzinfo=None),
    max_value=LATEST.replace(tzinfo=None),
    timezones=st.just(UTC),
)
keys = st.text(min_size=1, max_size=128)


@given(org_id=keys, wanted=lists, at=instants, cents=st.integers(0, 2**53), key=keys)
def test_a_place_comes_back_exactly(
    org_id: str, wanted: CustomerList, at: datetime, cents: int, key: str
) -> None:
    value = at if wanted.sort is CustomerSort.LAST_ORDER else cents
    cursor = CustomerCursor(value=value, customer_key=key)

    token = TOKENS.token(org_id, wanted, cursor)

    assert TOKENS.cursor(org_id, wanted, token) == cursor
    if key.isascii():
        assert len(token) <= MAX_PAGE_TOKEN_LENGTH


@given(org_id=keys, other_org=keys, wanted=lists, other=lists)
def test_no_other_list_takes_it(
    org_id: str, other_org: str, wanted: CustomerList, other: CustomerList
) -> None:
    token = TOKENS.token(org_id, wanted, AFTER)

    if (org_id, wanted) != (other_org, other):
        with pytest.raises(InvalidParameterError):
            TOKENS.cursor(other_org, other, token)


@given(token=st.text())
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        TOKENS.cursor("org", CustomerList(), token)
    assert raised.value.parameter == "pageToken"


def test_another_secret_refuses_it() -> None:
    token = TOKENS.token("org", CustomerList(), AFTER)

    with pytest.raises(InvalidParameterError):
        PageTokens(b"another secret").cursor("org", CustomerList(), token)
