"""Measurements as entries of a result."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from shared.campaigns.performance.measurement import (
    ArmTotals,
    DayTotals,
    Effect,
    Measurement,
    MeasurementState,
    Remedy,
    SegmentEffect,
    Unmeasurable,
)
from shared.nightly.result import KEY


def measurement_fields(measurement: Measurement) -> dict[str, Any]:
    """A measurement as values that Firestore can store, with the campaign's id for a key."""
    return {
        KEY: measurement.campaign_id,
        "goal": measurement.goal,
        "sent_at": measurement.sent_at.isoformat(),
        "window_days": measurement.window_days,
        "measured_at": measurement.measured_at.isoformat(),
        "restated_at": measurement.restated_at and measurement.restated_at.isoformat(),
        "state": measurement.state.value,
        "is_sample": measurement.is_sample,
        "treated": asdict(measurement.treated),
        "held_out": asdict(measurement.held_out),
        "revenue": _effect_fields(measurement.revenue),
        "orders": _effect_fields(measurement.orders),
        "segments": [
            {
                "segment": each.segment,
                "treated": asdict(each.treated),
                "held_out": asdict(each.held_out),
                "revenue": _effect_fields(each.revenue),
            }
            for each in measurement.segments
        ],
        "days": [{**asdict(each), "day": each.day.isoformat()} for each in measurement.days],
    }


def measurement_from(entry: Mapping[str, Any]) -> Measurement:
    """The measurement that `measurement_fields` made this of."""
    restated_at = entry["restated_at"]
    return Measurement(
        campaign_id=entry[KEY],
        goal=entry["goal"],
        sent_at=datetime.fromisoformat(entry["sent_at"]),
        window_days=entry["window_days"],
        measured_at=datetime.fromisoformat(entry["measured_at"]),
        restated_at=None if restated_at is None else datetime.fromisoformat(restated_at),
        state=MeasurementState(entry["state"]),
        is_sample=entry["is_sample"],
        treated=ArmTotals(**entry["treated"]),
        held_out=ArmTotals(**entry["held_out"]),
        revenue=_effect(entry["revenue"]),
        orders=_effect(entry["orders"]),
        segments=tuple(
            SegmentEffect(
                segment=each["segment"],
                treated=ArmTotals(**each["treated"]),
                held_out=ArmTotals(**each["held_out"]),
                revenue=_effect(each["revenue"]),
            )
            for each in entry["segments"]
        ),
        days=tuple(
            DayTotals(**{**each, "day": date.fromisoformat(each["day"])}) for each in entry["days"]
        ),
    )


def _effect_fields(effect: Effect) -> dict[str, Any]:
    return {
        "difference": effect.difference,
        "low": effect.low,
        "high": effect.high,
        "p_value": effect.p_value,
        "coverage": effect.coverage,
        "reason": effect.reason.value if effect.reason else None,
        "remedies": [each.value for each in effect.remedies],
    }


def _effect(fields: Mapping[str, Any]) -> Effect:
    reason = fields["reason"]
    return Effect(
        **{
            **fields,
            "reason": None if reason is None else Unmeasurable(reason),
            "remedies": tuple(map(Remedy, fields["remedies"])),
        }
    )
