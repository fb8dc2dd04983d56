"""A pager: each page begins where the token of the page before it says, for one list only."""

from datetime import UTC, datetime

import pytest

from shared.kernel.errors import InvalidParameterError
from shared.web.page_tokens import Argument, Coordinate, PageTokens
from shared.web.pager import Pager

TOKENS = PageTokens(b"a secret that is only used in tests")


def pager(*arguments: Argument, token: str | None = None) -> Pager:
    return Pager(tokens=TOKENS, arguments=arguments, token=token)


def test_the_first_page_begins_after_no_place() -> None:
    assert pager("customers", "org").after() is None


def test_the_last_page_has_no_next_token() -> None:
    assert pager("customers", "org").next_token(None) is None


def test_the_next_page_begins_after_the_place_of_its_token() -> None:
    place: list[Coordinate] = [datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "", 7]

    token = pager("timeline", "org", "customer").next_token(place)

    assert pager("timeline", "org", "customer", token=token).after() == place


def test_a_place_that_is_zero_is_a_place() -> None:
    token = pager("members", "org").next_token([0])

    assert pager("members", "org", token=token).after() == [0]


@pytest.mark.parametrize("other", [("customers", "other"), ("products", "org"), ("customers",)])
def test_another_list_refuses_the_token(other: tuple[str, ...]) -> None:
    token = pager("customers", "org").next_token([5, "k"])

    with pytest.raises(InvalidParameterError) as raised:
        pager(*other, token=token).after()
    assert raised.value.parameter == "pageToken"
