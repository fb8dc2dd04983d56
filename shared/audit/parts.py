"""Ids in parts, each for one read of many documents."""

from collections.abc import Iterable, Iterator

from shared.kernel import parts as many

READ_SIZE = 300


def parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """All ids in their order, READ_SIZE at a time."""
    return many.parts(ids, READ_SIZE)
