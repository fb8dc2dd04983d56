"""Bodies and answers about events of a campaign's messages."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from shared.campaigns.events.recorder import EventStatus
from shared.contacts.profile import Channel
from shared.segments.touch import EventKind
from shared.web.models import ApiBody, ApiModel
from shared.web.parameter_types import INSTANT
from shared.web.schema import no_default

MAX_EVENTS = 500
NAMES = ("customer_key", "recipient_id", "contact_point", "customer_id")
"""Fields by which an event may name a member."""


Name = Annotated[str, Field(min_length=1, max_length=500)] | SkipJsonSchema[None]


class CampaignEvent(ApiBody):
    """An event of a message; exactly one field names its member."""

    id: str = Field(
        min_length=1,
        max_length=200,
        description="The sender's id of the event. A repeated event changes nothing.",
    )
    type: EventKind = Field(description="Type of event. `bounced` means permanently.")
    at: Annotated[datetime, INSTANT] = Field(description="When it happened.")
    channel: Channel | SkipJsonSchema[None] = Field(
        default=None,
        description="On which channel. Required only for members with several.",
        json_schema_extra=no_default,
    )
    customer_key: Name = Field(
        default=None, description="Key of the customer.", json_schema_extra=no_default
    )
    recipient_id: Name = Field(
        default=None,
        description="Id of the recipient in the dashboard's campaign.",
        json_schema_extra=no_default,
    )
    contact_point: Name = Field(
        default=None, description="Key of the address.", json_schema_extra=no_default
    )
    customer_id: Name = Field(
        default=None,
        description="Id of the dashboard's customer.",
        json_schema_extra=no_default,
    )

    @model_validator(mode="after")
    def _one_name(self) -> "CampaignEvent":
        if sum(getattr(self, name) is not None for name in NAMES) != 1:
            raise ValueError(
                "must have exactly one of customerKey, recipientId, contactPoint, customerId"
            )
        return self


class CampaignEventsBody(ApiBody):
    """Events of one campaign."""

    events: list[CampaignEvent] = Field(
        min_length=1, max_length=MAX_EVENTS, description=f"At most {MAX_EVENTS}."
    )


class EventResult(ApiModel):
    """Outcome of one event."""

    id: str = Field(description="The sender's id of it.")
    status: EventStatus = Field(
        description="`recorded`; `duplicate`: known before; `consent_only`: not counted, but "
        "the address is no longer written to. The others changed nothing."
    )


class CampaignEventResults(ApiModel):
    """Outcome of all events of a call."""

    org_id: str = Field(description="The organisation.")
    campaign_id: str = Field(description="The campaign.")
    recorded: int = Field(description="Events that were recorded.")
    duplicates: int = Field(description="Events that were known before.")
    refused: int = Field(description="Events that changed nothing, for another reason.")
    results: list[EventResult] = Field(description="One for each event, in the order received.")
