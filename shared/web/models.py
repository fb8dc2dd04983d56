"""Base models of everything on the wire, and answers that several capabilities share."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.web.schema import untitled


class ApiModel(BaseModel):
    """Base of all: camelCase on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, json_schema_extra=untitled
    )


class Health(ApiModel):
    """The service answers."""

    status: Literal["ok"] = Field(description="Always `ok`.")
    version: str = Field(description="Version of the deployed product.")


class SettingsProblem(ApiModel):
    """A stored setting that was rejected; the previous value or the default stays in force."""

    field: str = Field(description="Stored name of the setting.")
    detail: str = Field(description="Requirement that the stored value does not meet.")


class ApiBody(BaseModel):
    """Base of all bodies: camelCase on the wire, unknown fields are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=untitled,
    )


Money = float
"""An amount in the organisation's currency unit."""
