"""Documents of the demo, written as a shop writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from google.cloud import firestore

WRITE_SIZE = 200
Document = tuple[str, dict[str, Any]]
"""Path and content."""


def write_documents(
    client: firestore.Client,
    documents: Sequence[Document],
    show: Callable[[int], None] = lambda written: None,
) -> None:
    """Write documents in commits of WRITE_SIZE, and report the number written after each."""
    for start in range(0, len(documents), WRITE_SIZE):
        batch = client.batch()
        for path, data in documents[start : start + WRITE_SIZE]:
            batch.set(client.document(path), data)
        batch.commit()
        show(min(start + WRITE_SIZE, len(documents)))
