"""An organisation's own numbers behind the eight segments."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from shared.kernel.money import MAX_CENTS, parse_cents

STORED_MAP = "segmentThresholds"
"""Name of the map in the organisation's loyalty settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Lower bounds are inclusive, upper bounds strict. Days are 24-hour days, money is cents."""

    loyal_min_orders: int = 2
    vip_min_lifetime_value_cents: int = 500_00
    vip_min_orders: int = 8
    vip_min_aov_cents: int = 50_00
    high_value_min_aov_cents: int = 75_00
    high_value_max_orders: int = 5
    frequent_min_orders: int = 5
    frequent_max_aov_cents: int = 60_00
    slipping_min_days: int = 30
    at_risk_min_days: int = 60
    churned_min_days: int = 90
    new_max_days: int = 30

    @property
    def version(self) -> str:
        """Short id of these values: equal values have equal versions."""
        values = ",".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return hashlib.sha256(values.encode()).hexdigest()[:12]

    @property
    def slipping_after(self) -> timedelta:
        """Time since the last order from which a customer is slipping."""
        return timedelta(days=self.slipping_min_days)

    @property
    def at_risk_after(self) -> timedelta:
        """Time since the last order from which a customer is at risk."""
        return timedelta(days=self.at_risk_min_days)

    @property
    def churned_after(self) -> timedelta:
        """Time since the last order from which a customer is churned."""
        return timedelta(days=self.churned_min_days)

    @property
    def new_until(self) -> timedelta:
        """Time since the first order up to which a customer is new."""
        return timedelta(days=self.new_max_days)


STORED_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "loyal_minOrders": "loyal_min_orders",
        "vip_minLifetimeValue": "vip_min_lifetime_value_cents",
        "vip_minOrders": "vip_min_orders",
        "vip_minAOV": "vip_min_aov_cents",
        "highValue_minAOV": "high_value_min_aov_cents",
        "highValue_maxOrders": "high_value_max_orders",
        "frequent_minOrders": "frequent_min_orders",
        "frequent_maxAOV": "frequent_max_aov_cents",
        "slipping_minDays": "slipping_min_days",
        "atRisk_minDays": "at_risk_min_days",
        "churned_minDays": "churned_min_days",
        "new_maxDays": "new_max_days",
    }
)
"""The dashboard's names of the thresholds, with the fields that hold them here."""


def stored_values(thresholds: Thresholds) -> dict[str, int | float]:
    """Thresholds under the dashboard's names and in its units: money is not in cents there."""
    values: dict[str, int | float] = {}
    for name, field in STORED_NAMES.items():
        value: int = getattr(thresholds, field)
        values[name] = value / 100 if field.endswith("_cents") else value
    return values


_MAX_COUNT = 1_000_000
_MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingProblem:
    """Reason for refusing a setting."""

    field: str
    """The name of the setting, as stored."""
    detail: str


def named_thresholds(settings: Mapping[str, object]) -> Thresholds | SettingProblem | None:
    """The same as `read_thresholds`; None if the settings name no threshold at all."""
    stored_map = settings.get(STORED_MAP)
    names = settings.keys() & {f"{STORED_MAP}.{name}" for name in STORED_NAMES}
    if isinstance(stored_map, Mapping):
        names |= stored_map.keys() & STORED_NAMES.keys()
    elif stored_map is not None:
        names.add(STORED_MAP)
    return read_thresholds(settings) if names else None


def read_thresholds(settings: Mapping[str, object] | None) -> Thresholds | SettingProblem:
    """Thresholds from a stored loyalty settings document, over the defaults.

    The dashboard's editor has stored them in two forms: a map `segmentThresholds`, and literal
    top-level fields named `segmentThresholds.<name>`. The editor writes the second form last, so
    where both name a threshold the literal field wins. Unknown names are left alone.
    """
    if not settings:
        return Thresholds()
    values: dict[str, object] = {}
    stored_map = settings.get(STORED_MAP)
    if stored_map is not None and not isinstance(stored_map, Mapping):
        return SettingProblem(field=STORED_MAP, detail="must be a map of thresholds")
    for name in STORED_NAMES:
        if stored_map and stored_map.get(name) is not None:
            values[name] = stored_map[name]
        literal = settings.get(f"{STORED_MAP}.{name}")
        if literal is not None:
            values[name] = literal
    return thresholds_from(values)


def thresholds_from(values: Mapping[str, object]) -> Thresholds | SettingProblem:
    """Thresholds from the dashboard's names and units over the defaults, or the first problem."""
    whole_numbers: dict[str, int] = {}
    for name, value in values.items():
        field = STORED_NAMES[name]
        number = parse_cents(value) if field.endswith("_cents") else whole_number(value)
        limit = _MAX_DAYS if field.endswith("_days") else _MAX_COUNT
        if field.endswith("_cents"):
            if number is None or not 0 <= number <= MAX_CENTS:
                detail = f"must be an amount of money from 0 to {MAX_CENTS // 100}"
                return SettingProblem(field=name, detail=detail)
        elif number is None or not 1 <= number <= limit:
            return SettingProblem(field=name, detail=f"must be a whole number from 1 to {limit}")
        whole_numbers[field] = number
    thresholds = Thresholds(**whole_numbers)
    if not thresholds.slipping_min_days < thresholds.at_risk_min_days:
        return SettingProblem(field="atRisk_minDays", detail="must be more than slipping_minDays")
    if not thresholds.at_risk_min_days < thresholds.churned_min_days:
        return SettingProblem(field="churned_minDays", detail="must be more than atRisk_minDays")
    return thresholds


def whole_number(value: object) -> int | None:
    """Whole numbers, also as floats or digits in text: the editor's form fields give both."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        text = value.strip()
        return int(text) if len(text) <= 9 else None
    return None
