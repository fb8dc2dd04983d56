"""Page tokens: what goes in comes out, for the very same list only."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import InvalidParameterError
from shared.kernel.instants import EARLIEST, LATEST
from shared.web.page_tokens import Argument, Coordinate, PageTokens
from shared.web.parameters import MAX_PAGE_TOKEN_LENGTH

TOKENS = PageTokens(b"a secret that is only used in tests")

instants = st.datetimes(
    min_value=EARLIEST.replace(tzinfo=None),
    max_value=LATEST.replace(tzinfo=None),
    timezones=st.just(UTC),
)
keys = st.text(min_size=1, max_size=128)
arguments = st.lists(st.none() | st.booleans() | st.integers(-5, 5) | keys, max_size=6)
places = st.lists(keys | st.integers(0, 2**53) | instants, min_size=1, max_size=2)


@given(wanted=arguments, place=places)
def test_a_place_comes_back_exactly(wanted: list[Argument], place: list[Coordinate]) -> None:
    token = TOKENS.token(wanted, place)

    assert TOKENS.place(wanted, token) == place
    if all(not isinstance(part, str) or part.isascii() for part in place):
        assert len(token) <= MAX_PAGE_TOKEN_LENGTH


@given(wanted=arguments, other=arguments)
def test_no_other_list_takes_it(wanted: list[Argument], other: list[Argument]) -> None:
    token = TOKENS.token(wanted, [5, "k"])

    # The very same text: to Python, True is 1.
    if repr(wanted) != repr(other):
        with pytest.raises(InvalidParameterError):
            TOKENS.place(other, token)


@given(token=st.text())
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        TOKENS.place(["customers", "org"], token)
    assert raised.value.parameter == "pageToken"


def test_another_secret_refuses_it() -> None:
    token = TOKENS.token(["customers", "org"], [5, "k"])

    with pytest.raises(InvalidParameterError):
        PageTokens(b"another secret").place(["customers", "org"], token)
