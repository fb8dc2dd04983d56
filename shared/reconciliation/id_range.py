"""Ranges of order ids, which are also the ids of ledger entries."""

from dataclasses import dataclass, replace

LAST_CHARACTER = "\U0010fffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRange:
    """Ids in the order of their characters, which is the database's."""

    after: str | None = None
    """Below all of them; None for no bound."""
    until: str | None = None
    """The last one that may be in it; None for no bound."""

    def __contains__(self, id: object) -> bool:
        return (
            isinstance(id, str)
            and (self.after is None or id > self.after)
            and (self.until is None or id <= self.until)
        )

    def behind(self, id: str) -> "IdRange":
        """The part above an id of it."""
        return replace(self, after=id)

    def halves(self, first: str, last: str) -> tuple["IdRange", "IdRange"]:
        """Two parts, `first` in the one and `last` in the other.

        Cut where the characters in which the two differ are halfway, so that ids of any form are
        parted evenly enough. `first` is below `last`.

        >>> IdRange().halves("order_0001", "order_9000")[0].until[:-1]
        'order_4'
        """
        same = next(
            (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
        )
        low = ord(first[same]) if same < len(first) else 1
        middle = (low + ord(last[same])) // 2
        if 0xD800 <= middle <= 0xDFFF:
            # No characters.
            middle = 0xD7FF
        if chr(middle) == "/":
            # In no id.
            middle -= 1
        middle_id = first[:same] + chr(middle) + LAST_CHARACTER
        if not first <= middle_id < last:
            middle_id = first
        return replace(self, until=middle_id), replace(self, after=middle_id)


EVERY_ID = IdRange()
