"""One result: how something compares with a baseline that ran in the same minute."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What was measured against what."""

    what: str
    baseline: str
    value: float
    goal: str
    """Such as `≤ 1.25`."""
    figures: str
    """The two measurements behind the ratio, with units."""
