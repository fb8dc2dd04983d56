"""Custom segments as Firestore documents."""

import json
from collections.abc import Mapping
from typing import Any

from shared.firestore.values import plain_instant
from shared.segments.conditions.parse import definition_json, parse_definition
from shared.segments.custom_segment import CustomSegment


def custom_segment_document(segment: CustomSegment, org_id: str) -> dict[str, Any]:
    """The document. The definition is text: a tree may be deeper than documents can be."""
    return {
        "org_id": org_id,
        "id": segment.id,
        "name": segment.name,
        "description": segment.description,
        "definition": json.dumps(definition_json(segment.definition), ensure_ascii=False),
        "filters": None if segment.filters is None else [dict(each) for each in segment.filters],
        "number": segment.number,
        "rules_revision": segment.rules_revision,
        "created_at": segment.created_at,
        "created_by": segment.created_by,
        "updated_at": segment.updated_at,
        "updated_by": segment.updated_by,
    }


def custom_segment(document: Mapping[str, Any]) -> CustomSegment:
    """The segment behind a document that `custom_segment_document` made."""
    return CustomSegment(
        id=document["id"],
        name=document["name"],
        description=document["description"],
        definition=parse_definition(json.loads(document["definition"])),
        filters=document["filters"],
        number=document["number"],
        rules_revision=document["rules_revision"],
        created_at=plain_instant(document["created_at"]),
        created_by=document["created_by"],
        updated_at=plain_instant(document["updated_at"]),
        updated_by=document["updated_by"],
    )
