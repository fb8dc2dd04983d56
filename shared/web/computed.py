"""What every answer about a nightly result says: computed when, from how much, stale or failed."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from shared.web.models import ApiModel

NULL_UNTIL_COMPUTED = "null until first computed"


class ComputedStatus(StrEnum):
    """Status of a scheduled computation."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class ComputedAnswer(ApiModel):
    """What is known about a result that is computed every night."""

    org_id: str = Field(description="The organisation.")
    computed_at: AwareDatetime | None = Field(
        description=f"When what is shown was computed; {NULL_UNTIL_COMPUTED}."
    )
    status: ComputedStatus = Field(
        description="`pending` until first computed; `failed` if the latest attempt failed and "
        "the shown values are from an earlier one."
    )
    stale: bool = Field(
        description="Whether the shown values are older than they should be, missing, or "
        "followed by a failed attempt."
    )
    last_error: str | None = Field(
        description="Type of the error in the latest attempt; null if it succeeded."
    )
    source_rows: int | None = Field(
        description=f"Counted orders that it was computed from; {NULL_UNTIL_COMPUTED}."
    )
    lag_seconds: int | None = Field(
        description=f"Seconds from when it was due to when it was computed; {NULL_UNTIL_COMPUTED}."
    )
