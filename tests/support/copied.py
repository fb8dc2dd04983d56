"""A Firestore project copied into others: what takes long to count is counted once."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1.types import Document, Value, Write

from shared.firestore import paths

Documents = tuple[Document, ...]


def documents_of(client: firestore.Client) -> Documents:
    """Every document of the project, in one query."""
    query = {"from": [{"all_descendants": True}]}
    request = {"parent": f"{client._database_string}/documents", "structured_query": query}
    answers = _api(client).run_query(request=request, metadata=client._rpc_metadata)
    return tuple(answer.document for answer in answers if answer.document.name)


def write_copy(documents: Documents, client: firestore.Client) -> None:
    """Write documents of another project into this one.

    Ledger entries are adjusted to the versions of the orders written here.
    """
    orders: list[Document] = []
    others: list[Document] = []
    for each in documents:
        (orders if f"/documents/{paths.ORDERS}/" in each.name else others).append(each)
    written_at = _commit(orders, client, {})
    _commit(others, client, {"source_version": Value(timestamp_value=written_at)})


def _commit(
    documents: Iterable[Document], client: firestore.Client, version: Mapping[str, Value]
) -> Any:
    """Write all in one commit, the ledger entries with this version; gives when that was."""
    root = f"{client._database_string}/documents/"
    writes = []
    for document in documents:
        path = document.name.split("/documents/", 1)[1]
        counted = version if path.startswith(f"{paths.LEDGER}/") else {}
        fields = {**document.fields, **counted}
        writes.append(Write(update=Document(name=root + path, fields=fields)))
    answer = _api(client).commit(
        request={"database": client._database_string, "writes": writes},
        metadata=client._rpc_metadata,
    )
    return answer.commit_time


def _api(client: firestore.Client) -> Any:
    """The generated client, which takes documents without decoding them."""
    return client._firestore_api
