"""One page of a list: the place after which it begins, and the token of the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.web.page_tokens import Argument, Coordinate, PageTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Reads the token of the requested page and makes that of the next page of the same list."""

    tokens: PageTokens
    arguments: Sequence[Argument]
    """The name of the list, the organisation, and everything that selects or orders its rows."""
    token: str | None
    """Token of the requested page; None for the first."""

    def after(self) -> list[Any] | None:
        """Return the place after which the page begins, as `next_token` got it; None for the first.

        Raises InvalidParameterError for an invalid token.
        """
        return None if self.token is None else self.tokens.place(self.arguments, self.token)

    def next_token(self, place: Sequence[Coordinate] | None) -> str | None:
        """Return the token of the page after this place; None if the page is the last."""
        return None if place is None else self.tokens.token(self.arguments, place)
