"""The lines of an order as bytes: a fraction of their size as maps.

    1 byte   version of the encoding
    the rest columns as JSON, compressed with zlib; nothing at all where there are no lines

Firestore does not deliver events above 512 KB, and an update carries the document before and after:
the stored size of an order has to stay below half of that.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from shared.orders.fact import OrderLine

_VERSION = 1
_COMPRESSION_LEVEL = 6
_COLUMNS = ("product_id", "name", "category", "quantity_milli", "amount_cents")


def packed(lines: Sequence[OrderLine]) -> bytes:
    """Return the lines as bytes: equal lines have equal ones under one version of zlib."""
    header = bytes((_VERSION,))
    if not lines:
        return header
    columns = {name: [getattr(line, name) for line in lines] for name in _COLUMNS}
    plain = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return header + zlib.compress(plain.encode(), _COMPRESSION_LEVEL)


def readable_lines(data: bytes) -> list[dict[str, Any]]:
    """The lines as maps, as the export has them. Raises ValueError for bytes of another kind."""
    if not data or data[0] != _VERSION:
        raise ValueError("The bytes are not order lines of a known version.")
    if len(data) == 1:
        return []
    try:
        columns = json.loads(zlib.decompress(data[1:]))
        rows = zip(*(columns[name] for name in _COLUMNS), strict=True)
        return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise ValueError("The bytes are damaged order lines.") from error


def stored_lines(stored: bytes | Sequence[Mapping[str, Any]]) -> tuple[OrderLine, ...]:
    """The lines behind stored bytes, or behind maps, which versions up to 0.3 stored."""
    maps = readable_lines(stored) if isinstance(stored, bytes) else stored
    return tuple(OrderLine(**{name: line[name] for name in _COLUMNS}) for line in maps)
