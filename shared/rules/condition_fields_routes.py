"""GET /v1/custom-segments/fields: fields, operators and limits, for a builder of conditions."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.rules import condition_fields_answers as models
from shared.segments.conditions.fields import FIELDS, Vocabulary
from shared.segments.conditions.parse import (
    EVENTS,
    MAX_CHILDREN,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_VALUES,
    MESSAGE_EVENTS,
    ORDER_PARTS,
    WINDOWS,
)
from shared.segments.conditions.values import MAX_TEXT_LENGTH, words
from shared.segments.custom_segment import (
    MAX_CUSTOM_SEGMENTS,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
)
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.parameters import OrganizationQuery

routes = APIBlueprint(
    "condition_fields",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Custom segments", description="Segments that the organisation defines.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/custom-segments/fields",
    operation_id="listConditionFields",
    responses=signed_in_responses(models.ConditionFields),
)
def list_condition_fields(query: OrganizationQuery) -> Response:
    """List the fields, operators and values that conditions may have, and their limits.

    The same for every organisation: nothing is read.
    """
    organization()
    return answer(_CONDITION_FIELDS)


def _words(vocabulary: Vocabulary | None) -> list[str] | None:
    result = words(vocabulary) if vocabulary else None
    return None if result is None else list(result)


_CONDITION_FIELDS = models.ConditionFields(
    fields=[
        models.ConditionField(
            name=field.name,
            type=field.type,
            description=field.description,
            operators=list(field.operators),
            vocabulary=field.vocabulary,
            values=_words(field.vocabulary),
        )
        for field in FIELDS.values()
    ],
    events=list(EVENTS),
    order_parts=[
        models.OrderPart(name=name, values=_words(vocabulary))
        for name, vocabulary in ORDER_PARTS.items()
    ],
    message_events=list(MESSAGE_EVENTS),
    windows=list(WINDOWS),
    limits=models.ConditionLimits(
        conditions=MAX_CONDITIONS,
        levels=MAX_DEPTH,
        children=MAX_CHILDREN,
        values=MAX_VALUES,
        text_length=MAX_TEXT_LENGTH,
        name_length=MAX_NAME_LENGTH,
        description_length=MAX_DESCRIPTION_LENGTH,
        custom_segments=MAX_CUSTOM_SEGMENTS,
    ),
)
