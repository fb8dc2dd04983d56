"""CRM fields of the dashboard's `customers/{id}` documents about one person, except consent.

Several documents may be about one person. A field that is missing or malformed is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from shared.kernel.instants import parse_instant
from shared.orders.text import clean_text
from shared.segments.crm_profile import CrmProfile, LoyaltyTier

CRM_FIELDS = (
    "firstName",
    "lastName",
    "tier",
    "points",
    "loyaltyPoints",
    "purchaseStreak",
    "customTags",
    "source",
    "createdAt",
    "archived",
)
"""Fields read of a document in addition to those of `shared.contacts.profile`."""
MAX_TEXT_LENGTH = 200
MAX_TAGS = 100
_MOST = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmDocument:
    """One document as it is stored."""

    id: str
    data: Mapping[str, object]
    updated_at: datetime


def crm_profile(documents: Sequence[CrmDocument], time_zone: tzinfo = UTC) -> CrmProfile:
    """Combine the documents into one profile, whatever shape their fields have; never raises.

    An archived one counts only where no other has a value.
    """
    newest_first = sorted(
        documents, key=lambda each: (_archived(each), -each.updated_at.timestamp(), each.id)
    )
    contents = [each.data for each in newest_first]
    tiers = [_tier(data.get("tier")) for data in contents]
    points = [_count(data.get(name)) for data in contents for name in ("points", "loyaltyPoints")]
    streaks = [_count(data.get("purchaseStreak")) for data in contents]
    creation_times = [parse_instant(data.get("createdAt"), time_zone) for data in contents]
    return CrmProfile(
        ids=tuple(sorted(each.id for each in documents)),
        first_name=_first_text(contents, "firstName"),
        last_name=_first_text(contents, "lastName"),
        tier=next((each for each in tiers if each is not None), None),
        points=next((each for each in points if each is not None), None),
        purchase_streak=next((each for each in streaks if each is not None), None),
        tags=_tags(contents),
        source=_first_text(contents, "source"),
        created_at=min((each for each in creation_times if each is not None), default=None),
    )


def _archived(document: CrmDocument) -> bool:
    return document.data.get("archived") not in (None, False)


def _first_text(documents: Sequence[Mapping[str, object]], name: str) -> str | None:
    texts = (clean_text(data.get(name), MAX_TEXT_LENGTH) for data in documents)
    return next((each for each in texts if each is not None), None)


def _tier(value: object) -> LoyaltyTier | None:
    text = (clean_text(value) or "").lower()
    return LoyaltyTier(text) if text in list(LoyaltyTier) else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < _MOST else None


def _tags(documents: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    labels: dict[str, str] = {}
    for data in documents:
        tags = data.get("customTags")
        for tag in tags if isinstance(tags, list) else ():
            text = clean_text(tag, MAX_TEXT_LENGTH)
            if text is not None:
                labels.setdefault(text.casefold(), text)
    return tuple(sorted(labels.values()))[:MAX_TAGS]
