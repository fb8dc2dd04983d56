"""Thresholds as the dashboard stores them, in both of its forms."""

from dataclasses import replace

import pytest

from shared.segments.segment import Segment, segment_named
from shared.segments.thresholds import SettingProblem, Thresholds, read_thresholds


def test_defaults_without_any_settings() -> None:
    assert read_thresholds(None) == Thresholds()
    assert read_thresholds({}) == Thresholds()
    assert read_thresholds({"pointsPerDollar": 1}) == Thresholds()


def test_a_map_of_thresholds() -> None:
    stored = {"segmentThresholds": {"vip_minLifetimeValue": 750.5, "churned_minDays": 120}}

    assert read_thresholds(stored) == replace(
        Thresholds(), vip_min_lifetime_value_cents=750_50, churned_min_days=120
    )


def test_literal_dotted_fields_which_the_editor_writes_by_accident() -> None:
    stored = {"segmentThresholds.slipping_minDays": 20, "segmentThresholds.vip_minAOV": "45"}

    assert read_thresholds(stored) == replace(
        Thresholds(), slipping_min_days=20, vip_min_aov_cents=45_00
    )


def test_literal_fields_win_over_the_map_because_they_are_saved_last() -> None:
    stored = {"segmentThresholds": {"new_maxDays": 10}, "segmentThresholds.new_maxDays": 14}

    assert read_thresholds(stored) == replace(Thresholds(), new_max_days=14)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slipping_minDays", 60),
        ("slipping_minDays", 0),
        ("atRisk_minDays", 30),
        ("atRisk_minDays", 90),
        ("churned_minDays", 60),
        ("churned_minDays", 36_501),
        ("new_maxDays", -1),
        ("loyal_minOrders", 0),
        ("loyal_minOrders", 2.5),
        ("vip_minOrders", "many"),
        ("vip_minOrders", True),
        ("vip_minLifetimeValue", -1),
        ("vip_minLifetimeValue", 10_000_000_000.01),
        ("vip_minLifetimeValue", 1e300),
        ("frequent_maxAOV", "a lot"),
        ("highValue_minAOV", float("nan")),
    ],
)
def test_invalid_thresholds_are_refused_by_name(name: str, value: object) -> None:
    for stored in ({"segmentThresholds": {name: value}}, {f"segmentThresholds.{name}": value}):
        problem = read_thresholds(stored)
        assert isinstance(problem, SettingProblem)
        assert problem.field in (name, "atRisk_minDays", "churned_minDays")


def test_a_map_that_is_no_map_is_refused() -> None:
    problem = read_thresholds({"segmentThresholds": [1, 2]})

    assert isinstance(problem, SettingProblem)
    assert problem.field == "segmentThresholds"


def test_equal_values_have_equal_versions() -> None:
    stored = read_thresholds({"segmentThresholds": {"vip_minOrders": 8}})

    assert isinstance(stored, Thresholds)
    assert stored.version == Thresholds().version
    assert Thresholds().version != replace(Thresholds(), vip_min_orders=9).version


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("vip", Segment.VIP),
        ("VIP", Segment.VIP),
        ("at-risk", Segment.AT_RISK),
        ("At Risk", Segment.AT_RISK),
        ("Risk", Segment.AT_RISK),
        ("HighValue", Segment.HIGH_VALUE),
        ("Churned", Segment.CHURNED),
        ("regular", None),
        ("", None),
    ],
)
def test_legacy_names(name: str, segment: Segment | None) -> None:
    assert segment_named(name) == segment
