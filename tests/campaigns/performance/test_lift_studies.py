"""Many campaigns where the truth is known; docs/campaign-statistics.md has a thousand of each.

What it says holds on every line of it: see `test_every_reported_line_is_covered`.
"""

import re
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from shared.campaigns.performance.coverage import audience_coverage, is_measurable
from tests.benchmarks.reports.campaign_report import BEFORE_DAYS, PATH
from tests.campaigns.performance.campaign_shops import (
    Draw,
    heavy,
    light,
    of_purchases,
    sampled,
    study,
)
from tests.predictions.public_purchases import cdnow, complete_journey

RUNS = 600
NOISE = 3 * (0.05 * 0.95 / RUNS) ** 0.5
"""Three standard errors of a share of 5 %."""


def shop_of(name: str, customers: int) -> Draw:
    return partial({"light": light, "heavy": heavy}[name], customers=customers)


@pytest.mark.parametrize(("name", "share"), [("light", 0.1), ("light", 0.5), ("heavy", 0.5)])
def test_a_known_lift_is_found_without_bias_and_credit_overstates_it(
    name: str, share: float
) -> None:
    found = study(shop_of(name, 1_000), share, lift=0.1, seed=3, runs=RUNS, judged=0)
    assert abs(found.coverage - 0.95) <= NOISE
    assert abs(found.bias) < 4
    assert found.false_alarms <= 0.05 + NOISE
    assert found.overstated is not None
    assert found.overstated > 5


def test_real_households_give_a_shorter_interval() -> None:
    """84 days before and 14 after; nothing was sent, so every alarm is false."""
    data = complete_journey()
    day = data.day_of(date(2017, 6, 1))
    spends = of_purchases(data, day, before_days=BEFORE_DAYS, window_days=14)
    found = study(sampled(spends, 3_000), 0.1, lift=0, seed=4, runs=RUNS, judged=0)
    assert found.shorter >= 0.3
    assert abs(found.coverage - 0.95) <= NOISE
    assert found.false_alarms <= 0.05 + NOISE


def test_a_shop_of_few_orders_needs_half_of_its_audience_held_out() -> None:
    data = cdnow()
    spends = of_purchases(
        data, data.day_of(date(1997, 9, 1)), before_days=BEFORE_DAYS, window_days=14
    )
    random = np.random.default_rng(5)
    chosen = sampled(spends, 3_000)(random)

    def coverage(share: float) -> float:
        return audience_coverage(chosen.past, chosen.recent, chosen.during, share, random=random)

    assert not is_measurable(coverage(0.1))
    assert is_measurable(coverage(0.5))


def test_every_reported_line_is_covered() -> None:
    lines = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in Path(PATH).read_text("utf-8").splitlines()
        if re.match(r"\| (light|heavy|Complete Journey|CDNOW)", line)
    ]
    assert len(lines) == 32
    reported = 0
    for _, _, _, covered, where_reported, refused, judged, _, bias, alarms, shorter, _ in lines:
        assert abs(float(bias)) < 3
        assert _percent(alarms) <= 0.05 + 3 * (0.05 * 0.95 / 1_000) ** 0.5
        assert _percent(shorter) >= 0
        if _percent(refused) < 1:
            reported += 1
            assert 0.93 <= _percent(where_reported) <= 0.97
        # Where some audiences are refused, the figure is of the others alone.
        assert int(judged) == 100 or (_percent(refused), where_reported) in [(0, covered), (1, "")]
    assert reported >= 24


def _percent(text: str) -> float:
    return float(text.removesuffix("%")) / 100
