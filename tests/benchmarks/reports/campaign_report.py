"""Write docs/campaign-statistics.md: `python -m tests.benchmarks.reports.campaign_report`.

All figures of the document come from here, and are printed one line after the other. The text
around them is campaign_report.md.

It takes some fifteen minutes.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from zlib import crc32

from tests.campaigns.performance.campaign_shops import (
    Draw,
    Random,
    Spends,
    Study,
    heavy,
    light,
    of_purchases,
    sampled,
    study,
)
from tests.predictions.public_purchases import Purchases, cdnow, complete_journey
from tools.console import run

PATH = Path(__file__).parents[3] / "docs" / "campaign-statistics.md"
TEMPLATE = Path(__file__).with_suffix(".md")
SIZES = (500, 1_000, 3_000, 10_000, 50_000)
SHARES = (0.1, 0.5)
SHOPS: dict[str, Callable[[Random, int], Spends]] = {"light": light, "heavy": heavy}
LIFT = 0.1
AUDIENCE = 3_000
BEFORE_DAYS = 84
WINDOWS = (7, 14, 28)
HEADER = (
    "| Shop | Members | Held out | Covered | Reported | Not measurable | Judged | Own coverage "
    "| Bias | Alarms | Shorter | Credited |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def report() -> str:
    """The document."""
    text = TEMPLATE.read_text("utf-8")
    for name, rows in (("simulated", simulated()), ("real", real())):
        text = text.replace(f"{{{name}}}", "\n".join([HEADER, *rows]))
    return text


def simulated() -> Iterator[str]:
    """Shops of every size with a known lift."""
    for name, shop in SHOPS.items():
        for customers in SIZES:
            for share in SHARES:
                draw = partial(_drawn, shop, customers)
                yield row(name, customers, share, draw, LIFT)


def real() -> Iterator[str]:
    """Real shops on days on which nothing was sent."""
    shops: list[tuple[str, Purchases, date]] = [
        ("Complete Journey", complete_journey(), date(2017, 6, 1)),
        ("CDNOW", cdnow(), date(1997, 9, 1)),
    ]
    for name, data, day in shops:
        for window_days in WINDOWS:
            spends = of_purchases(
                data, data.day_of(day), before_days=BEFORE_DAYS, window_days=window_days
            )
            size = min(AUDIENCE, len(spends.during))
            for share in SHARES:
                draw = sampled(spends, AUDIENCE)
                yield row(f"{name}, {window_days} days", size, share, draw, 0)


def row(name: str, customers: int, share: float, draw: Draw, lift: float) -> str:
    """A line of a table, of 1,000 campaigns, drawn apart from those of other lines."""
    seed = crc32(f"{name} {customers} {share}".encode())
    found = line(name, customers, share, study(draw, share, lift=lift, seed=seed))
    print(found, flush=True)
    return found


def line(name: str, customers: int, share: float, found: Study) -> str:
    """Return a study's line of the report."""
    credited = f"{found.overstated:.1f} ×" if found.overstated else ""
    reported, judged = found.reported, len(found.reported.own_coverages)
    covered = "" if reported.coverage is None else f"{reported.coverage:.1%}"
    return (
        f"| {name} | {customers:,} | {share:.0%} | {found.coverage:.1%} | {covered} "
        f"| {reported.not_measurable:.0%} | {judged} | {reported.own_coverage:.1%} "
        f"| {found.bias:+.1f} | {found.false_alarms:.1%} | {found.shorter:.0%} | {credited} |"
    )


def _drawn(shop: Callable[[Random, int], Spends], customers: int, random: Random) -> Spends:
    return shop(random, customers)


def main() -> None:
    """Write docs/campaign-statistics.md."""
    PATH.write_text(report(), "utf-8")
    print(f"Wrote {PATH}")


if __name__ == "__main__":
    run(main)
