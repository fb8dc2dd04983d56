"""Ids in parts, each for one read of many documents."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

READ_SIZE = 300


def parts(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    """All ids in their order, READ_SIZE at a time."""
    waiting = iter(ids)
    while part := list(islice(waiting, READ_SIZE)):
        yield part
