"""Pairs of real baskets, in SQL, against plain counts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest

from shared.affinity.affinity import (
    NEXT_ORDER,
    SAME_BASKET,
    size_factor,
)
from shared.affinity.pair_statistics import chance, lift_lower
from shared.nightly.result import Result
from tests.affinity.asked_pairs import (
    NOW,
    TODAY,
    counts,
    pairs,
    plain_next_order,
    plain_same_basket,
    real_baskets,
    real_frame,
)
from tests.support.own_data import own_warehouse
from tests.support.warehouse_facts import answers, organization


@pytest.fixture(scope="module")
def frame() -> list[tuple[tuple[int, int], datetime, list[str]]]:
    return real_frame(40)


@pytest.fixture(scope="module")
def real_results(bigquery_host: str) -> Mapping[str, Result]:
    """All pairs of the same baskets, by both relations."""
    questions = (
        replace(SAME_BASKET, maximum_pairs=10**6),
        replace(NEXT_ORDER, maximum_pairs=10**6, minimum_count=10),
    )
    with own_warehouse() as warehouse:
        warehouse.load(real_baskets(40))
        # One after the other: questions of one scan have the same limits.
        actual = [
            answers(warehouse, question, [organization(today=TODAY)], NOW)["org"]
            for question in questions
        ]
    return {**actual[0], **actual[1]}


class TestRealBaskets:
    """Against a computation of its own: a matrix of baskets by products, times itself."""

    def test_all_pairs_and_their_figures(
        self,
        real_results: Mapping[str, Result],
        frame: list[tuple[tuple[int, int], datetime, list[str]]],
    ) -> None:
        import numpy

        result = real_results[SAME_BASKET.name]
        names = sorted({each for _, _, types in frame for each in types})
        column = {name: number for number, name in enumerate(names)}
        present = numpy.zeros((len(frame), len(names)), dtype=numpy.float32)
        for number, (_, _, types) in enumerate(frame):
            present[number, [column[each] for each in types]] = 1
        together = (present.T @ present).round().astype(int)
        single, total = together.diagonal(), len(frame)
        sizes = present.sum(axis=1)
        others = present.T @ (sizes - 1)
        expected = plain_same_basket(
            [types for _, _, types in frame], 5, [str(household) for (household, _), _, _ in frame]
        )

        assert result.summary["orders"] == total
        assert result.summary["pairs_found"] == len(expected) > 5_000
        assert counts(result) == expected
        often = int((single >= 5).sum())
        assert result.summary["pairs_tested"] == often * (often - 1) // 2
        factor = total * (sizes * (sizes - 1)).sum() / sizes.sum() ** 2
        assert size_factor(result.summary) == pytest.approx(factor)
        share = single / total
        for each in pairs(result):
            a, b = column[each.a.id], column[each.b.id]
            both = together[a, b]
            by_chance = factor * single[a] * single[b] / total
            assert each.support == pytest.approx(both / total, rel=1e-12)
            assert each.confidence_ab == pytest.approx(both / single[a], rel=1e-12)
            assert each.confidence_ba == pytest.approx(both / single[b], rel=1e-12)
            assert each.lift == pytest.approx(both / total / (share[a] * share[b]), rel=1e-12)
            assert each.lift_adjusted == pytest.approx(both / by_chance)
            assert each.lift_lower == pytest.approx(lift_lower(each.count, by_chance))
            wide = max(by_chance, others[a] * others[b] / others.sum())
            tail = chance(each.count, wide) * often * (often - 1) / 2
            assert each.p_value == pytest.approx(min(1, tail), rel=1e-3)

    def test_all_next_orders(
        self,
        real_results: Mapping[str, Result],
        frame: list[tuple[tuple[int, int], datetime, list[str]]],
    ) -> None:
        result = real_results[NEXT_ORDER.name]
        by_household: dict[int, list[tuple[datetime, str, set[str]]]] = {}
        for (household, basket), placed, types in frame:
            by_household.setdefault(household, []).append((placed, str(basket), set(types)))
        steps = []
        for household, baskets in by_household.items():
            contents = [types for _, _, types in sorted(baskets, key=lambda each: each[:2])]
            steps += [(str(household), *step) for step in pairwise(contents)]
        assert result.summary["orders"] == len(steps)
        assert counts(result) == plain_next_order(steps, 10)
