"""What every answer about a nightly result says: computed when, from how much, stale or failed."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from shared.web.models import ApiModel

NULL_UNTIL_COMPUTED = "null until computed for the first time"


class ComputedStatus(StrEnum):
    """How it stands with what is computed on a schedule."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class ComputedAnswer(ApiModel):
    """What is known about a result that is computed every night."""

    org_id: str = Field(description="The organisation this is about.")
    computed_at: AwareDatetime | None = Field(
        description=f"When what is shown was computed; {NULL_UNTIL_COMPUTED}."
    )
    status: ComputedStatus = Field(
        description="`pending` until computed for the first time, `failed` where the newest "
        "attempt failed, and what is shown, if anything, is that of an earlier one."
    )
    stale: bool = Field(
        description="Whether what is shown is older than it should be, was never computed, or the "
        "newest attempt failed."
    )
    last_error: str | None = Field(
        description="Kind of the error by which the newest attempt failed; null where it did not."
    )
    source_rows: int | None = Field(
        description=f"Counted orders that it was computed from; {NULL_UNTIL_COMPUTED}."
    )
    lag_seconds: int | None = Field(
        description=f"Seconds from when it was due to when it was computed; {NULL_UNTIL_COMPUTED}."
    )
