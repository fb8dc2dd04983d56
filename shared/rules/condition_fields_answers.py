"""Answers of the routes about the fields of conditions. See `shared.customers.answers`."""

from pydantic import Field

from shared.segments.conditions.fields import FieldType, Operator, Vocabulary
from shared.web.models import ApiModel


class ConditionField(ApiModel):
    """A field of the customer that a condition may test."""

    name: str = Field(description="`field` of a condition.")
    type: FieldType = Field(description="Type of its value.")
    description: str = Field(description="Description in a sentence.")
    operators: list[Operator] = Field(description="Operators it may be compared with.")
    vocabulary: Vocabulary | None = Field(
        description="Vocabulary of its texts; null for a field without texts."
    )
    values: list[str] | None = Field(
        description="All texts it may be compared with; null if they are not of a fixed list."
    )


class OrderPart(ApiModel):
    """A part of an order that a condition may test."""

    name: str = Field(description="Name of the part of the condition.")
    values: list[str] | None = Field(
        description="All texts it may have; null if they are not of a fixed list."
    )


class ConditionLimits(ApiModel):
    """Limits on the size of a definition."""

    conditions: int = Field(description="Conditions in a definition.")
    levels: int = Field(description="Levels of a definition, conditions included.")
    children: int = Field(description="Children of a group.")
    values: int = Field(description="Values in a list.")
    text_length: int = Field(description="Characters of a text in a condition.")
    name_length: int = Field(description="Characters of a name.")
    description_length: int = Field(description="Characters of a description.")
    custom_segments: int = Field(description="Custom segments of an organisation.")


class ConditionFields(ApiModel):
    """Fields, operators and limits for a builder of conditions."""

    fields: list[ConditionField] = Field(description="All fields, in the order they are shown.")
    events: list[str] = Field(description="`event` of a condition on orders.")
    order_parts: list[OrderPart] = Field(
        description="Parts of an order that such a condition may name."
    )
    message_events: list[str] = Field(
        description="`event` of a condition on messages of campaigns, with `campaign` and `when`."
    )
    windows: list[str] = Field(description="Members of `when`, one of which it has.")
    limits: ConditionLimits = Field(description="The limits of definitions and names.")
