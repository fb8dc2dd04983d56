"""The eight segments: ids, labels, descriptions, display order and legacy names."""

from enum import StrEnum


class Segment(StrEnum):
    """A customer's segment; members are in the dashboard's display order."""

    VIP = "vip"
    LOYAL = "loyal"
    NEW = "new"
    AT_RISK = "at_risk"
    SLIPPING = "slipping"
    CHURNED = "churned"
    HIGH_VALUE = "high_value"
    FREQUENT = "frequent"

    @property
    def label(self) -> str:
        """Name shown to people."""
        return _LABELS[self]

    @property
    def description(self) -> str:
        """One sentence for people, true under any thresholds."""
        return _DESCRIPTIONS[self]


_LABELS = {
    Segment.VIP: "VIP",
    Segment.LOYAL: "Loyal",
    Segment.NEW: "New",
    Segment.AT_RISK: "At Risk",
    Segment.SLIPPING: "Slipping",
    Segment.CHURNED: "Churned",
    Segment.HIGH_VALUE: "High Value",
    Segment.FREQUENT: "Frequent",
}

_DESCRIPTIONS = {
    Segment.VIP: "Active customers with the highest lifetime value, or many orders of good size.",
    Segment.LOYAL: "Active customers who have come back.",
    Segment.NEW: "Customers whose first order is recent, or who have ordered once.",
    Segment.AT_RISK: "No order for long enough that they may not return without a reason to.",
    Segment.SLIPPING: "No order for longer than usual: the first sign of leaving.",
    Segment.CHURNED: "No order for so long that they count as lost.",
    Segment.HIGH_VALUE: "Active customers with few but large orders.",
    Segment.FREQUENT: "Active customers with many small orders.",
}

_LEGACY_NAMES = {
    "risk": Segment.AT_RISK,
    "atrisk": Segment.AT_RISK,
    "highvalue": Segment.HIGH_VALUE,
}


def segment_named(name: str) -> Segment | None:
    """The segment for an id or one of the names older dashboards use, such as `at-risk`, `Risk`."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    try:
        return Segment(key)
    except ValueError:
        return _LEGACY_NAMES.get(key.replace("_", ""))
