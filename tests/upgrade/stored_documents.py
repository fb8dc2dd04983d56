"""Documents of a database as JSON, to bring data that an earlier version wrote into a test."""

import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.protobuf import json_format

from shared.warehouse.changelog import ChangelogRow

BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class StoredDatabase:
    """Everything that an installation of some version holds."""

    version: str
    now: datetime
    """The instant that its clock showed."""
    documents: tuple[tuple[str, dict[str, Any]], ...]
    """Paths, and fields in the JSON form of the database's own protocol."""
    export: tuple[ChangelogRow, ...]

    def restore(self, client: firestore.Client, under: str = "") -> None:
        """Write the documents whose path begins with `under`, exactly as they were."""
        root = f"projects/{client.project}/databases/(default)/documents"
        kept = [(path, fields) for path, fields in self.documents if path.startswith(under)]
        for start in range(0, len(kept), BATCH_SIZE):
            writes = [
                types.Write(update=_document(f"{root}/{path}", fields))
                for path, fields in kept[start : start + BATCH_SIZE]
            ]
            client._firestore_api.commit(
                request={"database": client._database_string, "writes": writes},
                metadata=client._rpc_metadata,
            )


def stored_database(file: Path) -> StoredDatabase:
    """The database in a compressed file."""
    content = json.loads(gzip.decompress(file.read_bytes()))
    return StoredDatabase(
        version=content["version"],
        now=datetime.fromisoformat(content["now"]),
        documents=tuple((each["path"], each["fields"]) for each in content["documents"]),
        export=tuple(
            ChangelogRow(
                **{**row, "timestamp": datetime.fromisoformat(row["timestamp"])},
                path_params=None,
            )
            for row in content["export"]
        ),
    )


def _document(name: str, fields: dict[str, Any]) -> types.Document:
    document = types.Document()
    json_format.ParseDict({"name": name, "fields": fields}, types.Document.pb(document))
    return document
