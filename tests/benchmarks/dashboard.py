"""Time until the dashboard shows its numbers on a slow machine and line, against its limit."""

import json
from math import ceil

from tests.benchmarks.ratio import Ratio
from tests.dashboard.npm import npm

LOADS = 20
SHORTEST = 16.0
"""Milliseconds of the shortest interaction that a browser reports; none reported counts as one."""
SLOW = "CPU 4 times slower, 10 Mbit/s, 40 ms"


def measure() -> list[Ratio]:
    """The pages' first numbers, an interaction with a heatmap of 60 × 60, and the layout shift."""
    seen = json.loads(npm("speed", LOADS=str(LOADS)))
    return [
        _against("eight cards with numbers", seen["loads"]["/"], 1_500),
        _against("key figures of analytics", seen["loads"]["/analytics"], 2_000),
        _against("interaction with 60 × 60 cells", seen["interactions"] or [SHORTEST], 200),
        Ratio(
            what="layout shift",
            baseline="allowed",
            value=seen["shift"] / 0.05,
            goal="≤ 1",
            figures=f"{seen['shift']:.3f} of 0.05",
        ),
    ]


def _against(what: str, milliseconds: list[float], allowed: float) -> Ratio:
    p95 = sorted(milliseconds)[ceil(0.95 * len(milliseconds)) - 1]
    return Ratio(
        what=f"{what}, p95",
        baseline=f"allowed; {SLOW}",
        value=p95 / allowed,
        goal="≤ 1",
        figures=f"{p95:.0f} ms of {allowed:.0f} ms, {len(milliseconds)} times",
    )
