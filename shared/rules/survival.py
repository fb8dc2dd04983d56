"""Survival: the Kaplan–Meier estimate of durations, some of which have not ended yet.

Source: E. L. Kaplan and P. Meier, "Nonparametric Estimation from Incomplete Observations", Journal
of the American Statistical Association 53 (1958). Variance: M. Greenwood (1926).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import exp, inf, log, sqrt

NORMAL_95 = 1.959963984540054
"""Standard deviations either side of the mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An estimated part of a whole, 0 to 1, with its 95 % interval."""

    value: float
    low: float | None
    """None, like `high`, if `value` is 0 or 1: the method has no interval there."""
    high: float | None


class Survival:
    """Distribution of a duration, estimated from ended and unfinished ones.

    Durations are whole numbers of 0 or more in any unit. Where one ends and another is cut off at
    the same duration, the one cut off was still at risk: it is censored right after.
    """

    def __init__(self, *, complete: Iterable[int], unfinished: Iterable[int]) -> None:
        """`complete` are complete durations; `unfinished` the durations so far of ongoing ones."""
        ends, cuts = Counter(complete), Counter(unfinished)
        self._times = sorted({*ends, *cuts})
        exits = accumulate((ends[time] + cuts[time] for time in self._times), initial=0)
        total = ends.total() + cuts.total()
        self._at_risk = [total - exits_so_far for exits_so_far in exits]
        """At risk at each time; at the end, those after the last one: 0."""
        self._survival, self._hazard_variance = [1.0], [0.0]
        self._ended = [0, *accumulate(ends[time] for time in self._times)]
        for time, at_risk in zip(self._times, self._at_risk, strict=False):
            count = ends[time]
            survivors = at_risk - count
            self._survival.append(self._survival[-1] * (survivors / at_risk))
            term = count / (at_risk * survivors) if survivors else inf if count else 0.0
            self._hazard_variance.append(self._hazard_variance[-1] + term)

    def at(self, duration: int) -> float:
        """Share that lasts longer than `duration`; known up to the longest duration seen."""
        return self._survival[self._place(duration)]

    def at_risk_after(self, duration: int) -> int:
        """Return the number of durations known to exceed `duration`."""
        return self._at_risk[self._place(duration)]

    def cut_off_within(self, start: int, end: int) -> int:
        """Return the number censored after more than `start` and at most `end`."""
        first, last = self._place(start), self._place(end)
        completions = self._ended[last] - self._ended[first]
        return self._at_risk[first] - self._at_risk[last] - completions

    def ending_within(self, start: int, end: int) -> Share | None:
        """Share of the times longer than `start` that end by `end`.

        1 - S(end) / S(start), with the 95 % interval that Greenwood's variance gives on the scale
        log(-log S): so it stays within 0 and 1, and is not symmetric. None if nothing was seen
        to last longer than `start`.
        """
        first, last = self._place(start), self._place(end)
        if not self._at_risk[first]:
            return None
        lasting = self._survival[last] / self._survival[first]
        if not 0 < lasting < 1:
            return Share(value=1 - lasting, low=None, high=None)
        variance = self._hazard_variance[last] - self._hazard_variance[first]
        spread = exp(NORMAL_95 * sqrt(variance) / -log(lasting))
        return Share(value=1 - lasting, low=1 - lasting ** (1 / spread), high=1 - lasting**spread)

    def _place(self, duration: int) -> int:
        """Number of observed times that are not beyond `duration`."""
        return bisect_right(self._times, duration)
