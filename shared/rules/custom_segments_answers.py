"""Bodies and answers of the routes about custom segments. See `shared.customers.answers`."""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from shared.rules.thresholds_answers import SampleCustomer
from shared.segments.custom_segment import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from shared.web.condition_schemas import (
    DEFINITION_SCHEMA,
    FILTERS_SCHEMA,
    OPTIONAL_FILTERS_SCHEMA,
)
from shared.web.models import ApiBody, ApiModel, Money


def _readable(name: str) -> str:
    """Refuse a name that a list of segments cannot show: an invisible one, or one of several
    lines."""
    kinds = {unicodedata.category(character) for character in name}
    if kinds & {"Cc", "Zl", "Zp"}:
        raise ValueError("must be one line, without control characters")
    if all(kind.startswith(("C", "Z", "M")) for kind in kinds):
        raise ValueError("must contain a visible character")
    return name


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_LENGTH),
    AfterValidator(_readable),
]


class ConditionsBody(ApiBody):
    """Members of a custom segment: exactly one of the two forms."""

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
    """The new content of a custom segment."""

    name: Name = Field(description="Name shown to people.")
    description: str | None = Field(
        default=None, max_length=MAX_DESCRIPTION_LENGTH, description="A sentence for people."
    )


class PreviewBody(ConditionsBody):
    """A custom segment to preview: the body of one to create; only the conditions are used."""

    name: str | None = Field(default=None, description="Makes no difference.")
    description: str | None = Field(default=None, description="Makes no difference.")


class Evaluation(ApiModel):
    """Progress of evaluating customers under the newest rules."""

    status: Literal["running", "complete"] = Field(
        description="While `running`, counts partly reflect the previous definition."
    )
    processed: int = Field(description="Customers processed so far.")
    total: int | None = Field(description="Customers when it began.")


class CustomSegmentModel(ApiModel):
    """A custom segment of the organisation."""

    id: str = Field(description="Id of the custom segment.")
    org_id: str = Field(description="The organisation it belongs to.")
    name: str = Field(description="Name shown to people.")
    description: str | None = Field(description="A sentence for people, if any.")
    definition: dict[str, Any] = Field(
        description="The conditions as a tree.", json_schema_extra=DEFINITION_SCHEMA
    )
    filters: list[dict[str, Any]] | None = Field(
        description="The conditions as a flat list, as submitted; null for a tree.",
        json_schema_extra=OPTIONAL_FILTERS_SCHEMA,
    )
    version: int = Field(description="Number of times it has been saved.")
    customer_count: int = Field(description="Customers who are in it now.")
    lifetime_value: Money = Field(description="Their revenue of counted orders, all time.")
    stale: bool = Field(
        description="Whether customers are still to be moved, by time or by changed rules; see "
        "`evaluation`."
    )
    evaluation: Evaluation = Field(description="Whether the counts reflect this definition.")
    created_at: AwareDatetime = Field(description="When it was created.")
    created_by: str = Field(description="Id of the account that created it.")
    updated_at: AwareDatetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Id of the account that changed it last.")


class CustomSegments(ApiModel):
    """The custom segments of the organisation."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was read.")
    custom_segments: list[CustomSegmentModel] = Field(description="All of them, by name.")


class CustomSegmentPreview(ApiModel):
    """Members that a custom segment would have. Nothing was written."""

    org_id: str = Field(description="The organisation.")
    as_of: AwareDatetime = Field(description="When this was computed; days are counted up to then.")
    definition: dict[str, Any] = Field(
        description="The previewed conditions, as a tree.", json_schema_extra=DEFINITION_SCHEMA
    )
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
