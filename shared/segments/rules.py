"""Rules of an organisation: thresholds, custom segments and model, as one."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shared.predictions.model import PublishedModel
from shared.segments.conditions.evaluate import CustomSegments
from shared.segments.thresholds import Thresholds

_NO_CUSTOM_SEGMENTS = CustomSegments({}, Thresholds(), ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRules:
    """The rules of one revision. They change together, so that no customer is between two."""

    revision: int = 0
    """Grows with every change; 0 for an organisation that has never changed anything here."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    thresholds_number: int = 0
    """Number of the saved thresholds in force; 0 if none was saved here."""
    custom: CustomSegments = _NO_CUSTOM_SEGMENTS
    model: PublishedModel | None = None
    """The model of churn and value; None if none was published."""

    thresholds_version: str = field(init=False)
    """Short id of the thresholds: equal values have equal versions."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds_version", self.thresholds.version)
