"""The rules of an organisation's segments as a Firestore document."""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.kernel.errors import UnstorableError
from shared.organizations.settings import StoredRules
from shared.predictions.model import from_json, to_json
from shared.segments.conditions.parse import definition_json, parse_definition
from shared.segments.thresholds import SettingProblem, stored_values, thresholds_from

MAX_DEFINITIONS_BYTES = 900_000
"""Maximum compressed size of all definitions; a document holds 1 MiB."""


def rules_document(rules: StoredRules, saved_at: datetime) -> dict[str, Any]:
    """The document. All definitions are in it, so that one read returns consistent rules.

    Raises UnstorableError if they are too large for that.
    """
    definitions = {id: definition_json(node) for id, node in rules.definitions.items()}
    compressed = zlib.compress(json.dumps(definitions).encode())
    if len(compressed) > MAX_DEFINITIONS_BYTES:
        raise UnstorableError("All definitions together do not fit into one document.")
    return {
        "revision": rules.revision,
        "thresholds": stored_values(rules.thresholds),
        "thresholds_number": rules.thresholds_number,
        "definitions": compressed,
        "model": to_json(rules.model) if rules.model else None,
        "saved_at": saved_at,
    }


def stored_rules(document: Mapping[str, Any]) -> StoredRules:
    """The rules behind a document that `rules_document` made."""
    thresholds = thresholds_from(document["thresholds"])
    if isinstance(thresholds, SettingProblem):
        raise ValueError(f"The stored rules have an invalid {thresholds.field}.")
    definitions = json.loads(zlib.decompress(document["definitions"]))
    # Not in rules that versions up to 0.3 saved.
    model = document.get("model")
    return StoredRules(
        revision=document["revision"],
        thresholds=thresholds,
        thresholds_number=document["thresholds_number"],
        definitions={id: parse_definition(tree) for id, tree in definitions.items()},
        model=from_json(model) if model is not None else None,
    )


def definitions_length(document: Mapping[str, Any]) -> int:
    """Characters of all definitions in a document that `rules_document` made."""
    return len(zlib.decompress(document["definitions"]))
