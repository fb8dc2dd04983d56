"""A write batch that makes its messages in a fraction of the client library's time.

The library wraps every value of a document in an object of its own, and the path of every field in
another: a quarter of the processor time that counting an order took. The messages made here are
equal to the library's, which still makes those with values that the product's documents lack.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from datetime import datetime
from typing import Any

from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.cloud import firestore
from google.cloud.firestore_v1.base_document import BaseDocumentReference
from google.cloud.firestore_v1.field_path import get_field_path
from google.cloud.firestore_v1.types import Write

Parts = tuple[str, ...]
"""The path of a field within a document."""


class _UnusualValueError(Exception):
    """A value of a type that is left to the client library."""


class Batch(firestore.WriteBatch):
    """Writes that take effect together; used like the library's."""

    def create(self, reference: BaseDocumentReference, document_data: dict[str, Any]) -> None:
        """Add a document that must not exist."""
        try:
            write = _whole(document_data)
        except _UnusualValueError:
            super().create(reference, document_data)
        else:
            write.current_document.exists = False
            self._add(reference, write)

    def update(
        self,
        reference: BaseDocumentReference,
        field_updates: dict[str, Any],
        option: Any = None,
    ) -> None:
        """Replace fields of a document under the precondition `option`."""
        names = sorted(field_updates)
        try:
            write = _whole(field_updates)
        except _UnusualValueError:
            write = None
        plain = names and all(map(str.isidentifier, names))
        if write is None or option is None or not plain:
            super().update(reference, field_updates, option)
        else:
            write.update_mask.field_paths.extend(get_field_path([name]) for name in names)
            option.modify_write(Write.wrap(write))
            self._add(reference, write)

    def set(
        self,
        reference: BaseDocumentReference,
        document_data: dict[str, Any],
        merge: Any = False,
    ) -> None:
        """Write a whole document, or with `merge` fields and increments, whatever exists."""
        try:
            write = _merge_write(document_data) if merge is True else _whole(document_data)
        except _UnusualValueError:
            super().set(reference, document_data, merge)
        else:
            self._add(reference, write)

    def _add(self, reference: BaseDocumentReference, write: Any) -> None:
        write.update.name = reference._document_path
        self._document_references[reference._document_path] = reference
        self._add_write_pbs([Write.wrap(write)])


def _whole(document: Mapping[str, Any]) -> Any:
    write = Write.pb()()
    _encode_map(write.update.fields, document)
    return write


def _merge_write(document: Mapping[str, Any]) -> Any:
    write = Write.pb()()
    mask = write.update_mask
    mask.SetInParent()
    for parts, value in sorted(_leaves(document, ()), key=_parts):
        path = get_field_path(parts)
        if isinstance(value, firestore.Increment):
            transform = write.update_transforms.add(field_path=path)
            _encode(transform.increment, value.value)
        else:
            mask.field_paths.append(path)
            fields = write.update.fields
            for name in parts[:-1]:
                fields = fields[name].map_value.fields
            _encode(fields[parts[-1]], value)
    return write


def _leaves(document: Mapping[str, Any], above: Parts) -> Iterator[tuple[Parts, Any]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _parts(leaf: tuple[Parts, Any]) -> Parts:
    return leaf[0]


def _encode_map(fields: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        _encode(fields[name], value)


def _encode(message: Any, value: Any) -> None:
    """Encode a value into the message of a field."""
    if value is None:
        message.null_value = 0
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, bool):
        message.boolean_value = value
    elif isinstance(value, int):
        message.integer_value = value
    elif isinstance(value, float):
        message.double_value = value
    elif isinstance(value, datetime) and not isinstance(value, DatetimeWithNanoseconds):
        message.timestamp_value.FromDatetime(value)
    elif type(value) is bytes:
        message.bytes_value = value
    elif isinstance(value, list | tuple):
        message.array_value.SetInParent()
        for each in value:
            _encode(message.array_value.values.add(), each)
    elif isinstance(value, dict):
        message.map_value.SetInParent()
        _encode_map(message.map_value.fields, value)
    else:
        raise _UnusualValueError
