"""What an organisation sets for itself: its time zone and its thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shared.segments.thresholds import SettingProblem, Thresholds, read_thresholds

DEFAULT_TIME_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSettings:
    """Settings in force. Stored values that are invalid are replaced by defaults and named."""

    org_id: str
    time_zone: ZoneInfo
    thresholds: Thresholds
    thresholds_version: str
    problems: tuple[SettingProblem, ...] = ()


def organization_settings(
    org_id: str, loyalty: Mapping[str, object] | None, analytics: Mapping[str, object] | None
) -> OrganizationSettings:
    """Settings from the stored `loyalty` (thresholds) and `analytics` (timeZone) documents."""
    problems: list[SettingProblem] = []
    thresholds = read_thresholds(loyalty)
    if isinstance(thresholds, SettingProblem):
        problems.append(thresholds)
        thresholds = Thresholds()
    name = (analytics or {}).get("timeZone") or DEFAULT_TIME_ZONE
    try:
        time_zone = ZoneInfo(name if isinstance(name, str) else "")
    except (KeyError, ValueError, OSError):
        problems.append(SettingProblem(field="timeZone", detail="must be an IANA time zone name"))
        time_zone = ZoneInfo(DEFAULT_TIME_ZONE)
    return OrganizationSettings(
        org_id=org_id,
        time_zone=time_zone,
        thresholds=thresholds,
        thresholds_version=thresholds.version,
        problems=tuple(problems),
    )
