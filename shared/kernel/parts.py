"""Many things in parts that one call can take."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """All items in order, this many at a time; none of an empty iterable.

    >>> list(parts("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part
