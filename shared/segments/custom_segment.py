"""A custom segment: an organisation's own, defined by conditions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.segments.conditions.nodes import Node

MAX_CUSTOM_SEGMENTS = 100
"""Per organisation."""
MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 500

ID_PATTERN = r"cs_[0-9a-f]{12}"
"""A regular expression that the id of a custom segment matches as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSegment:
    """One custom segment as it was last saved."""

    id: str
    name: str
    description: str | None
    definition: Node
    filters: Sequence[dict[str, object]] | None
    """The flat form in which the definition was given, unchanged; None for a tree."""
    number: int
    """Number of saves: identifies the version."""
    rules_revision: int
    """The revision of the organisation's rules that it came into force with."""
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


def is_custom_segment_id(text: str) -> bool:
    """Whether the text is of the form that ids of custom segments have."""
    return re.fullmatch(ID_PATTERN, text) is not None
