"""One result: how something compares with a baseline that ran in the same minute."""

import operator
import re
from dataclasses import dataclass

COMPARISONS = {"≤": operator.le, "<": operator.lt, "≥": operator.ge, ">": operator.gt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A measurement and its baseline."""

    what: str
    baseline: str
    value: float
    goal: str
    """Such as `≤ 1.25`. Text of another form, or none, is for the reader alone."""
    figures: str
    """The two measurements behind the ratio, with units."""

    @property
    def missed(self) -> bool:
        """Whether the ratio misses its goal, to the two decimals that are printed."""
        goal = re.match(r"([≤<≥>]) ([\d.]+)", self.goal)
        if goal is None:
            return False
        return not COMPARISONS[goal[1]](round(self.value, 2), float(goal[2]))
