"""What the routes about custom segments take and answer with. See `shared.customers.answers`."""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from shared.rules.thresholds_answers import SampleCustomer
from shared.segments.custom_segment import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from shared.web.condition_schemas import DEFINITION_SCHEMA, FILTERS_SCHEMA
from shared.web.models import ApiBody, ApiModel, Money


def _readable(name: str) -> str:
    """Refuses what a list of segments cannot show: an invisible name, or one of several lines."""
    kinds = {unicodedata.category(character) for character in name}
    if kinds & {"Cc", "Zl", "Zp"}:
        raise ValueError("must be one line, without control characters")
    if all(kind.startswith(("C", "Z", "M")) for kind in kinds):
        raise ValueError("must hold a character that can be seen")
    return name


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_LENGTH),
    AfterValidator(_readable),
]


class ConditionsBody(ApiBody):
    """Who belongs to a custom segment: exactly one of the two forms."""

    definition: object | None = Field(
        default=None,
        description="A tree of conditions.",
        json_schema_extra=DEFINITION_SCHEMA,
    )
    filters: object | None = Field(
        default=None,
        description="A flat list of conditions, all of which must hold.",
        json_schema_extra=FILTERS_SCHEMA,
    )


class CustomSegmentBody(ConditionsBody):
    """A custom segment as it is to be."""

    name: Name = Field(description="Name shown to people.")
    description: str | None = Field(
        default=None, max_length=MAX_DESCRIPTION_LENGTH, description="A sentence for people."
    )


class PreviewBody(ConditionsBody):
    """A custom segment to try out: the body of one to create, of which the conditions count."""

    name: str | None = Field(default=None, description="Makes no difference.")
    description: str | None = Field(default=None, description="Makes no difference.")


class Evaluation(ApiModel):
    """How far customers have been evaluated under the newest rules."""

    status: Literal["running", "complete"] = Field(
        description="While `running`, counts are partly those of the definition before."
    )
    processed: int = Field(description="Customers looked at so far.")
    total: int | None = Field(description="Customers there were when it began.")


class CustomSegmentModel(ApiModel):
    """A custom segment of the organisation."""

    id: str = Field(description="Id of the custom segment.")
    org_id: str = Field(description="The organisation whose it is.")
    name: str = Field(description="Name shown to people.")
    description: str | None = Field(description="A sentence for people, where there is one.")
    definition: dict[str, Any] = Field(description="The conditions as a tree.")
    filters: list[dict[str, Any]] | None = Field(
        description="The flat list that the conditions were given as, unchanged; null for a tree."
    )
    version: int = Field(description="How often it has been saved.")
    customer_count: int = Field(description="Customers who are in it now.")
    lifetime_value: Money = Field(description="Their revenue of counted orders, all time.")
    stale: bool = Field(
        description="Whether customers are still to be moved, by time that has passed or by rules "
        "that have changed; see `evaluation`."
    )
    evaluation: Evaluation = Field(description="Whether these counts are of this definition.")
    created_at: AwareDatetime = Field(description="When it was created.")
    created_by: str = Field(description="Id of the account that created it.")
    updated_at: AwareDatetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Id of the account that changed it last.")


class CustomSegments(ApiModel):
    """The custom segments of the organisation."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(description="When this was read.")
    custom_segments: list[CustomSegmentModel] = Field(description="All of them, by name.")


class CustomSegmentPreview(ApiModel):
    """Who a custom segment would hold. Nothing was written."""

    org_id: str = Field(description="The organisation this is about.")
    as_of: AwareDatetime = Field(
        description="When it was worked out, and what days are counted to."
    )
    definition: dict[str, Any] = Field(description="The conditions that were looked at, as a tree.")
    customer_count: int = Field(description="Customers who match.")
    share: float | None = Field(
        description="`customerCount` ÷ `totalCustomers`, 0 to 1; null without customers."
    )
    total_customers: int = Field(description="Customers with at least one counted order.")
    lifetime_value: Money = Field(description="Lifetime value of those who match.")
    average_order_value: Money | None = Field(
        description="`lifetimeValue` ÷ their counted orders, in whole cents; null without orders."
    )
    sample_customers: list[SampleCustomer] = Field(
        description="Up to ten who match, largest lifetime value first."
    )
