"""Fields of every answer about a nightly result: computed when, from how much, stale or failed."""

from enum import StrEnum
from typing import Any, Self

from pydantic import AwareDatetime, Field

from shared.nightly.result import ResultState, ResultStatus
from shared.web.context import Organization
from shared.web.models import ApiModel

NULL_UNTIL_COMPUTED = "null until first computed"


class ComputedStatus(StrEnum):
    """Status of a scheduled computation."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class NightlyAnswer(ApiModel):
    """Fields of every answer about a nightly result."""

    org_id: str = Field(description="The organisation.")
    computed_at: AwareDatetime | None = Field(
        description=f"Instant of the shown numbers; {NULL_UNTIL_COMPUTED}."
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

    @classmethod
    def of(cls, current: Organization, state: ResultState | None, **values: Any) -> Self:
        """The answer about this result, with null for every value not given until it is computed.

        Once it is computed, a value that is missing raises a ValidationError.
        """
        is_computed = state is not None and state.computed_at is not None
        has_failed = state is not None and state.status is ResultStatus.FAILED
        common = {
            "org_id": current.id,
            "computed_at": state.computed_at if state else None,
            "status": ComputedStatus.FAILED
            if has_failed
            else ComputedStatus.READY
            if is_computed
            else ComputedStatus.PENDING,
            "stale": state.stale(current.as_of) if state else True,
            "last_error": state.last_error if state else None,
            "source_rows": state.source_rows if state else None,
            "lag_seconds": state.lag_seconds if state else None,
        }
        fields = cls.model_fields.keys()
        nothing = {} if is_computed else dict.fromkeys(fields)
        return cls(**nothing | {name: common[name] for name in common if name in fields} | values)


class ComputedAnswer(NightlyAnswer):
    """State of a result that is computed from orders every night."""

    source_rows: int | None = Field(
        description=f"Counted orders that it was computed from; {NULL_UNTIL_COMPUTED}."
    )
    lag_seconds: int | None = Field(
        description=f"Seconds from when it was due to when it was computed; {NULL_UNTIL_COMPUTED}."
    )
