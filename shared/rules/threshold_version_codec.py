"""Saved versions of thresholds as Firestore documents."""

from collections.abc import Mapping
from typing import Any

from shared.firestore.values import plain_instant
from shared.segments.threshold_version import ThresholdSource, ThresholdVersion
from shared.segments.thresholds import SettingProblem, stored_values, thresholds_from


def threshold_version_document(version: ThresholdVersion) -> dict[str, Any]:
    """The document; it is written once and never changed."""
    return {
        "number": version.number,
        "thresholds": stored_values(version.thresholds),
        "thresholds_version": version.thresholds.version,
        "saved_at": version.saved_at,
        "saved_by": version.saved_by,
        "source": version.source.value,
        "rolled_back_to": version.rolled_back_to,
    }


def threshold_version(document: Mapping[str, Any]) -> ThresholdVersion:
    """The version behind a document that `threshold_version_document` made."""
    thresholds = thresholds_from(document["thresholds"])
    if isinstance(thresholds, SettingProblem):
        raise ValueError(f"A saved version has an invalid {thresholds.field}.")
    return ThresholdVersion(
        number=document["number"],
        thresholds=thresholds,
        saved_at=plain_instant(document["saved_at"]),
        saved_by=document["saved_by"],
        source=ThresholdSource(document["source"]),
        rolled_back_to=document["rolled_back_to"],
    )
