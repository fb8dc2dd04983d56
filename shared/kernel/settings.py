"""Settings of an installation, read once from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.kernel.errors import ConfigurationError
from shared.kernel.rate_limit import MAX_NUMBER, OFF, RateLimit, parse_limit

CUSTOMER_KEY_SECRET = "CUSTOMER_KEY_SECRET"
ANTHROPIC_API_KEY = "ANTHROPIC_API_KEY"
INSIGHTS_LLM_ENABLED = "INSIGHTS_LLM_ENABLED"
"""While it is not `true`, no function is bound to ANTHROPIC_API_KEY, and no key is requested."""
Effort = Literal["low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
MIN_SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Values in force. Each is set by the environment variable of the same name in capitals."""

    counter_shards: int = 4
    """Documents an organisation's counters are spread over; 1 to 64. Each takes about one
    sustained write per second. May be changed at any time."""
    settings_refresh_seconds: int = 30
    """Seconds for which thresholds, time zones and aliases are kept in memory; 0 to 3600."""
    cors_origins: tuple[str, ...] = ()
    """Origins a browser may call from, separated by commas, exactly as browsers send them."""
    functions_emulator: bool = False
    """Whether this is the emulator of the Firebase CLI, which sets the variable. There, pages of
    localhost may call the API from any port."""
    bigquery_dataset: str = "segmentation"
    """Dataset of the export and of the tables computed from it."""
    maximum_gigabytes_billed: int = 200
    """Limit of one query: one that would scan more fails, and costs nothing."""
    export_enabled: bool = True
    """Whether changes of orders are exported. While they are not, nightly numbers do not change."""
    roll_up_enabled: bool = True
    """Whether days that are over are added up. Nothing is lost while it is off."""
    compute_enabled: bool = True
    """Whether scheduled analytics are computed. While they are not, the last ones grow stale."""

    predictions_enabled: bool = True
    """Whether models are fitted and published. Those in force keep scoring customers."""

    insights_enabled: bool = True
    """Whether insights are made. While they are not, the last ones say that they are stale."""
    insights_llm_enabled: bool = False
    """Whether Claude words them. It needs the secret ANTHROPIC_API_KEY."""
    insights_model: str = "claude-sonnet-5-5"
    """The model that words them."""
    insights_effort: Effort = "low"
    """Effort that it puts into an answer."""
    insights_timeout_seconds: int = 20
    """Timeout of one call of it, in seconds; 1 to 120. A failed call is repeated once."""

    scans_per_account: RateLimit | None = RateLimit(burst=30, interval_seconds=10)
    """Calls of one account that read every customer, at once / seconds until one more; None for no
    limit, which is `off`."""
    scans_per_organization: RateLimit | None = RateLimit(burst=60, interval_seconds=4)
    """The same of all accounts that call about one organisation."""
    changes_per_account: RateLimit | None = RateLimit(burst=10, interval_seconds=20)
    """Calls of one account that change rules, after which every customer is evaluated."""
    changes_per_organization: RateLimit | None = RateLimit(burst=20, interval_seconds=10)
    """The same of all accounts that call about one organisation."""
    refreshes_per_organization: RateLimit | None = RateLimit(burst=4, interval_seconds=900)
    """Calls that refresh an organisation's insights, by all accounts together."""
    wordings_per_organization: RateLimit | None = RateLimit(burst=12, interval_seconds=7200)
    """Calls of Claude for one organisation: at most 24 in a day, and 12 a day in the long run."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check. Raises ConfigurationError naming the variable and what it allows."""
        return cls(
            counter_shards=_whole_number(environment, "COUNTER_SHARDS", 4, 1, 64),
            settings_refresh_seconds=_whole_number(
                environment, "SETTINGS_REFRESH_SECONDS", 30, 0, 3600
            ),
            cors_origins=_origins(environment.get("CORS_ORIGINS", "")),
            functions_emulator=environment.get("FUNCTIONS_EMULATOR") == "true",
            bigquery_dataset=_dataset(environment.get("BIGQUERY_DATASET", "")),
            maximum_gigabytes_billed=_whole_number(
                environment, "MAXIMUM_GIGABYTES_BILLED", 200, 1, 1_000_000
            ),
            export_enabled=_flag(environment, "EXPORT_ENABLED"),
            roll_up_enabled=_flag(environment, "ROLL_UP_ENABLED"),
            compute_enabled=_flag(environment, "COMPUTE_ENABLED"),
            predictions_enabled=_flag(environment, "PREDICTIONS_ENABLED"),
            insights_enabled=_flag(environment, "INSIGHTS_ENABLED"),
            insights_llm_enabled=_flag(environment, INSIGHTS_LLM_ENABLED, default=False),
            insights_model=environment.get("INSIGHTS_MODEL", "").strip() or cls().insights_model,
            insights_effort=_effort(environment.get("INSIGHTS_EFFORT", "")),
            insights_timeout_seconds=_whole_number(
                environment, "INSIGHTS_TIMEOUT_SECONDS", 20, 1, 120
            ),
            scans_per_account=_limit(environment, "SCANS_PER_ACCOUNT", cls().scans_per_account),
            scans_per_organization=_limit(
                environment, "SCANS_PER_ORGANIZATION", cls().scans_per_organization
            ),
            changes_per_account=_limit(
                environment, "CHANGES_PER_ACCOUNT", cls().changes_per_account
            ),
            changes_per_organization=_limit(
                environment, "CHANGES_PER_ORGANIZATION", cls().changes_per_organization
            ),
            refreshes_per_organization=_limit(
                environment, "REFRESHES_PER_ORGANIZATION", cls().refreshes_per_organization
            ),
            wordings_per_organization=_limit(
                environment, "WORDINGS_PER_ORGANIZATION", cls().wordings_per_organization
            ),
        )


def customer_key_secret(value: str | None) -> bytes:
    """The key of the customer hashes. Raises ConfigurationError if it is missing or too short."""
    if not value or len(value) < MIN_SECRET_LENGTH:
        raise ConfigurationError(
            f"{CUSTOMER_KEY_SECRET} must be set to a random value of at least "
            f"{MIN_SECRET_LENGTH} characters; received {len(value or '')}."
        )
    return value.encode()


def _whole_number(
    environment: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit() and lowest <= int(text[:9]) <= highest:
        return int(text)
    raise ConfigurationError(
        f"{name} must be a whole number from {lowest} to {highest}; received {text!r}."
    )


def _flag(environment: Mapping[str, str], name: str, *, default: bool = True) -> bool:
    text = environment.get(name, "").strip()
    if text in ("", "true", "false"):
        return text == "true" if text else default
    raise ConfigurationError(f"{name} must be true or false; received {text!r}.")


def _effort(text: str) -> Effort:
    name = text.strip() or "low"
    for effort in EFFORTS:
        if name == effort:
            return effort
    raise ConfigurationError(
        f"INSIGHTS_EFFORT must be one of {', '.join(EFFORTS)}; received {text!r}."
    )


def _limit(
    environment: Mapping[str, str], name: str, default: RateLimit | None
) -> RateLimit | None:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        return parse_limit(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{name} must be calls/seconds such as 30/10, each from 1 to {MAX_NUMBER}, or {OFF}; "
            f"received {text!r}."
        ) from error


def _dataset(text: str) -> str:
    name = text.strip() or "segmentation"
    if re.fullmatch(r"[A-Za-z0-9_]{1,1024}", name):
        return name
    raise ConfigurationError(
        "BIGQUERY_DATASET must be letters, digits and underscores, without the project; "
        f"received {text!r}."
    )


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in text.split(",") if origin.strip())
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in ("http", "https") or not host or "/" in host or "*" in host:
            raise ConfigurationError(
                "CORS_ORIGINS must be origins such as https://app.example.com, separated by "
                f"commas; received {origin!r}."
            )
    return origins
