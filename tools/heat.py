"""The colours of a heatmap: steps from no colour to full, on which text stays legible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

STEPS = 10
"""Step 0 is the page's own colour, step 10 the full one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Colours as #rrggbb."""

    page: str
    text: str
    quiet: str
    line: str
    full: str

    def step(self, number: int) -> str:
        """The colour of a step from 0 to STEPS: even parts between the page's and the full one."""
        return "#" + "".join(
            f"{round(low + (high - low) * number / STEPS):02x}"
            for low, high in zip(_channels(self.page), _channels(self.full), strict=True)
        )


LIGHT = Scheme(page="#ffffff", text="#14202b", quiet="#4d5b68", line="#d5dce2", full="#5fa8e0")
DARK = Scheme(page="#12171c", text="#f1f5f8", quiet="#a9b6c1", line="#34404a", full="#1f68a8")


def oldest_first(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cohorts of an answer, none where they were never computed."""
    return sorted(answer["cohorts"] or (), key=lambda row: str(row["cohort"]))


def largest(rows: Iterable[Mapping[str, Any]]) -> float:
    """The retention of the full colour: the largest after period 0, which is 100 % always."""
    return max(
        (
            float(period["retention"])
            for cohort in rows
            for period in cohort["periods"][1:]
            if period
        ),
        default=0.0,
    )


def step_of(share: float, full: float) -> int:
    """The step of a share of customers; only a share of 0 has step 0."""
    if share <= 0 or full <= 0:
        return 0
    return min(STEPS, max(1, round(STEPS * share / full)))


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if (part := channel / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
