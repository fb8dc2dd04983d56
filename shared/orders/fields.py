"""Reads a value that different writers store under different fields."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """Value read from a list of alternative fields."""

    path: str | None
    """Field of the value; if none was usable, the first field present; None without any."""
    value: T | None
    """None if no field is present, or none of those present can be used."""


def field_at(data: Mapping[str, object], path: str) -> object:
    """The value at a dotted path; None if a part of it is missing or not a map."""
    if "." not in path:
        # Nearly all are: the paths of an order's items are tried for each of these.
        return data.get(path)
    value: object = data
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def first_usable(
    data: Mapping[str, object], paths: Iterable[str], parse: Callable[[object], T | None]
) -> Reading[T]:
    """The first of the fields that `parse` understands. A null field counts as missing."""
    first_present = None
    for path in paths:
        raw = field_at(data, path)
        if raw is None:
            continue
        value = parse(raw)
        if value is not None:
            return Reading(path, value)
        first_present = first_present or path
    return Reading(first_present, None)
