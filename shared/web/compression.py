"""Answers compressed with gzip, for callers that accept it (RFC 9110, section 8.4).

Small answers are sent as they are: they fit into a packet anyway. So are those with a strong ETag,
which names these very bytes and is what `If-Match` is held against; a weak one names every form of
the same answer. A file that is made while it is sent is compressed piece by piece, and each piece
can be read as soon as it has arrived.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus

from flask import Response, request

MIN_BYTES = 1024
_LEVEL = 6
_GZIP_FORMAT = zlib.MAX_WBITS | 16
_EMPTY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


def compressed(response: Response) -> Response:
    """Return the answer to the current call, compressed if that helps."""
    if response.status_code in _EMPTY or _has_strong_etag(response) or not _accepts_gzip():
        return response
    if response.is_streamed:
        response.response = _pieces(response.iter_encoded())
    else:
        content = response.get_data()
        if len(content) < MIN_BYTES:
            return response
        response.set_data(gzip.compress(content, _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _accepts_gzip() -> bool:
    """Whether the caller accepts gzip, and does not ask for the answer as it is instead."""
    accepted = request.accept_encodings
    quality = accepted.quality("gzip")
    return quality > 0 and quality >= accepted.quality("identity")


def _has_strong_etag(response: Response) -> bool:
    etag, weak = response.get_etag()
    return etag is not None and not weak


def _pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """An error while sending is raised, and leaves the file incomplete."""
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP_FORMAT)
    for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
