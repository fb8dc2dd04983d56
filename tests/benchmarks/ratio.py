"""One result: how something compares with a baseline that ran in the same minute."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A measurement and its baseline."""

    what: str
    baseline: str
    value: float
    goal: str
    """Such as `≤ 1.25`."""
    figures: str
    """The two measurements behind the ratio, with units."""
